#include "nn/optimizers/sgd/sgd.h"

#include "nn/optimizers/shared_settings.h"

namespace forknet::nn {
namespace {

class Sgd final : public ElementwiseOptimizer<Sgd, 0> {
 public:
  std::string_view name() const override { return "sgd"; }
  std::vector<SettingSpec> settings() const override { return {weight_decay_setting()}; }
  void constants(double lr, std::uint64_t /*step*/, const Settings& /*settings*/,
                 OptimizerConstants out) const override {
    out[SgdConstant::kMinusLr] = -lr;
  }
  double weight_decay(const Settings& settings) const override {
    return settings.number("weight_decay");
  }
  bool keeps_at_zero() const override { return true; }

  template <class T>
  static T next(T w, T g, T* /*state*/, const T* c) {
    return std::fma(c[SgdConstant::kMinusLr], g, w);
  }
};

}  // namespace

OptimizerPart sgd_part() { return {std::make_unique<Sgd>(), &sgd_functions}; }

}  // namespace forknet::nn
