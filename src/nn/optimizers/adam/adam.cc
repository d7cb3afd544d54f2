#include "nn/optimizers/adam/adam.h"

#include "nn/optimizers/adam_step.h"
#include "nn/optimizers/shared_settings.h"

namespace forknet::nn {
namespace {

class Adam final : public ElementwiseOptimizer<Adam, 2> {
 public:
  std::string_view name() const override { return "adam"; }
  std::vector<SettingSpec> settings() const override {
    return {betas_setting(), eps_setting(), weight_decay_setting()};
  }
  std::vector<std::string> state() const override { return {"first_moment", "second_moment"}; }
  void constants(double lr, std::uint64_t step, const Settings& settings,
                 OptimizerConstants out) const override {
    adam_constants(lr, step, settings, out);
  }
  double weight_decay(const Settings& settings) const override {
    return settings.number("weight_decay");
  }
  bool normalises() const override { return true; }

  template <class T>
  static T next(T w, T g, T* state, const T* c) {
    return adam_step(w, g, state, c);
  }
};

}  // namespace

OptimizerPart adam_part() { return {std::make_unique<Adam>(), &adam_functions}; }

}  // namespace forknet::nn
