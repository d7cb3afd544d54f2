// The steps of models that train apart when a checkpoint is written, as JSON in its state:
//   {"center_step":40,"left_out":[[1,45]],"apart":[{"steps":47,"figures":[[…],…]},…]}
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cell/network.h"

namespace forknet::run {

// A model that rests at a later step than the checkpoint's: its step, and the figures of its steps
// from the checkpoint's on.
struct StoredModel {
  std::uint64_t steps = 0;
  std::vector<cell::BatchSums> figures;
};

struct StoredRound {
  std::uint64_t center_step = 0;
  // The models left out of the round, each with the step from which it is left out.
  std::vector<std::pair<std::size_t, std::uint64_t>> left_out;
  std::vector<StoredModel> apart;  // (models), or empty: all are at the checkpoint's step
};

[[nodiscard]] std::string to_json(const StoredRound& round);
// Accepts any text. Nothing: it is not a round of `models` models at `step`.
[[nodiscard]] std::optional<StoredRound> parse_round(const std::string& text, std::uint64_t step,
                                                     std::size_t models);

}  // namespace forknet::run
