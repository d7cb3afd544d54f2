// Models that were trained apart become one: their mean, weighted by the rows that each has seen,
// and a step of an outer optimizer along the mean change. Every sum has a fixed order: numbers are
// added in fp64, models in ascending order, then divided once and rounded once (docs/numerics.md).
// Pure; T is float or double.
#pragma once

#include <cstdint>
#include <span>

namespace forknet::math {

template <class T>
struct ModelPart {
  std::span<const T> numbers;
  std::uint64_t rows = 0;  // at least 1
};

// Of at least one model, all of out.size() numbers. One model comes out as it is.
template <class T>
void mean_of(std::span<const ModelPart<T>> models, std::span<T> out);

// Nesterov's momentum on the change of a round, as DiLoCo has it (Douillard et al. 2023, after
// SlowMo, Wang et al. 2019, and BMUF, Chen and Huo 2016):
//   change = anchor - mean;  velocity' = momentum * velocity + change
//   out = anchor - lr * (change + momentum * velocity')
// `out` may be `anchor` or `mean`, `next_velocity` may be `velocity`.
struct OuterRule {
  double lr = 1.0;
  double momentum = 0.0;
  // The mean itself: there is nothing to do.
  [[nodiscard]] bool plain() const { return lr == 1.0 && momentum == 0.0; }
};
template <class T>
struct OuterStep {
  std::span<const T> anchor;  // what the models began with
  std::span<const T> mean;
  std::span<const T> velocity;
  std::span<T> next_velocity;
  std::span<T> out;
};
template <class T>
void take_outer_step(const OuterRule& rule, const OuterStep<T>& step);

// Whether all are numbers, none infinite.
template <class T>
[[nodiscard]] bool all_finite(std::span<const T> numbers);

}  // namespace forknet::math
