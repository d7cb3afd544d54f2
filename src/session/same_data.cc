#include "session/same_data.h"

#include <optional>
#include <utility>

#include "base/try.h"
#include "session/meta.h"

namespace forknet::run {
namespace {

// The config with its relative data paths moved to `folder`; nothing: it has none.
std::optional<Config> moved_to(const std::string& folder, Config config) {
  bool any = false;
  for (DataSource* source : {&config.data.train, &config.data.validation, &config.data.test}) {
    for (std::string* path : {&source->inputs, &source->labels}) {
      if (path->empty() || path->front() == '/') continue;
      *path = folder + "/" + *path;
      any = true;
    }
  }
  return any ? std::optional(std::move(config)) : std::nullopt;
}

Result<SameData> prepare_same(const Config& config, const std::string& meta,
                              const std::string& name, const data::ReadingProgress& progress,
                              const std::string& runs) {
  FORKNET_ASSIGN(auto prepared, prepare(config, progress, runs));
  FORKNET_ASSIGN(auto notes, compare_meta(meta, prepared, name));
  return SameData{std::move(prepared), std::move(notes)};
}

Error with_hint(Error error) {
  if (error.message.find("--set data.") != std::string::npos) return error;
  error.message +=
      "\n  where it has been renamed: --set data.train.inputs=FILE (labels, test and "
      "validation likewise)";
  return error;
}

}  // namespace

Result<SameData> prepare_again(const Config& config, const std::string& meta,
                               const std::string& name, const data::ReadingProgress& progress,
                               const std::string& runs) {
  auto here = prepare_same(config, meta, name, progress, runs);
  if (here.ok() || here.error().kind != ErrorKind::data) return here;
  const std::string folder = started_in(meta);
  if (const auto moved = folder.empty() ? std::nullopt : moved_to(folder, config)) {
    auto there = prepare_same(*moved, meta, name, progress, runs);
    if (there.ok()) {
      there->notes.push_back("note: the data is read from where the run was started, " + folder);
      return there;
    }
  }
  return with_hint(here.error());
}

}  // namespace forknet::run
