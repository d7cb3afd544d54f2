// Optimizers of the tests' own, as a program would add them.
#pragma once

#include <forknet/optimizer.h>

namespace forknet {

// Steps by the sign of a mean of gradients.
class SignOfTrend final : public ElementwiseOptimizer<SignOfTrend, 1> {
 public:
  [[nodiscard]] std::string_view name() const override { return "sign_of_trend"; }
  [[nodiscard]] std::vector<SettingSpec> settings() const override {
    return {{"memory", 0.75, "share of the trend that stays", {0.0, false, 1.0}}};
  }
  [[nodiscard]] std::vector<std::string> state() const override { return {"trend"}; }
  void constants(double lr, std::uint64_t /*step*/, const Settings& settings,
                 OptimizerConstants out) const override {
    out[0] = lr;
    out[1] = settings.number("memory");
  }
  [[nodiscard]] bool normalises() const override { return true; }

  template <class T>
  static T next(T weight, T gradient, T* state, const T* c) {
    state[0] = normal_or_zero(std::fma(c[1], state[0], gradient));
    if (state[0] == 0) return weight;
    return state[0] > 0 ? weight - c[0] : weight + c[0];
  }
};

// As much state as there may be: a mean of the gradients, a mean of that, and so on.
class FourMeans final : public ElementwiseOptimizer<FourMeans, kMostOptimizerStates> {
 public:
  [[nodiscard]] std::string_view name() const override { return "four_means"; }
  [[nodiscard]] std::vector<SettingSpec> settings() const override {
    return {{"weight_decay", 0.0, "share of the weight that its gradient gets"}};
  }
  [[nodiscard]] std::vector<std::string> state() const override {
    return {"mean", "mean_2", "mean_3", "mean_4"};
  }
  void constants(double lr, std::uint64_t /*step*/, const Settings& /*settings*/,
                 OptimizerConstants out) const override {
    out[0] = lr;
    out[kMostOptimizerConstants - 1] = 0.25;
  }
  [[nodiscard]] double weight_decay(const Settings& settings) const override {
    return settings.number("weight_decay");
  }

  template <class T>
  static T next(T weight, T gradient, T* state, const T* c) {
    T mean = gradient;
    for (std::size_t k = 0; k < kMostOptimizerStates; ++k) {
      mean = normal_or_zero(std::fma(c[kMostOptimizerConstants - 1], mean - state[k], state[k]));
      state[k] = mean;
    }
    return std::fma(-c[0], mean, weight);
  }
};

}  // namespace forknet
