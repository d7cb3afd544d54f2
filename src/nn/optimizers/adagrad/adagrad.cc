#include "nn/optimizers/adagrad/adagrad.h"

#include "nn/optimizers/shared_settings.h"

namespace forknet::nn {
namespace {

class Adagrad final : public ElementwiseOptimizer<Adagrad, 1> {
  using C = AdagradConstant;

 public:
  std::string_view name() const override { return "adagrad"; }
  std::vector<SettingSpec> settings() const override {
    return {eps_setting(), weight_decay_setting()};
  }
  std::vector<std::string> state() const override { return {"sum"}; }
  void constants(double lr, std::uint64_t /*step*/, const Settings& settings,
                 OptimizerConstants out) const override {
    out[C::kLr] = lr;
    out[C::kEps] = settings.number("eps");
  }
  double weight_decay(const Settings& settings) const override {
    return settings.number("weight_decay");
  }
  bool keeps_at_zero() const override { return true; }
  bool normalises() const override { return true; }

  template <class T>
  static T next(T w, T g, T* state, const T* c) {
    state[0] = normal_or_zero(std::fma(g, g, state[0]));
    return w - (c[C::kLr] * g) / (std::sqrt(state[0]) + c[C::kEps]);
  }
};

}  // namespace

OptimizerPart adagrad_part() { return {std::make_unique<Adagrad>(), &adagrad_functions}; }

}  // namespace forknet::nn
