#include "nn/optimizers/momentum/momentum.h"

#include "nn/optimizers/shared_settings.h"

namespace forknet::nn {
namespace {

class Momentum final : public ElementwiseOptimizer<Momentum, 1> {
 public:
  std::string_view name() const override { return "momentum"; }
  std::vector<SettingSpec> settings() const override {
    return {momentum_setting(), weight_decay_setting()};
  }
  std::vector<std::string> state() const override { return {"first_moment"}; }
  void constants(double lr, std::uint64_t /*step*/, const Settings& settings,
                 OptimizerConstants out) const override {
    out[MomentumConstant::kMomentum] = momentum(settings);
    out[MomentumConstant::kMinusLr] = -lr;
  }
  double weight_decay(const Settings& settings) const override {
    return settings.number("weight_decay");
  }
  double momentum(const Settings& settings) const override { return settings.number("momentum"); }

  template <class T>
  static T next(T w, T g, T* state, const T* c) {
    state[0] = normal_or_zero(std::fma(c[MomentumConstant::kMomentum], state[0], g));
    return std::fma(c[MomentumConstant::kMinusLr], state[0], w);
  }
};

}  // namespace

OptimizerPart momentum_part() { return {std::make_unique<Momentum>(), &momentum_functions}; }

}  // namespace forknet::nn
