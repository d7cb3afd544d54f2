// What settings must keep among themselves, once each of them alone is allowed.
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

// The first rule that the config breaks. Its values are each allowed (check_value). Data that is
// absent breaks no rule: a program may hand its samples to the trainer.
[[nodiscard]] std::optional<Violation> check_rules(const Config& config);

}  // namespace forknet::run
