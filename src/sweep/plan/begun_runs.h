// The runs of a comparison that are there, by the digits at the end of their names. One that was
// begun with other words, which named it by more or fewer settings, is the same run.
#pragma once

#include <map>
#include <optional>
#include <string>

namespace forknet::sweep {

class BegunRuns {
 public:
  // Of the comparison of that name in the folder of runs.
  BegunRuns(const std::string& dir, const std::string& name);

  // The name of the run whose name ends with "-" and these digits.
  [[nodiscard]] std::optional<std::string> find(const std::string& digits) const;

 private:
  std::map<std::string, std::string> names_;
};

}  // namespace forknet::sweep
