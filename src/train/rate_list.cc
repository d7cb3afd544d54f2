#include "train/rate_list.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/digest.h"
#include "base/try.h"
#include "os/durable_file.h"
#include "os/file.h"
#include "settings/limits.h"

namespace forknet::run {
namespace {

using nlohmann::json;

json list_of(const RateChanges& changes) {
  json list = json::array();
  for (const auto& [step, lr] : changes) {
    list.push_back({{"step", step}, {"optimizer.lr", lr}});
  }
  return list;
}

std::string checksum_of(const json& list) {
  const std::string text = list.dump();
  return fmt::format("{:016x}", checksum64(std::as_bytes(std::span(text))));
}

// Nothing: the text is damaged.
std::optional<RateChanges> parse(const std::string& text) {
  try {
    const json object = json::parse(text);
    const json& list = object.at("changes");
    if (object.at("checksum") != checksum_of(list)) return std::nullopt;
    RateChanges changes;
    for (const json& change : list) {
      const double lr = change.at("optimizer.lr");
      const std::uint64_t step = change.at("step");
      if (!std::isfinite(lr) || (!changes.empty() && changes.back().step >= step)) {
        return std::nullopt;
      }
      changes.push_back({step, lr});
    }
    return changes;
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

}  // namespace

Result<RateChanges> read_rates(const os::FilePath& path) {
  if (!os::exists(path)) return RateChanges();
  FORKNET_ASSIGN(const std::string text, os::read_file(path, kMostText));
  if (auto changes = parse(text)) return std::move(*changes);
  return Error{ErrorKind::data, path.text() +
                                    ": is damaged; it says at which steps the learning rate was "
                                    "changed\n  without this file the run goes on with "
                                    "optimizer.lr of config.resolved.toml"};
}

Status write_rates(const os::FilePath& path, const RateChanges& changes) {
  const json list = list_of(changes);
  const json object = {{"changes", list}, {"checksum", checksum_of(list)}};
  return os::write_durably(path, object.dump() + "\n");
}

RateChanges changed_from(RateChanges changes, std::uint64_t step, double lr) {
  while (!changes.empty() && changes.back().step >= step) changes.pop_back();
  changes.push_back({step, lr});
  return changes;
}

}  // namespace forknet::run
