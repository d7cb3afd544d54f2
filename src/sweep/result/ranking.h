// The variants of a sweep in the order of a metric, over the seeds of each. Pure.
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "sweep/sweep.h"

namespace forknet::sweep {

// --by: "validation/accuracy", "accuracy" (of validation rows, without them of test rows, without
// them of training rows), or "time": the seconds of training.
struct By {
  std::string set;   // "validation"; empty: the first that the runs have
  std::string name;  // "accuracy" or "time"; empty: accuracy where there is one, else the loss
};

// Error (usage): no metric has that name.
[[nodiscard]] Result<By> parse_by(const std::string& text);

// Over the runs that have a value.
struct Spread {
  std::size_t runs = 0;
  double mean = 0;
  double deviation = 0;  // of a sample; 0 of one run
  double median = 0;
  double least = 0;
  double most = 0;
};
[[nodiscard]] std::optional<Spread> spread_of(std::vector<double> values);

struct Ranked {
  std::size_t variant = 0;
  std::vector<std::size_t> trials;  // by seed
  std::optional<Spread> value;      // of the metric; finished runs count
  std::optional<Spread> seconds;    // of training
  std::size_t finished = 0;
  std::size_t reached = 0;              // with --until: the runs that reached the accuracy
  std::optional<Spread> until_seconds;  // of those
};

struct Ranking {
  std::string metric;   // "validation/accuracy", "time", or empty: no run has a result
  std::string missing;  // --by, where runs have finished, but none has that metric; or empty
  bool larger_is_better = false;
  bool is_share = false;         // shown in percent
  std::vector<Ranked> variants;  // the best first; those without a result last
};

// The median over the seeds decides, for --until without --by the median time to that accuracy:
// variants of which more runs reached it come first.
[[nodiscard]] Ranking rank(const Sweep& sweep, const std::optional<By>& by);

// The same of results alone, by number of the trial; nothing: not ended.
[[nodiscard]] Ranking rank(const Plan& plan, const std::vector<std::optional<Outcome>>& outcomes,
                           const std::optional<By>& by);

// Whether it ended with at least that accuracy on its validation rows (without: its test rows).
[[nodiscard]] bool reached(const Outcome& outcome, double accuracy);

}  // namespace forknet::sweep
