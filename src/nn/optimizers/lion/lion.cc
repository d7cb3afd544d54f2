#include "nn/optimizers/lion/lion.h"

#include "nn/optimizers/shared_settings.h"

namespace forknet::nn {
namespace {

class Lion final : public ElementwiseOptimizer<Lion, 1> {
  using C = LionConstant;

 public:
  std::string_view name() const override { return "lion"; }
  std::vector<SettingSpec> settings() const override {
    return {betas_setting(), weight_decay_setting()};
  }
  std::vector<std::string> state() const override { return {"first_moment"}; }
  void constants(double lr, std::uint64_t /*step*/, const Settings& settings,
                 OptimizerConstants out) const override {
    const std::vector<double>& betas = settings.numbers("betas");
    out[C::kBeta1] = betas[0];
    out[C::kBeta2] = betas[1];
    out[C::kOneMinusBeta1] = 1.0 - betas[0];
    out[C::kOneMinusBeta2] = 1.0 - betas[1];
    out[C::kLr] = lr;
    out[C::kMinusDecay] = -lr * settings.number("weight_decay");
  }
  bool normalises() const override { return true; }

  template <class T>
  static T next(T w, T g, T* state, const T* c) {
    const T direction = std::fma(c[C::kBeta1], state[0], c[C::kOneMinusBeta1] * g);
    state[0] = normal_or_zero(std::fma(c[C::kBeta2], state[0], c[C::kOneMinusBeta2] * g));
    // Zero and NaN stand for themselves.
    const T step = direction > 0 ? c[C::kLr] : direction < 0 ? -c[C::kLr] : direction;
    return std::fma(c[C::kMinusDecay], w, w) - step;
  }
};

}  // namespace

OptimizerPart lion_part() { return {std::make_unique<Lion>(), &lion_functions}; }

}  // namespace forknet::nn
