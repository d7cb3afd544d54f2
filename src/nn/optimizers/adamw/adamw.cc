#include "nn/optimizers/adamw/adamw.h"

#include "nn/optimizers/adam_step.h"
#include "nn/optimizers/shared_settings.h"

namespace forknet::nn {
namespace {

class Adamw final : public ElementwiseOptimizer<Adamw, 2> {
 public:
  std::string_view name() const override { return "adamw"; }
  std::vector<SettingSpec> settings() const override {
    return {betas_setting(), eps_setting(), weight_decay_setting()};
  }
  std::vector<std::string> state() const override { return {"first_moment", "second_moment"}; }
  void constants(double lr, std::uint64_t step, const Settings& settings,
                 OptimizerConstants out) const override {
    adam_constants(lr, step, settings, out);
    out[AdamConstant::kMinusDecay] = -lr * settings.number("weight_decay");
  }
  bool normalises() const override { return true; }

  template <class T>
  static T next(T w, T g, T* state, const T* c) {
    return adam_step(std::fma(c[AdamConstant::kMinusDecay], w, w), g, state, c);
  }
};

}  // namespace

OptimizerPart adamw_part() { return {std::make_unique<Adamw>(), &adamw_functions}; }

}  // namespace forknet::nn
