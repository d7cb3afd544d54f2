// Rules between settings, each of which is allowed alone.
#pragma once

#include <forknet/config.h>

#include <optional>
#include <string>

#include "settings/problem.h"

namespace forknet::run {

struct Violation {
  std::string path;  // of the setting to point at: "train.leaf", "model.layers[1].units"
  Problem problem;
};

// The first rule that the config breaks. Requires that each value is allowed (check_value). Absent
// data breaks no rule: a program may pass its samples to the trainer.
[[nodiscard]] std::optional<Violation> check_rules(const Config& config);

}  // namespace forknet::run
