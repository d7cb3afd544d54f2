#include "math/model_mean.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/check.h"

namespace forknet::math {
namespace {

constexpr std::size_t kBlock = 1024;  // numbers whose sums stay in the nearest cache

}  // namespace

template <class T>
void mean_of(std::span<const ModelPart<T>> models, std::span<T> out) {
  FORKNET_CHECK(!models.empty());
  if (models.size() == 1) {
    std::copy(models[0].numbers.begin(), models[0].numbers.end(), out.begin());
    return;
  }
  double rows = 0;
  for (const ModelPart<T>& model : models) rows += static_cast<double>(model.rows);
  std::array<double, kBlock> sums;
  for (std::size_t begin = 0; begin < out.size(); begin += kBlock) {
    const std::size_t count = std::min(kBlock, out.size() - begin);
    sums.fill(0);
    for (const ModelPart<T>& model : models) {
      const T* numbers = model.numbers.data() + begin;
      const auto weight = static_cast<double>(model.rows);
      for (std::size_t i = 0; i < count; ++i) sums[i] += weight * static_cast<double>(numbers[i]);
    }
    for (std::size_t i = 0; i < count; ++i) out[begin + i] = static_cast<T>(sums[i] / rows);
  }
}

template <class T>
void take_outer_step(const OuterRule& rule, const OuterStep<T>& step) {
  for (std::size_t i = 0; i < step.out.size(); ++i) {
    const auto anchor = static_cast<double>(step.anchor[i]);
    const double change = anchor - static_cast<double>(step.mean[i]);
    const T velocity =
        static_cast<T>(rule.momentum * static_cast<double>(step.velocity[i]) + change);
    step.next_velocity[i] = velocity;
    step.out[i] =
        static_cast<T>(anchor - rule.lr * (change + rule.momentum * static_cast<double>(velocity)));
  }
}

// A number times zero is zero, but for infinity and for what is no number.
template <class T>
bool all_finite(std::span<const T> numbers) {
  std::array<T, 16> sums = {};
  std::size_t i = 0;
  for (; i + sums.size() <= numbers.size(); i += sums.size()) {
    for (std::size_t lane = 0; lane < sums.size(); ++lane) sums[lane] += numbers[i + lane] * T{0};
  }
  for (; i < numbers.size(); ++i) sums[0] += numbers[i] * T{0};
  return std::all_of(sums.begin(), sums.end(), [](T sum) { return sum == T{0}; });
}

template void mean_of<float>(std::span<const ModelPart<float>>, std::span<float>);
template void mean_of<double>(std::span<const ModelPart<double>>, std::span<double>);
template void take_outer_step<float>(const OuterRule&, const OuterStep<float>&);
template void take_outer_step<double>(const OuterRule&, const OuterStep<double>&);
template bool all_finite<float>(std::span<const float>);
template bool all_finite<double>(std::span<const double>);

}  // namespace forknet::math
