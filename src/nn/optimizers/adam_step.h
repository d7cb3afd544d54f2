// What adam and adamw have in common: constants and the step (adam/adam.h). The vector
// form is adam_step-inl.h.
#pragma once

#include <forknet/optimizer.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "math/scalar_functions.h"

namespace forknet::nn {

// Of the step, in this order. kMinusDecay is adamw's.
struct AdamConstant {
  enum : std::size_t {
    kBeta1,
    kBeta2,
    kOneMinusBeta1,
    kOneMinusBeta2,
    kStepSize,
    kVScale,
    kEps,
    kMinusDecay
  };
};

// Without kMinusDecay.
inline void adam_constants(double lr, std::uint64_t step, const Settings& settings,
                           OptimizerConstants out) {
  using C = AdamConstant;
  const std::vector<double>& betas = settings.numbers("betas");
  out[C::kBeta1] = betas[0];
  out[C::kBeta2] = betas[1];
  out[C::kOneMinusBeta1] = 1.0 - betas[0];
  out[C::kOneMinusBeta2] = 1.0 - betas[1];
  out[C::kStepSize] = lr / (1.0 - math::power(betas[0], step + 1));
  out[C::kVScale] = 1.0 / std::sqrt(1.0 - math::power(betas[1], step + 1));
  out[C::kEps] = settings.number("eps");
}

// The weight after the step; state: m and v.
template <class T>
[[nodiscard]] T adam_step(T w, T g, T* state, const T* c) {
  using C = AdamConstant;
  state[0] = normal_or_zero(std::fma(c[C::kBeta1], state[0], c[C::kOneMinusBeta1] * g));
  state[1] = normal_or_zero(std::fma(c[C::kBeta2], state[1], (c[C::kOneMinusBeta2] * g) * g));
  const T divisor = std::sqrt(state[1]) * c[C::kVScale] + c[C::kEps];
  return w - (c[C::kStepSize] * state[0]) / divisor;
}

}  // namespace forknet::nn
