// The common progress of the models of a run, and which of their steps count. Computed from shared
// memory only, so it is the same for every process and after every death. T is float or double.
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
  // The models outlive this object.
  RoundProgress(const Models<T>& models, const Rounds& rounds, Diverged diverged)
      : models_(models), rounds_(rounds), diverged_(diverged) {}

  // True: a model's step is a part of the run. Valid even if its round has ended since.
  [[nodiscard]] bool counts(std::size_t model, std::uint64_t step) const {
    const auto begun = models_.left_out_since(model);
    if (!begun || step < *begun || step >= rounds_.end_after(*begun)) return true;
    return step + 1 < models_.left_out_from(model);
  }
  // True: from this step on the run cannot continue.
  [[nodiscard]] bool lost(std::uint64_t step) const {
    std::size_t out = 0;
    for (std::size_t model = 0; model < models_.count(); ++model) out += !counts(model, step);
    return out == models_.count() || (out > 0 && diverged_ == Diverged::fail);
  }

  // True: the step's loss is not finite. The model does not continue after such a step.
  [[nodiscard]] bool loss_is_not_finite(std::size_t model, std::uint64_t step) const {
    const Commits& commits = models_.commits(model);
    return commits.committed() == step + 1 && !std::isfinite(commits.figures(step).loss);
  }
  // A model that is left out has done all steps that count. A step whose loss is not finite is done
  // only once the fate of its model is decided.
  [[nodiscard]] bool all_have_done(std::uint64_t step) const {
    for (std::size_t model = 0; model < models_.count(); ++model) {
      const bool done = models_.commits(model).committed() > step;
      if ((!done || loss_is_not_finite(model, step)) && counts(model, step)) return false;
    }
    return true;
  }
  // Steps of the model that is furthest ahead; of one that is left out only those that count.
  [[nodiscard]] std::uint64_t furthest() const {
    std::uint64_t steps = 0;
    for (std::size_t model = 0; model < models_.count(); ++model) {
      steps = std::max(steps, models_.left_out(model) ? models_.left_out_from(model) - 1
                                                      : models_.commits(model).committed());
    }
    return steps;
  }

  // The sums of a step, added over models in ascending order. NaN if the run is lost.
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
