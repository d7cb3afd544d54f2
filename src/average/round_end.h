// The end of a round: computes the new center from the models of a run. T is float or double.
#pragma once

#include <forknet/config.h>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "average/models.h"
#include "data/sampler.h"
#include "math/model_mean.h"
#include "settings/averaging.h"
#include "store/weights.h"

namespace forknet::run {

// The outer rule of the settings for this number of models.
[[nodiscard]] inline math::OuterRule outer_rule(const AverageConfig& settings, std::size_t models) {
  return {settings.outer_lr, outer_momentum(settings, static_cast<std::int64_t>(models))};
}

// The number of rows that a model has trained on since the center.
template <class T>
[[nodiscard]] std::uint64_t rows_in_round(const Models<T>& models, std::size_t model,
                                          const data::Sampler& sampler);

// The first model, not counting those left out, with a number that is not finite.
template <class T>
[[nodiscard]] std::optional<std::size_t> find_poisoned(const Models<T>& models);

// The mean of the models' current weights, weighted by the rows of this round; the center itself if
// no model has left it. `out`: (numbers).
template <class T>
void mean_now(const Models<T>& models, const data::Sampler& sampler, std::span<const T> center,
              std::span<T> out);

// Requires that all models except those left out have done the steps before `step`. Writes their
// mean, after an outer step and the settings' rule for moments, into the center's next version (of
// two), then makes that the center.
template <class T>
void end_round(Models<T>& models, const data::Sampler& sampler, const AverageConfig& settings,
               std::uint64_t step, store::Weights<T>& center);

}  // namespace forknet::run
