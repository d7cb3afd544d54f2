#include "nn/optimizers/nesterov/nesterov.h"

#include "nn/optimizers/shared_settings.h"

namespace forknet::nn {
namespace {

class Nesterov final : public ElementwiseOptimizer<Nesterov, 1> {
  using C = NesterovConstant;

 public:
  std::string_view name() const override { return "nesterov"; }
  std::vector<SettingSpec> settings() const override {
    return {momentum_setting(), weight_decay_setting()};
  }
  std::vector<std::string> state() const override { return {"first_moment"}; }
  void constants(double lr, std::uint64_t /*step*/, const Settings& settings,
                 OptimizerConstants out) const override {
    out[C::kMomentum] = momentum(settings);
    out[C::kMinusLr] = -lr;
  }
  double weight_decay(const Settings& settings) const override {
    return settings.number("weight_decay");
  }
  double momentum(const Settings& settings) const override { return settings.number("momentum"); }

  template <class T>
  static T next(T w, T g, T* state, const T* c) {
    state[0] = normal_or_zero(std::fma(c[C::kMomentum], state[0], g));
    return std::fma(c[C::kMinusLr], std::fma(c[C::kMomentum], state[0], g), w);
  }
};

}  // namespace

OptimizerPart nesterov_part() { return {std::make_unique<Nesterov>(), &nesterov_functions}; }

}  // namespace forknet::nn
