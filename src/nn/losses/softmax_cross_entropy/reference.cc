#include <array>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "math/reference_functions.h"
#include "math/reference_rows.h"
#include "nn/losses/softmax_cross_entropy/softmax_cross_entropy.h"

namespace forknet::nn {
namespace {

using math::kLanes;

template <class T>
T weighed(T number, const T* sample_weights, std::size_t row) {
  return sample_weights == nullptr ? number : number * sample_weights[row];
}

// One row of logits -> its probabilities, loss and hit.
template <class T>
void softmax_row(const SoftmaxArgs<T>& args, std::size_t row, std::span<T> probabilities) {
  const std::size_t classes = args.outputs.columns;
  T most = -std::numeric_limits<T>::infinity();
  std::size_t first_largest = classes;
  for (std::size_t c = 0; c < classes; ++c) {
    const T z = args.outputs.at(row, c);
    if (z > most || (z == most && first_largest == classes)) {
      most = z;
      first_largest = c;
    }
  }
  std::array<T, kLanes> lanes = {};
  std::array<T, kLanes> shifted = {};
  for (std::size_t c = 0; c < classes; ++c) {
    const T z = args.outputs.at(row, c) - most;
    shifted[c % kLanes] += z;
    probabilities[c] = math::reference::exp(z);
    lanes[c % kLanes] += probabilities[c];
  }
  const T sum = math::reference::fold(lanes);
  for (T& probability : probabilities) probability /= sum;
  if (args.labels == nullptr) return;

  const std::size_t label = args.labels[row];
  T expected = args.outputs.at(row, label) - most;
  if (args.smoothing != 0) {
    const SmoothLabel<T> smooth(args.smoothing, classes);
    expected =
        std::fma(smooth.everywhere, math::reference::fold(shifted), smooth.besides * expected);
  }
  const T loss = math::reference::log(sum) - expected;
  if (args.losses != nullptr) args.losses[row] = weighed(loss, args.sample_weights, row);
  if (args.correct != nullptr) {
    args.correct[row] = !std::isnan(loss) && first_largest == label ? 1 : 0;
  }
}

// probabilities -> errors
template <class T>
void subtract_label(const SoftmaxArgs<T>& args, std::size_t label, std::span<T> probabilities) {
  if (args.smoothing == 0) {
    probabilities[label] -= T{1};
    return;
  }
  const SmoothLabel<T> smooth(args.smoothing, probabilities.size());
  for (std::size_t c = 0; c < probabilities.size(); ++c) {
    probabilities[c] -= c == label ? smooth.everywhere + smooth.besides : smooth.everywhere;
  }
}

}  // namespace

template <class T>
void softmax_reference(const SoftmaxArgs<T>& args) {
  std::vector<T> numbers(args.outputs.columns);
  for (std::size_t row = args.rows.begin; row < args.rows.end; ++row) {
    softmax_row<T>(args, row, numbers);
    if (args.probabilities.data != nullptr) {
      math::reference::write_row<T>(args.probabilities, row, numbers);
    }
    if (args.dz.data == nullptr) continue;
    subtract_label<T>(args, args.labels[row], numbers);
    for (T& number : numbers) number = weighed(number, args.sample_weights, row);
    math::reference::write_row<T>(args.dz, row, numbers);
  }
  if (args.dz_transposed.data == nullptr) return;
  math::reference::turn(args.dz, args.dz_transposed, args.rows, {0, args.dz.columns});
}

template void softmax_reference(const SoftmaxArgs<float>&);
template void softmax_reference(const SoftmaxArgs<double>&);

}  // namespace forknet::nn
