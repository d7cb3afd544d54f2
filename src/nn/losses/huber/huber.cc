#include "nn/losses/huber/huber.h"

namespace forknet::nn {
namespace {

constexpr const char* kName = "huber";
constexpr const char* kDelta = "delta";

}  // namespace

LossEntry huber() {
  const SettingSpec delta = {
      kDelta, 1.0, "distance from the target at which the loss becomes linear", {.above = true}};
  return {kName, {delta}, [](const Settings& settings) {
            const NumberLossTraits traits = {
                .name = kName, .kernels = {huber_kernel<float>, huber_kernel<double>}};
            return number_loss(traits, settings.number(kDelta));
          }};
}

}  // namespace forknet::nn
