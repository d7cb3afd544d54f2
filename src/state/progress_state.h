// The progress of a run besides weights and moments: all that a resume needs to continue as if the
// run had not been interrupted. Stored as JSON in the checkpoint's state.
#pragma once

#include <forknet/model.h>
#include <forknet/result.h>
#include <forknet/schedule.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "cell/network.h"
#include "store/checkpoint.h"

namespace forknet::run {

// Sums over steps, added in the order of the steps.
struct Tally : cell::BatchSums {
  // The means; all zero without rows.
  [[nodiscard]] Evaluation means(bool counts_classes) const;
};

inline constexpr char kUnknownDigest = '?';

struct ProgressState {
  std::uint64_t step = 0;           // committed
  std::uint64_t epochs_closed = 0;  // whole epochs whose end (evaluation, best) is done
  Tally epoch;                      // over the steps of the current epoch
  Tally interval;                   // over the steps since the last line of metrics
  Evaluation last_epoch;            // of the last whole epoch
  std::optional<Evaluation> validation;
  std::optional<double> best;  // of the metric of checkpoint.best
  std::uint64_t best_step = 0;
  std::optional<Evaluation> best_validation;  // the evaluation with that value
  // The digest of the model kept for it, 32 digits. All zero: none is kept; kUnknownDigest first:
  // an older version kept it.
  std::array<char, 32> best_digest = {};
  std::uint64_t evaluations_since_best = 0;
  ScheduleMemory schedule;  // of a schedule that follows the validation results
  bool reached = false;     // early stopping or --until ended the training
  bool accurate = false;    // --until did
  double train_seconds = 0;
  // What `best` is a value of: its place in nn::metrics(), from 1. 0: not known. A resume may
  // choose the best by another metric.
  std::uint32_t best_metric = 0;
};

inline constexpr const char* kProgressKey = "forknet.run";

[[nodiscard]] std::string to_json(const ProgressState& state);
[[nodiscard]] std::optional<ProgressState> parse_progress(const std::string& text);
// The state in a checkpoint. Error (data): there is none that this version understands.
[[nodiscard]] Result<ProgressState> progress_of(const store::Checkpoint& checkpoint);

}  // namespace forknet::run
