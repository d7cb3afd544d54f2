#include "nn/losses/mae/mae.h"

namespace forknet::nn {
namespace {

constexpr const char* kName = "mae";

}  // namespace

LossEntry mae() {
  return {kName, {}, [](const Settings&) {
            return number_loss({.name = kName, .kernels = {mae_kernel<float>, mae_kernel<double>}});
          }};
}

}  // namespace forknet::nn
