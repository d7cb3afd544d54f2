#include "nn/optimizer.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "nn/optimizers/list.h"
#include "nn/schedules/list.h"

namespace forknet::nn {
namespace {

const OptimizerPart* part_of(const OptimizerConfig& config) {
  const OptimizerPart* const part = find_optimizer(config.type);
  FORKNET_CHECK(part != nullptr);
  return part;
}

const ScheduleKind* schedule_of(const OptimizerConfig& config) {
  const SchedulePart* const part = find_schedule(config.schedule);
  FORKNET_CHECK(part != nullptr);
  return part->kind.get();
}

}  // namespace

double base_rate(double lr, std::span<const RateChange> changes, std::uint64_t step) {
  for (const RateChange& change : changes) {
    if (change.step <= step) lr = change.lr;
  }
  return lr;
}

Optimizer::Optimizer(const OptimizerConfig& config)
    : part_(part_of(config)),
      schedule_(schedule_of(config)),
      lr_(config.lr),
      warmup_(static_cast<std::uint64_t>(config.warmup_steps)),
      scope_{config.decay_biases, config.decay_norms},
      states_(part_->kind->state().size()) {
  std::vector<SettingSpec> declared = part_->kind->settings();
  for (SettingSpec& setting : schedule_->settings()) declared.push_back(std::move(setting));
  settings_ = complete(config.settings, declared);
  undecayed_ = settings_;
  decays_ = part_->kind->weight_decay(settings_) > 0;
  if (undecayed_.find("weight_decay") == nullptr) return;
  decays_ = decays_ || settings_.number("weight_decay") > 0;
  undecayed_.set("weight_decay", 0.0);
}

double Optimizer::learning_rate(std::uint64_t step, std::uint64_t total_steps,
                                std::span<const RateChange> changes) const {
  const double base = base_rate(lr_, changes, step);
  if (step < warmup_) return base * static_cast<double>(step + 1) / static_cast<double>(warmup_);
  const std::uint64_t planned = total_steps > warmup_ ? total_steps - warmup_ : 0;
  return schedule_->rate(base, step - warmup_, planned, settings_);
}

template <class T>
math::UpdateRule<T> Optimizer::rule_with(const Settings& settings, double decay,
                                         double learning_rate, std::uint64_t step, std::size_t rows,
                                         math::Target target) const {
  std::array<double, kMostOptimizerConstants> constants = {};
  part_->kind->constants(learning_rate, step, settings, constants);
  math::UpdateRule<T> rule;
  rule.apply = functions_of(*part_, target).template of<T>();
  rule.scale = static_cast<T>(1) / static_cast<T>(rows);
  rule.decay = static_cast<T>(decay);
  std::transform(constants.begin(), constants.end(), rule.constants,
                 [](double number) { return static_cast<T>(number); });
  rule.part = part_->kind.get();
  rule.keeps_at_zero = part_->kind->keeps_at_zero() && rule.decay == 0;
  return rule;
}

template <class T>
math::UpdateRule<T> Optimizer::rule(double learning_rate, std::uint64_t step, std::size_t rows,
                                    math::Target target) const {
  return rule_with<T>(settings_, part_->kind->weight_decay(settings_), learning_rate, step, rows,
                      target);
}

template <class T>
math::UpdateRule<T> Optimizer::undecayed_rule(double learning_rate, std::uint64_t step,
                                              std::size_t rows, math::Target target) const {
  return rule_with<T>(undecayed_, 0.0, learning_rate, step, rows, target);
}

template <class T>
math::UpdateRule<T> update_rule(const OptimizerConfig& optimizer, std::uint64_t step,
                                std::uint64_t total_steps, std::size_t rows, math::Target target) {
  const Optimizer own(optimizer);
  return own.rule<T>(own.learning_rate(step, total_steps), step, rows, target);
}

void scale_rates(OptimizerConfig& optimizer, double factor) {
  optimizer.lr *= factor;
  const ScheduleKind& schedule = *schedule_of(optimizer);
  const Settings now = complete(optimizer.settings, schedule.settings());
  for (const std::string& rate : schedule.rates()) {
    optimizer.settings.set(rate, now.number(rate) * factor);
  }
}

std::size_t leaf_rows(const TrainConfig& train) {
  if (train.leaf > 0) return static_cast<std::size_t>(train.leaf);
  const auto quarter = static_cast<std::size_t>((train.batch + 3) / 4);
  return std::clamp<std::size_t>(quarter, 16, 64);
}

#define FORKNET_RULES(T)                                                                        \
  template math::UpdateRule<T> Optimizer::rule<T>(double, std::uint64_t, std::size_t,           \
                                                  math::Target) const;                          \
  template math::UpdateRule<T> Optimizer::undecayed_rule<T>(double, std::uint64_t, std::size_t, \
                                                            math::Target) const;                \
  template math::UpdateRule<T> update_rule<T>(const OptimizerConfig&, std::uint64_t,            \
                                              std::uint64_t, std::size_t, math::Target);
FORKNET_RULES(float)
FORKNET_RULES(double)
#undef FORKNET_RULES

}  // namespace forknet::nn
