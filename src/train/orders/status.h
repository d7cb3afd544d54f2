// The status of a run as text: status.json in its folder, replaced about once per second and kept
// when the run ends.
#pragma once

#include <forknet/train.h>

#include <string>

namespace forknet::run {

struct Snapshot {
  std::string_view state = "running";  // or a state of TrainResult
  std::string_view ended_by = "";      // "max_seconds"; empty: its last step, or not ended
  std::uint64_t step = 0;              // committed
  std::uint64_t steps = 0;             // of the whole run
  std::uint64_t epoch = 0;
  double samples_per_second = 0;
  double loss = 0;  // over the last interval
  std::uint32_t generation = 0;
  std::vector<CellReport> cells = {};
};

// One line of JSON.
[[nodiscard]] std::string status_json(const std::string& run, const Snapshot& snapshot);

}  // namespace forknet::run
