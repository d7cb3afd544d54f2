#include "nn/optimizers/rmsprop/rmsprop.h"

#include "nn/optimizers/shared_settings.h"

namespace forknet::nn {
namespace {

class Rmsprop final : public ElementwiseOptimizer<Rmsprop, 1> {
  using C = RmspropConstant;

 public:
  std::string_view name() const override { return "rmsprop"; }
  std::vector<SettingSpec> settings() const override {
    return {{"alpha", 0.99, "decay of the average of squares", {0.0, false, 1.0}},
            eps_setting(),
            weight_decay_setting()};
  }
  std::vector<std::string> state() const override { return {"square_avg"}; }
  void constants(double lr, std::uint64_t /*step*/, const Settings& settings,
                 OptimizerConstants out) const override {
    out[C::kAlpha] = settings.number("alpha");
    out[C::kOneMinusAlpha] = 1.0 - settings.number("alpha");
    out[C::kLr] = lr;
    out[C::kEps] = settings.number("eps");
  }
  double weight_decay(const Settings& settings) const override {
    return settings.number("weight_decay");
  }
  bool normalises() const override { return true; }

  template <class T>
  static T next(T w, T g, T* state, const T* c) {
    state[0] = normal_or_zero(std::fma(c[C::kAlpha], state[0], (c[C::kOneMinusAlpha] * g) * g));
    return w - (c[C::kLr] * g) / (std::sqrt(state[0]) + c[C::kEps]);
  }
};

}  // namespace

OptimizerPart rmsprop_part() { return {std::make_unique<Rmsprop>(), &rmsprop_functions}; }

}  // namespace forknet::nn
