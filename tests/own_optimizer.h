// An optimizer of the tests' own, as a program would add one: the sign of a mean of gradients.
#pragma once

#include <forknet/optimizer.h>

namespace forknet {

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

}  // namespace forknet
