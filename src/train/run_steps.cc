#include "train/run_steps.h"

#include <algorithm>

#include "settings/averaging.h"

namespace forknet::run {

data::Sampler sampler_for(const Config& config, const data::View& rows) {
  const auto count = static_cast<std::uint32_t>(rows.size());
  const std::int64_t batch =
      std::min(train_of_model(config).batch, static_cast<std::int64_t>(count));
  data::RowShare share;
  if (averages(config.grid)) share.models = static_cast<std::uint32_t>(models_of(config.grid));
  return {config.run.seed, count, static_cast<std::uint32_t>(batch), config.data.shuffle, share};
}

std::uint64_t steps_of(const TrainConfig& train, const data::Sampler& sampler) {
  const std::uint64_t steps = static_cast<std::uint64_t>(train.epochs) * sampler.steps_per_epoch();
  const auto most = static_cast<std::uint64_t>(train.max_steps);
  return most > 0 ? std::min(steps, most) : steps;
}

}  // namespace forknet::run
