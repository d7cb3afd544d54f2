#include "nn/losses/quantile/quantile.h"

namespace forknet::nn {
namespace {

constexpr const char* kName = "quantile";
constexpr const char* kQuantile = "quantile";

}  // namespace

LossEntry quantile() {
  const SettingSpec quantile = {
      kQuantile, 0.5, "share of the targets below the output", {.above = true, .below = 1.0}};
  return {kName, {quantile}, [](const Settings& settings) {
            const NumberLossTraits traits = {
                .name = kName, .kernels = {quantile_kernel<float>, quantile_kernel<double>}};
            return number_loss(traits, settings.number(kQuantile));
          }};
}

}  // namespace forknet::nn
