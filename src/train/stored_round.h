// Where models that train apart stood when a checkpoint was written, as JSON in its state:
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

// A model that has not come to rest at the checkpoint's step: how far it has come, and what the
// steps from the checkpoint's on came to.
struct StoredModel {
  std::uint64_t steps = 0;
  std::vector<cell::BatchSums> figures;
};

struct StoredRound {
  std::uint64_t center_step = 0;
  // Of those left out of the round: the model, and from which step on.
  std::vector<std::pair<std::size_t, std::uint64_t>> left_out;
  std::vector<StoredModel> apart;  // (models), or empty: all are at the checkpoint's step
};

[[nodiscard]] std::string to_json(const StoredRound& round);
// Any text is safe to give. Nothing where it is not one of so many models at that step.
[[nodiscard]] std::optional<StoredRound> parse_round(const std::string& text, std::uint64_t step,
                                                     std::size_t models);

}  // namespace forknet::run
