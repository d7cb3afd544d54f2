// The parts of one kind (optimizers, schedules, ...): the built-in ones, in the order of
// docs/cli.md, and those that the program has registered, which must be in the list before it is
// first read.
#pragma once

#include <forknet/result.h>
#include <forknet/settings.h>

#include <atomic>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace forknet::nn {

// Letters, digits and "_", 1 to 64 of them.
[[nodiscard]] bool is_part_name(std::string_view name);

// What a new part must not collide with.
struct TakenName {
  std::string where;      // "\"adam\"", or "a schedule"
  std::string_view part;  // its name; none: may have the name of the new one
  std::vector<SettingSpec> settings;
};
// Checks the name and the settings of a new part of [section] against the others. `reserved`: names
// of settings that belong to the section itself. `what`: "optimizer".
[[nodiscard]] Status check_new_part(std::string_view what, std::string_view name,
                                    const std::vector<SettingSpec>& settings,
                                    const std::vector<TakenName>& taken,
                                    std::span<const std::string_view> reserved);
// The error of a part that comes too late.
[[nodiscard]] Error too_late(std::string_view what, std::string_view name);

// Of a part with a member `kind`, a pointer to an object with name() and settings(); others have
// functions of their own beside them.
template <class Part>
[[nodiscard]] std::string_view part_name(const Part& part) {
  return part.kind->name();
}
template <class Part>
[[nodiscard]] std::vector<SettingSpec> part_settings(const Part& part) {
  return part.kind->settings();
}

template <class Part>
class PartList {
 public:
  explicit PartList(std::vector<Part> built_in) : parts_(std::move(built_in)) {}

  // Read by any thread. From the first call on the list is closed.
  [[nodiscard]] const std::vector<Part>& all() {
    closed_.store(true, std::memory_order_relaxed);
    return parts_;
  }
  [[nodiscard]] const Part* find(std::string_view name) {
    for (const Part& part : all()) {
      if (part_name(part) == name) return &part;
    }
    return nullptr;
  }

  // For registration, by one thread.
  [[nodiscard]] bool closed() const { return closed_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::vector<TakenName> taken() const {
    std::vector<TakenName> all = taken_names();
    for (std::size_t i = 0; i < parts_.size(); ++i) all[i].settings = part_settings(parts_[i]);
    return all;
  }
  // The names alone: asking for settings may read other lists.
  [[nodiscard]] std::vector<TakenName> taken_names() const {
    std::vector<TakenName> names;
    for (const Part& part : parts_) {
      names.push_back({'"' + std::string(part_name(part)) + '"', part_name(part), {}});
    }
    return names;
  }
  void add(Part part) { parts_.push_back(std::move(part)); }

 private:
  std::vector<Part> parts_;
  std::atomic<bool> closed_ = false;
};

}  // namespace forknet::nn
