// Settings that several optimizers have: parts that share a name agree on its default.
#pragma once

#include <forknet/settings.h>

#include <vector>

namespace forknet::nn {

[[nodiscard]] inline SettingSpec betas_setting() {
  return {"betas",
          std::vector<double>{0.9, 0.999},
          "decay of the two averages; the paper of lion has [0.9, 0.99]",
          {0.0, false, 1.0}};
}

[[nodiscard]] inline SettingSpec eps_setting() {
  return {"eps", 1e-8, "added to the divisor", {0.0, true}};
}

[[nodiscard]] inline SettingSpec momentum_setting() {
  return {"momentum", 0.9, "factor of the previous update", {0.0, false, 1.0}};
}

[[nodiscard]] inline SettingSpec weight_decay_setting() {
  return {"weight_decay", 0.0,
          "L2 penalty, added to the gradient; with adamw and lion decoupled from it"};
}

}  // namespace forknet::nn
