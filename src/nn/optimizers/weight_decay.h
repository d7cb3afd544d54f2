// The setting weight_decay of optimizers that add it to the gradient.
#pragma once

#include <forknet/settings.h>

namespace forknet::nn {

[[nodiscard]] inline SettingSpec weight_decay_setting() {
  return {"weight_decay", 0.0, "L2 penalty, added to the gradient"};
}

}  // namespace forknet::nn
