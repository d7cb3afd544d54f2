#include "average/round_end.h"

#include <algorithm>

#include "math/model_mean.h"
#include "os/failpoint.h"

namespace forknet::run {
namespace {

// The models that count in the mean, with their rows.
template <class T>
std::vector<std::pair<std::size_t, std::uint64_t>> counted(const Models<T>& models,
                                                           const data::Sampler& sampler) {
  std::vector<std::pair<std::size_t, std::uint64_t>> counted;
  for (std::size_t model = 0; model < models.count(); ++model) {
    if (models.left_out(model)) continue;
    const std::uint64_t rows = rows_in_round(models, model, sampler);
    if (rows > 0) counted.emplace_back(model, rows);
  }
  return counted;
}

// region(weights): a span of the same numbers of each model. If no model counts, the center stays.
template <class T, class Counted, class Region>
void mean_of_region(const Models<T>& models, const Counted& counted, std::span<const T> center,
                    Region region, std::span<T> out) {
  std::vector<math::ModelPart<T>> parts;
  for (const auto& [model, rows] : counted) {
    const auto weights = models.weights(model);
    parts.push_back({region(weights), rows});
  }
  if (parts.empty()) parts.push_back({center, 1});
  math::mean_of<T>(parts, out);
}

}  // namespace

template <class T>
std::uint64_t rows_in_round(const Models<T>& models, std::size_t model,
                            const data::Sampler& sampler) {
  const data::Sampler own = sampler.of_model(static_cast<std::uint32_t>(model));
  std::uint64_t rows = 0;
  const std::uint64_t committed = models.commits(model).committed();
  for (std::uint64_t step = models.center_step(); step < committed; ++step) {
    rows += own.plan(step).rows;
  }
  return rows;
}

template <class T>
std::optional<std::size_t> find_poisoned(const Models<T>& models) {
  for (std::size_t model = 0; model < models.count(); ++model) {
    if (models.left_out(model)) continue;
    auto weights = models.weights(model);
    for (std::size_t i = 0; i < weights.regions(); ++i) {
      if (!math::all_finite<T>(weights.region(i))) return model;
    }
  }
  return std::nullopt;
}

template <class T>
void mean_now(const Models<T>& models, const data::Sampler& sampler, std::span<const T> center,
              std::span<T> out) {
  mean_of_region(
      models, counted(models, sampler), center, [](const auto& w) { return w.parameters(); }, out);
}

template <class T>
void end_round(Models<T>& models, const data::Sampler& sampler, const AverageConfig& settings,
               std::uint64_t step, store::Weights<T>& center) {
  const auto used = counted(models, sampler);
  const std::uint64_t version = models.center_version();
  const store::Weights<T>& now = center;
  const std::span<T> next = center.next_parameters();
  FORKNET_FAILPOINT("average/mean/before");
  mean_of_region(
      models, used, now.parameters(), [](const auto& w) { return w.parameters(); }, next);
  if (models.shape().has_velocity) {
    math::take_outer_step<T>(
        outer_rule(settings, models.count()),
        {now.parameters(), next, models.velocity(version), models.velocity(version ^ 1), next});
  }
  FORKNET_FAILPOINT("average/mean/moments");
  const bool resets = settings.moments == AverageMoments::reset && models.count() > 1;
  for (std::size_t i = 0; i < center.moments(); ++i) {
    const std::span<T> moment = center.next_moment(i);
    if (resets) {
      std::fill(moment.begin(), moment.end(), T{0});
    } else {
      mean_of_region(
          models, used, now.moment(i), [i](const auto& w) { return w.moment(i); }, moment);
    }
    for (std::size_t model = 0; model < models.count() && models.shape().keeps_moments; ++model) {
      auto own = models.weights(model);
      const std::span<const T> from = models.left_out(model) ? moment : own.moment(i);
      std::copy(from.begin(), from.end(), models.start_moment(model, i).begin());
    }
  }
  FORKNET_FAILPOINT("average/commit/before");
  center.turn_to(version ^ 1);
  models.seal_center(step, version ^ 1, center);
  models.put_center(step, version ^ 1);
  FORKNET_FAILPOINT("average/commit/after");
}

#define FORKNET_ROUND_END(T)                                                                     \
  template std::uint64_t rows_in_round(const Models<T>&, std::size_t, const data::Sampler&);     \
  template std::optional<std::size_t> find_poisoned(const Models<T>&);                           \
  template void mean_now(const Models<T>&, const data::Sampler&, std::span<const T>,             \
                         std::span<T>);                                                          \
  template void end_round(Models<T>&, const data::Sampler&, const AverageConfig&, std::uint64_t, \
                          store::Weights<T>&);
FORKNET_ROUND_END(float)
FORKNET_ROUND_END(double)
#undef FORKNET_ROUND_END

}  // namespace forknet::run
