#include "session/meta.h"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>

#include "base/clock.h"
#include "base/version.h"
#include "os/build_id.h"
#include "os/cpu.h"
#include "os/process.h"

namespace forknet::run {
namespace {

using nlohmann::ordered_json;

constexpr const char* kConfigDigests = "config_digests";

ordered_json describe(const data::View& view) {
  return {{"inputs", view.table->inputs_name},
          {"labels", view.table->labels_name},
          {"rows", view.size()},
          {"digest", view.table->digest()}};
}

ordered_json describe_data(const data::DataSets& data) {
  ordered_json object = {{"train", describe(data.train)}};
  if (data.validation) object["validation"] = describe(*data.validation);
  if (data.test) object["test"] = describe(*data.test);
  return object;
}

std::string current_folder() {
  std::error_code error;
  const auto folder = std::filesystem::current_path(error);
  return error ? "" : folder.string();
}

std::string text_at(const ordered_json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

ordered_json member(const ordered_json& object, const char* key) {
  return object.is_object() && object.contains(key) ? object[key] : ordered_json::object();
}

}  // namespace

std::string meta_json(const Prepared& prepared, const std::optional<std::string>& init_from,
                      const std::optional<std::string>& config) {
  ordered_json object = {{"version", kVersion},
                         {"build", os::build_id()},
                         {"compiler", kCompiler},
                         {"host", os::hostname()},
                         {"cpu", os::cpu_model_name()},
                         {"kernels", math::target_name(prepared.target)},
                         {"started", iso8601_utc()},
                         {"folder", current_folder()},
                         {"model", prepared.plan.describe()},
                         {"data", describe_data(prepared.data)}};
  if (init_from) object["init_from"] = *init_from;
  if (config) object["config"] = *config;
  // Paths may not be UTF-8.
  return object.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::string started_in(const std::string& stored) {
  const auto meta = ordered_json::parse(stored, nullptr, false);
  return meta.is_object() ? text_at(meta, "folder") : "";
}

std::vector<std::string> config_digests(const std::string& stored) {
  std::vector<std::string> digests;
  const auto meta = ordered_json::parse(stored, nullptr, false);
  for (const auto& digest : member(meta, kConfigDigests)) {
    if (digest.is_string()) digests.push_back(digest.get<std::string>());
  }
  return digests;
}

std::vector<std::string> data_digests(const std::string& stored) {
  std::vector<std::string> digests;
  const auto meta = ordered_json::parse(stored, nullptr, false);
  for (const auto& set : member(meta, "data")) digests.push_back(text_at(set, "digest"));
  return digests;
}

std::string with_config_digests(const std::string& stored,
                                const std::vector<std::string>& digests) {
  auto meta = ordered_json::parse(stored, nullptr, false);
  if (!meta.is_object()) return stored;
  meta[kConfigDigests] = digests;
  return meta.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::string fault_of_meta(const std::string& stored) {
  if (stored.empty()) return "the file is empty";
  const auto meta = ordered_json::parse(stored, nullptr, false);
  if (meta.is_discarded()) return "this is not JSON";
  const auto train = member(member(meta, "data"), "train");
  return train.is_object() && !text_at(train, "digest").empty()
             ? ""
             : "the digest of the training data is missing";
}

bool had_init(const std::string& stored) {
  return member(ordered_json::parse(stored, nullptr, false), "init_from").is_string();
}

Result<std::vector<std::string>> compare_meta(const std::string& stored, const Prepared& prepared,
                                              const std::string& name) {
  if (const std::string fault = fault_of_meta(stored); !fault.empty()) {
    return Error{ErrorKind::data, name + ": is damaged: " + fault};
  }
  const auto before = ordered_json::parse(stored, nullptr, false);
  const auto today = ordered_json::parse(meta_json(prepared, std::nullopt));
  for (const char* set : {"train", "validation", "test"}) {
    const auto then = member(member(before, "data"), set);
    const auto now = member(member(today, "data"), set);
    if (text_at(then, "digest") == text_at(now, "digest")) continue;
    return Error{ErrorKind::data,
                 fmt::format("{}: the {} data is not the same as when the run began\n"
                             "  (digest {} then, {} now); a resumed run needs the same data\n"
                             "  where it has been renamed: --set data.{}.inputs=FILE",
                             text_at(now, "inputs"), set, text_at(then, "digest"),
                             text_at(now, "digest"), set)};
  }
  std::vector<std::string> notes;
  for (const char* key : {"version", "build", "compiler", "host", "cpu", "kernels"}) {
    const std::string then = text_at(before, key);  // empty: of a version that did not store it
    if (then.empty() || then == text_at(today, key)) continue;
    notes.push_back(
        fmt::format("note: {} was \"{}\" when the run began, now \"{}\"; the bits do not change",
                    key, then, text_at(today, key)));
  }
  return notes;
}

}  // namespace forknet::run
