#include "nn/losses/mae/mae.h"

#include <cmath>

#include "nn/losses/constant_output.h"

namespace forknet::nn {
namespace {

constexpr const char* kMaeLoss = "mae";

double about_the_median(const UnitTargets& targets, double) {
  const std::vector<WeightedTarget> ordered = targets.ordered();
  const double median = quantile_of(ordered, 0.5);
  return mean_loss_of(ordered, [&](double target) { return std::fabs(median - target); });
}

}  // namespace

LossEntry mae() {
  return {kMaeLoss, {}, [](const Settings&) {
            return number_loss({.name = kMaeLoss,
                                .kernels = {mae_kernel<float>, mae_kernel<double>},
                                .constant_loss = about_the_median});
          }};
}

}  // namespace forknet::nn
