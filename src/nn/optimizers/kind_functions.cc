// The loop around an optimizer's own rule: the plain reference of the vector kernels
// (math/update-inl.h), and the code of a program's own optimizers.
#include <algorithm>
#include <bit>
#include <cmath>

#include "nn/optimizers/part.h"

namespace forknet::nn {
namespace {

constexpr std::size_t kChunk = 256;  // numbers of a call

template <class T>
void count(const math::WeightUpdate<T>& update, const T* numbers, std::size_t size) {
  if (update.written == nullptr) return;
  math::BitsOf<T>& sum = *update.written->template lanes<T>();
  for (std::size_t i = 0; i < size; ++i) sum += std::bit_cast<math::BitsOf<T>>(numbers[i]);
}

// most 0: it stays as it is; and so does a NaN.
template <class T>
T clipped(T gradient, T most) {
  if (most <= 0) return gradient;
  return gradient > most ? most : gradient < -most ? -most : gradient;
}

// At most kChunk numbers.
template <class T>
void apply_chunk(const math::WeightUpdate<T>& update, std::size_t index, std::size_t size,
                 const T* sums) {
  const math::UpdateRule<T>& rule = update.rule;
  alignas(64) T gradients[kChunk];
  for (std::size_t i = 0; i < size; ++i) {
    gradients[i] = clipped(sums[i] * rule.scale, rule.clip);
    if (rule.decay > 0)
      gradients[i] = std::fma(rule.decay, update.weights[index + i], gradients[i]);
  }
  OptimizerNumbers<T> numbers;
  numbers.count = size;
  numbers.weights = update.weights + index;
  numbers.gradients = gradients;
  numbers.next = update.next + index;
  for (std::size_t k = 0; k < update.states; ++k) {
    numbers.state[k] = update.state[k] + index;
    numbers.next_state[k] = update.next_state[k] + index;
  }
  numbers.constants = rule.constants;
  static_cast<const OptimizerKind*>(rule.part)->apply(numbers);
  for (std::size_t k = 0; k < update.states; ++k) {
    T* const state = numbers.next_state[k];
    std::transform(state, state + size, state, normal_or_zero<T>);
    count(update, state, size);
  }
  count(update, numbers.next, size);
}

template <class T>
void apply_kind(const math::WeightUpdate<T>& update, std::size_t index, std::size_t lines,
                const T* sums) {
  const std::size_t size = lines * math::kLanes;
  for (std::size_t i = 0; i < size; i += kChunk) {
    apply_chunk(update, index + i, std::min(kChunk, size - i), sums + i);
  }
}

}  // namespace

math::UpdateFunctions kind_functions() { return {&apply_kind<float>, &apply_kind<double>}; }

}  // namespace forknet::nn
