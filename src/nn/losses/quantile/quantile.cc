#include "nn/losses/quantile/quantile.h"

#include "nn/losses/constant_output.h"

namespace forknet::nn {
namespace {

constexpr const char* kQuantileLoss = "quantile";
constexpr const char* kQuantile = "quantile";

double about_the_quantile(const UnitTargets& targets, double q) {
  const std::vector<WeightedTarget> ordered = targets.ordered();
  const double output = quantile_of(ordered, q);
  return mean_loss_of(ordered, [&](double target) {
    const double distance = output - target;
    return (distance > 0 ? 1 - q : -q) * distance;
  });
}

}  // namespace

LossEntry quantile() {
  const SettingSpec quantile = {
      kQuantile, 0.5, "share of the targets below the output", {.above = true, .below = 1.0}};
  return {kQuantileLoss, {quantile}, [](const Settings& settings) {
            const NumberLossTraits traits = {
                .name = kQuantileLoss,
                .kernels = {quantile_kernel<float>, quantile_kernel<double>},
                .of_quantile = true,
                .constant_loss = about_the_quantile};
            return number_loss(traits, settings.number(kQuantile));
          }};
}

}  // namespace forknet::nn
