#include "session/resume_length.h"

#include <fmt/format.h>

#include "nn/optimizer.h"
#include "train/run_steps.h"

namespace forknet::run {

Status check_length(const Prepared& prepared, std::uint64_t done) {
  const std::uint64_t planned = planned_steps(prepared);
  if (planned >= done) return {};
  const std::uint64_t epoch = sampler_for(prepared.config, prepared.data.train).steps_per_epoch();
  const TrainConfig& train = prepared.config.train;
  const std::string end = train.max_steps > 0
                              ? fmt::format("train.max_steps = {} with train.epochs = {}",
                                            train.max_steps, train.epochs)
                              : fmt::format("train.epochs = {}", train.epochs);
  return Error{
      ErrorKind::config,
      fmt::format("{} steps ({} epochs) are done already, but {} ends the run at step {}\n"
                  "  nothing was changed; ask for at least as many, or use the model as it "
                  "is (forknet eval, predict)",
                  done, done / epoch, end, planned)};
}

std::optional<std::string> rate_note(const Config& before, const Prepared& prepared,
                                     const RateChanges& rates, std::uint64_t done) {
  const auto sampler = sampler_for(prepared.config, prepared.data.train);
  const nn::Optimizer optimizer(prepared.config.optimizer);
  const std::uint64_t before_steps = steps_of(before.train, sampler);
  const std::uint64_t steps = planned_steps(prepared);
  if (before_steps == steps || !optimizer.follows_length()) return std::nullopt;
  const double was = optimizer.learning_rate(done, before_steps, rates);
  const double is = optimizer.learning_rate(done, steps, rates);
  if (was == is) {
    return fmt::format(
        "the learning rate continues with {:.4g} after step {}, as before; later "
        "ones change",
        is, done);
  }
  return fmt::format(
      "the learning rate continues with {:.4g} after step {}; it would have been {:.4g}", is, done,
      was);
}

}  // namespace forknet::run
