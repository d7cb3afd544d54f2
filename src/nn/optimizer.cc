#include "nn/optimizer.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "math/element_kernels.h"

namespace forknet::nn {
namespace {

// base^exponent by squaring: the same bits on every machine, which libm's pow does not guarantee.
double power(double base, std::uint64_t exponent) {
  double result = 1.0;
  for (; exponent > 0; exponent >>= 1) {
    if ((exponent & 1) != 0) result *= base;
    base *= base;
  }
  return result;
}

// cos(pi * x) for x in [0, 1], by forknet's own functions for the same reason.
double cos_pi(double x) {
  const double turn = x / 2;
  double cosine = 0;
  math::reference_element_kernels<double>().map(math::Function::cos_two_pi, {&turn, 1},
                                                {&cosine, 1});
  return cosine;
}

double decayed(const OptimizerConfig& optimizer, std::uint64_t done, std::uint64_t of) {
  if (optimizer.schedule == LearningRateSchedule::constant) return optimizer.lr;
  const double share =
      of == 0 ? 1.0 : std::min(1.0, static_cast<double>(done) / static_cast<double>(of));
  return optimizer.final_lr + (optimizer.lr - optimizer.final_lr) * (1.0 + cos_pi(share)) / 2.0;
}

}  // namespace

std::size_t moment_count(OptimizerType type) {
  switch (type) {
    case OptimizerType::sgd:
      return 0;
    case OptimizerType::momentum:
      return 1;
    case OptimizerType::adam:
      return 2;
  }
  return 0;
}

double learning_rate(const OptimizerConfig& optimizer, std::uint64_t step,
                     std::uint64_t total_steps) {
  const auto warmup = static_cast<std::uint64_t>(optimizer.warmup_steps);
  if (step < warmup) {
    return optimizer.lr * static_cast<double>(step + 1) / static_cast<double>(warmup);
  }
  const auto asked = static_cast<std::uint64_t>(optimizer.decay_steps);
  const std::uint64_t whole = total_steps > warmup ? total_steps - warmup : 0;
  return decayed(optimizer, step - warmup, asked > 0 ? asked : whole);
}

OptimizerConfig with_changes(const OptimizerConfig& optimizer, std::span<const RateChange> changes,
                             std::uint64_t step) {
  OptimizerConfig then = optimizer;
  for (const RateChange& change : changes) {
    if (change.step <= step) then.lr = change.lr;
  }
  return then;
}

template <class T>
math::UpdateRule<T> update_rule(const OptimizerConfig& optimizer, std::uint64_t step,
                                std::uint64_t total_steps, std::size_t rows) {
  math::UpdateRule<T> rule;
  const double lr = learning_rate(optimizer, step, total_steps);
  rule.scale = static_cast<T>(1) / static_cast<T>(rows);
  rule.lr = static_cast<T>(lr);
  rule.decay = static_cast<T>(optimizer.weight_decay);
  switch (optimizer.type) {
    case OptimizerType::sgd:
      rule.kind = math::UpdateKind::sgd;
      break;
    case OptimizerType::momentum:
      rule.kind = math::UpdateKind::momentum;
      rule.momentum = static_cast<T>(optimizer.momentum);
      break;
    case OptimizerType::adam: {
      const auto [beta1, beta2] = optimizer.betas;
      rule.kind = math::UpdateKind::adam;
      rule.beta1 = static_cast<T>(beta1);
      rule.beta2 = static_cast<T>(beta2);
      rule.one_minus_beta1 = static_cast<T>(1.0 - beta1);
      rule.one_minus_beta2 = static_cast<T>(1.0 - beta2);
      rule.step_size = static_cast<T>(lr / (1.0 - power(beta1, step + 1)));
      rule.v_scale = static_cast<T>(1.0 / std::sqrt(1.0 - power(beta2, step + 1)));
      rule.eps = static_cast<T>(optimizer.eps);
      break;
    }
  }
  return rule;
}

std::size_t leaf_rows(const TrainConfig& train) {
  if (train.leaf > 0) return static_cast<std::size_t>(train.leaf);
  const auto quarter = static_cast<std::size_t>((train.batch + 3) / 4);
  return std::clamp<std::size_t>(quarter, 16, 64);
}

template math::UpdateRule<float> update_rule<float>(const OptimizerConfig&, std::uint64_t,
                                                    std::uint64_t, std::size_t);
template math::UpdateRule<double> update_rule<double>(const OptimizerConfig&, std::uint64_t,
                                                      std::uint64_t, std::size_t);

}  // namespace forknet::nn
