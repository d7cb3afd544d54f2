#include "nn/losses/poisson/poisson.h"

#include <limits>

namespace forknet::nn {
namespace {

constexpr const char* kName = "poisson";
constexpr double kMost = std::numeric_limits<double>::infinity();

}  // namespace

LossEntry poisson() {
  return {kName, {}, [](const Settings&) {
            return number_loss({.name = kName,
                                .kernels = {poisson_kernel<float>, poisson_kernel<double>},
                                .targets = TargetRange{0.0, kMost},
                                .link = math::Function::exp});
          }};
}

}  // namespace forknet::nn
