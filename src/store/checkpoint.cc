#include "store/checkpoint.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

#include "base/check.h"
#include "base/try.h"
#include "os/file.h"
#include "store/safetensors_header.h"

namespace forknet::store {
namespace {

constexpr std::string_view kNameStart = "step-";
constexpr std::string_view kNameEnd = ".safetensors";
constexpr std::string_view kVersionKey = "forknet.checkpoint";
constexpr std::string_view kVersion = "1";
constexpr std::string_view kStepKey = "forknet.step";
constexpr std::string_view kStateStart = "forknet.state.";

std::string name_of_step(std::int64_t step) {
  return std::string(kNameStart) + std::to_string(step) + std::string(kNameEnd);
}

// "step-120.safetensors" -> 120. Nothing for names that forknet does not write ("step-0120...").
std::optional<std::int64_t> step_of_name(const std::string& name) {
  if (name.size() <= kNameStart.size() + kNameEnd.size()) return std::nullopt;
  std::int64_t step = 0;
  const char* digits = name.data() + kNameStart.size();
  std::from_chars(digits, name.data() + name.size(), step);
  if (step < 0 || name != name_of_step(step)) return std::nullopt;
  return step;
}

Metadata to_metadata(std::int64_t step, const RunState& state) {
  Metadata metadata;
  metadata.emplace(kVersionKey, kVersion);
  metadata.emplace(kStepKey, std::to_string(step));
  for (const auto& [key, value] : state) metadata.emplace(std::string(kStateStart) + key, value);
  return metadata;
}

RunState to_state(const Metadata& metadata) {
  RunState state;
  for (const auto& [key, value] : metadata) {
    if (key.starts_with(kStateStart)) state.emplace(key.substr(kStateStart.size()), value);
  }
  return state;
}

// An Error, with the expected value, if the metadata entry is missing or different.
Status expect(const SafetensorsFile& file, std::string_view key, std::string_view expected) {
  const auto found = file.metadata().find(std::string(key));
  if (found != file.metadata().end() && found->second == expected) return {};
  const std::string what =
      found == file.metadata().end() ? "is missing" : "is " + printable(found->second);
  return Error{ErrorKind::data, file.path() + ": header, __metadata__: " + std::string(key) + " " +
                                    what + "; expected " + printable(expected)};
}

std::string on_one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

Error none_left(const std::string& path, const std::vector<std::string>& faults) {
  constexpr std::size_t kMostListed = 4;
  std::string text =
      path + ": none of its " + std::to_string(faults.size()) + " checkpoints can be used";
  for (std::size_t i = 0; i < std::min(faults.size(), kMostListed); ++i) {
    text += "\n" + faults[i];
  }
  if (faults.size() > kMostListed) {
    text += "\nand " + std::to_string(faults.size() - kMostListed) + " more";
  }
  return Error{ErrorKind::data, std::move(text)};
}

}  // namespace

CheckpointFolder::CheckpointFolder(os::FilePath folder, std::int64_t keep)
    : folder_(std::move(folder)), keep_(keep) {
  FORKNET_CHECK(keep_ >= 1);
}

os::FilePath CheckpointFolder::path_of(std::int64_t step) const {
  return folder_ / name_of_step(step);
}

Status CheckpointFolder::prepare() const {
  FORKNET_TRY(os::make_folder(folder_, 0700));
  FORKNET_TRY(os::remove_stray_temporaries(folder_));
  return {};
}

Status CheckpointFolder::save(std::int64_t step, std::span<const NamedTensor> tensors,
                              const RunState& state) const {
  FORKNET_CHECK(step >= 0);
  FORKNET_TRY(write_safetensors(path_of(step), tensors, to_metadata(step, state)));
  return remove_older(step);
}

// Counts down from the checkpoint just saved. A later one can only be a damaged one that a resume
// has skipped; it is not counted, so that it does not displace a good one.
Status CheckpointFolder::remove_older(std::int64_t step) const {
  FORKNET_ASSIGN(auto all, steps());
  std::erase_if(all, [step](std::int64_t other) { return other > step; });
  const auto kept = std::min(all.size(), static_cast<std::size_t>(keep_));
  all.resize(all.size() - kept);
  for (const std::int64_t old : all) FORKNET_TRY(os::remove_file(path_of(old)));
  return {};
}

Result<std::vector<std::int64_t>> CheckpointFolder::steps() const {
  std::vector<std::int64_t> found;
  if (!os::exists(folder_)) return found;
  FORKNET_ASSIGN(const auto names, os::list_folder(folder_));
  for (const std::string& name : names) {
    if (const auto step = step_of_name(name)) found.push_back(*step);
  }
  std::sort(found.begin(), found.end());
  return found;
}

Result<Checkpoint> CheckpointFolder::load(std::int64_t step) const {
  FORKNET_ASSIGN(SafetensorsFile file, SafetensorsFile::open(path_of(step)));
  FORKNET_TRY(file.verify());
  if (!file.has_checksum()) {
    return Error{ErrorKind::data, file.path() +
                                      ": header, __metadata__: " + std::string(kChecksumKey) +
                                      " is missing; every checkpoint has one"};
  }
  FORKNET_TRY(expect(file, kVersionKey, kVersion));
  FORKNET_TRY(expect(file, kStepKey, std::to_string(step)));
  RunState state = to_state(file.metadata());
  return Checkpoint{.step = step, .state = std::move(state), .file = std::move(file)};
}

Result<Checkpoint> CheckpointFolder::load_newest(const Note& note) const {
  FORKNET_ASSIGN(const auto all, steps());
  if (all.empty()) return Error{ErrorKind::data, folder_.text() + ": there are no checkpoints"};
  std::vector<std::string> faults;
  for (auto step = all.rbegin(); step != all.rend(); ++step) {
    auto checkpoint = load(*step);
    if (checkpoint.ok()) {
      if (!faults.empty()) note("continuing from " + path_of(*step).text() + " instead");
      return checkpoint;
    }
    faults.push_back(on_one_line(checkpoint.error().message));
    note(faults.back());
  }
  return none_left(folder_.text(), faults);
}

}  // namespace forknet::store
