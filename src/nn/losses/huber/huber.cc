#include "nn/losses/huber/huber.h"

#include <algorithm>
#include <cmath>

#include "nn/losses/constant_output.h"

namespace forknet::nn {
namespace {

constexpr const char* kHuberLoss = "huber";
constexpr const char* kDelta = "delta";

double about_the_best(const UnitTargets& targets, double delta) {
  const std::vector<WeightedTarget> ordered = targets.ordered();
  const double output = zero_of(ordered, [&](double at) {
    return mean_loss_of(ordered,
                        [&](double target) { return std::clamp(at - target, -delta, delta); });
  });
  return mean_loss_of(ordered, [&](double target) {
    const double distance = std::fabs(output - target);
    return distance > delta ? delta * (distance - 0.5 * delta) : 0.5 * distance * distance;
  });
}

}  // namespace

LossEntry huber() {
  const SettingSpec delta = {
      kDelta, 1.0, "distance from the target at which the loss becomes linear", {.above = true}};
  return {kHuberLoss, {delta}, [](const Settings& settings) {
            const NumberLossTraits traits = {.name = kHuberLoss,
                                             .kernels = {huber_kernel<float>, huber_kernel<double>},
                                             .constant_loss = about_the_best};
            return number_loss(traits, settings.number(kDelta));
          }};
}

}  // namespace forknet::nn
