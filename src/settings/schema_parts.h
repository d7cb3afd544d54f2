// The parts of the table of settings, in the order of docs/cli.md (schema.cc joins them).
#pragma once

#include <utility>
#include <vector>

#include "settings/schema.h"

namespace forknet::run {

[[nodiscard]] std::vector<Key> run_and_data_keys();
[[nodiscard]] std::vector<Key> model_and_training_keys();
[[nodiscard]] std::vector<Key> layout_keys();  // grid, checkpoint, log

// A whole number in `range` or one of the words.
[[nodiscard]] inline Allowed whole_or(Whole range, std::vector<Word> list) {
  return {.whole = range, .words = std::move(list)};
}

}  // namespace forknet::run
