#include "nn/losses/poisson/poisson.h"

#include <cmath>
#include <limits>

#include "nn/losses/constant_output.h"

namespace forknet::nn {
namespace {

constexpr const char* kPoissonLoss = "poisson";
constexpr double kMost = std::numeric_limits<double>::infinity();

// Of a rate that is the target.
double least_loss(const UnitTargets& targets, double) {
  return mean_loss_of(targets.ordered(), [](double target) {
    return target > 0 ? target - target * std::log(target) : 0.0;
  });
}

// The best constant rate is the mean. What it has above the least loss is half its deviance, which
// is exactly 0 where all targets are alike.
double about_the_mean(const UnitTargets& targets, double setting) {
  const double mean = targets.mean;
  return least_loss(targets, setting) + mean_loss_of(targets.ordered(), [&](double target) {
           return (target > 0 ? target * std::log(target / mean) : 0.0) - (target - mean);
         });
}

}  // namespace

LossEntry poisson() {
  return {kPoissonLoss, {}, [](const Settings&) {
            return number_loss({.name = kPoissonLoss,
                                .kernels = {poisson_kernel<float>, poisson_kernel<double>},
                                .targets = TargetRange{0.0, kMost},
                                .link = math::Function::exp,
                                .constant_loss = about_the_mean,
                                .least_loss = least_loss});
          }};
}

}  // namespace forknet::nn
