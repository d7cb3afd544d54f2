#include "nn/optimizers/adam/adam.h"

#include "math/scalar_functions.h"
#include "nn/optimizers/weight_decay.h"

namespace forknet::nn {
namespace {

using C = AdamConstant;

class Adam final : public ElementwiseOptimizer<Adam, 2> {
 public:
  std::string_view name() const override { return "adam"; }
  std::vector<SettingSpec> settings() const override {
    return {
        {"betas", std::vector<double>{0.9, 0.999}, "decay of the two averages", {0.0, false, 1.0}},
        {"eps", 1e-8, "added to the divisor", {0.0, true}},
        weight_decay_setting()};
  }
  std::vector<std::string> state() const override { return {"first_moment", "second_moment"}; }
  void constants(double lr, std::uint64_t step, const Settings& settings,
                 OptimizerConstants out) const override {
    const std::vector<double>& betas = settings.numbers("betas");
    out[C::kBeta1] = betas[0];
    out[C::kBeta2] = betas[1];
    out[C::kOneMinusBeta1] = 1.0 - betas[0];
    out[C::kOneMinusBeta2] = 1.0 - betas[1];
    out[C::kStepSize] = lr / (1.0 - math::power(betas[0], step + 1));
    out[C::kVScale] = 1.0 / std::sqrt(1.0 - math::power(betas[1], step + 1));
    out[C::kEps] = settings.number("eps");
  }
  double weight_decay(const Settings& settings) const override {
    return settings.number("weight_decay");
  }
  bool normalises() const override { return true; }

  template <class T>
  static T next(T w, T g, T* state, const T* c) {
    state[0] = normal_or_zero(std::fma(c[C::kBeta1], state[0], c[C::kOneMinusBeta1] * g));
    state[1] = normal_or_zero(std::fma(c[C::kBeta2], state[1], (c[C::kOneMinusBeta2] * g) * g));
    const T divisor = std::sqrt(state[1]) * c[C::kVScale] + c[C::kEps];
    return w - (c[C::kStepSize] * state[0]) / divisor;
  }
};

}  // namespace

OptimizerPart adam_part() { return {std::make_unique<Adam>(), &adam_functions}; }

}  // namespace forknet::nn
