// The parts of the table of settings, in the order of docs/cli.md (schema.h puts them together).
#pragma once

#include <vector>

#include "run/settings/schema.h"

namespace forknet::run {

[[nodiscard]] std::vector<Key> run_and_data_keys();
[[nodiscard]] std::vector<Key> model_and_training_keys();
[[nodiscard]] std::vector<Key> layout_keys();  // grid, checkpoint, log

}  // namespace forknet::run
