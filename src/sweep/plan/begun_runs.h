// The runs of a comparison that are there, by the digits at the end of their names. One that was
// begun with other words, which named it by more or fewer settings, is the same run.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>

namespace forknet::sweep {

class BegunRuns {
 public:
  static constexpr std::size_t kDigits = 12;  // of a digest

  // Of the comparison of that name in the folder of runs; without a name, which then is that of the
  // first config that can be read, of all.
  BegunRuns(const std::string& dir, const std::optional<std::string>& name);

  // The name of the run whose name ends with "-" and these digits, or with a number after them.
  [[nodiscard]] std::optional<std::string> find(const std::string& digits) const;

 private:
  std::map<std::string, std::string> names_;
};

}  // namespace forknet::sweep
