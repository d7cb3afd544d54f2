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

// Part has a member `kind`, a pointer to an object with name() and settings().
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
      if (part.kind->name() == name) return &part;
    }
    return nullptr;
  }

  // For registration, by one thread.
  [[nodiscard]] bool closed() const { return closed_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::vector<TakenName> taken() const {
    std::vector<TakenName> names;
    for (const Part& part : parts_)
      names.push_back(
          {'"' + std::string(part.kind->name()) + '"', part.kind->name(), part.kind->settings()});
    return names;
  }
  void add(Part part) { parts_.push_back(std::move(part)); }

 private:
  std::vector<Part> parts_;
  std::atomic<bool> closed_ = false;
};

}  // namespace forknet::nn
