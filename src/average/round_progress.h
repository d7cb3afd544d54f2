// How far the models of a run have come together, and what counts of it, as it stands in memory:
// whoever asks, and whoever died meanwhile, gets the same answer. T is float or double.
#pragma once

#include <forknet/config.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "average/models.h"
#include "average/rounds.h"
#include "cell/network.h"

namespace forknet::run {

template <class T>
class RoundProgress {
 public:
  // The models outlive it.
  RoundProgress(const Models<T>& models, const Rounds& rounds, Diverged diverged)
      : models_(models), rounds_(rounds), diverged_(diverged) {}

  // Whether what a model does at a step is a part of the run; also when its round has ended since.
  [[nodiscard]] bool counts(std::size_t model, std::uint64_t step) const {
    const auto begun = models_.left_out_since(model);
    if (!begun || step < *begun || step >= rounds_.end_after(*begun)) return true;
    return step + 1 < models_.left_out_from(model);
  }
  // At a step there is nothing to go on with.
  [[nodiscard]] bool lost(std::uint64_t step) const {
    std::size_t out = 0;
    for (std::size_t model = 0; model < models_.count(); ++model) out += !counts(model, step);
    return out == models_.count() || (out > 0 && diverged_ == Diverged::fail);
  }

  // No model goes on after such a step.
  [[nodiscard]] bool stands_at_no_number(std::size_t model, std::uint64_t step) const {
    const Commits& commits = models_.commits(model);
    return commits.committed() == step + 1 && !std::isfinite(commits.figures(step).loss);
  }
  // Of a model that is left out all that will ever count is there. A step whose loss is no number
  // is not done before it is known what becomes of its model.
  [[nodiscard]] bool all_have_done(std::uint64_t step) const {
    for (std::size_t model = 0; model < models_.count(); ++model) {
      const bool done = models_.commits(model).committed() > step;
      if ((!done || stands_at_no_number(model, step)) && counts(model, step)) return false;
    }
    return true;
  }
  // Steps of the model that has come furthest, of one that is left out only those that count.
  [[nodiscard]] std::uint64_t furthest() const {
    std::uint64_t steps = 0;
    for (std::size_t model = 0; model < models_.count(); ++model) {
      steps = std::max(steps, models_.left_out(model) ? models_.left_out_from(model) - 1
                                                      : models_.commits(model).committed());
    }
    return steps;
  }

  // What a step came to; models in ascending order. No number where the run is lost.
  [[nodiscard]] cell::BatchSums sums_of(std::uint64_t step) const {
    cell::BatchSums sums;
    for (std::size_t model = 0; model < models_.count(); ++model) {
      if (!counts(model, step)) continue;
      sums.add(models_.commits(model).figures(step).sums());
    }
    if (lost(step)) sums.loss = std::numeric_limits<double>::quiet_NaN();
    return sums;
  }

 private:
  const Models<T>& models_;
  const Rounds rounds_;
  const Diverged diverged_;
};

}  // namespace forknet::run
