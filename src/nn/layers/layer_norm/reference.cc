#include <array>
#include <cmath>
#include <span>
#include <vector>

#include "math/reference_rows.h"
#include "nn/layers/layer_norm/layer_norm_kernels.h"

namespace forknet::nn {
namespace {

using math::kLanes;

template <class T>
T parameter(const LayerNormArgs<T>& args, std::size_t line, std::size_t feature) {
  return args.parameters[(feature / kLanes * kNormLines + line) * kLanes + feature % kLanes];
}

// The row before scale and shift.
template <class T>
T normalised(const LayerNormArgs<T>& args, std::size_t row, std::size_t feature) {
  return (args.x.at(row, feature) - args.statistics.at(row, 0)) * args.statistics.at(row, 1);
}

// Sums over features in 16 lanes and their tree: add(lane, feature) changes the lane.
template <class T, class Add>
T sum_features(std::size_t features, Add add) {
  std::array<T, kLanes> lanes = {};
  for (std::size_t i = 0; i < features; ++i) add(lanes[i % kLanes], i);
  return math::reference::fold(lanes);
}

template <class T>
void forward(const LayerNormArgs<T>& args) {
  const std::size_t features = args.x.columns;
  const auto count = static_cast<T>(features);
  std::vector<T> numbers(features);
  for (std::size_t row = args.rows.begin; row < args.rows.end; ++row) {
    const T sum =
        sum_features<T>(features, [&](T& lane, std::size_t i) { lane += args.x.at(row, i); });
    const T mean = sum / count;
    const T squares = sum_features<T>(features, [&](T& lane, std::size_t i) {
      const T distance = args.x.at(row, i) - mean;
      lane = std::fma(distance, distance, lane);
    });
    const T factor = T{1} / std::sqrt(squares / count + args.eps);
    for (std::size_t i = 0; i < features; ++i) {
      const T normal = (args.x.at(row, i) - mean) * factor;
      numbers[i] = std::fma(normal, parameter(args, 0, i), parameter(args, 1, i));
    }
    math::reference::write_row<T>(args.y, row, numbers);
    if (args.statistics.data == nullptr) continue;
    args.statistics.at(row, 0) = mean;
    args.statistics.at(row, 1) = factor;
  }
}

// The derivative by one row of x -> to
template <class T>
void derive_row(const LayerNormArgs<T>& args, std::size_t row, std::span<T> to) {
  const std::size_t features = args.x.columns;
  const auto count = static_cast<T>(features);
  const auto scaled = [&](std::size_t i) { return args.errors.at(row, i) * parameter(args, 0, i); };
  const T mean =
      sum_features<T>(features, [&](T& lane, std::size_t i) { lane += scaled(i); }) / count;
  const T along = sum_features<T>(features,
                                  [&](T& lane, std::size_t i) {
                                    lane = std::fma(scaled(i), normalised(args, row, i), lane);
                                  }) /
                  count;
  for (std::size_t i = 0; i < features; ++i) {
    to[i] =
        std::fma(-normalised(args, row, i), along, scaled(i) - mean) * args.statistics.at(row, 1);
  }
}

template <class T>
void take_errors(const LayerNormArgs<T>& args) {
  std::vector<T> numbers(args.x.columns);
  for (std::size_t row = args.rows.begin; row < args.rows.end; ++row) {
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      numbers[i] = args.transposed.at(i, row);
      if (args.factors.data != nullptr) numbers[i] *= args.factors.at(row, i);
    }
    math::reference::write_row<T>(args.errors, row, numbers);
    if (!args.hands_down) continue;
    derive_row<T>(args, row, numbers);
    for (std::size_t i = 0; i < numbers.size(); ++i) args.transposed.at(i, row) = numbers[i];
  }
  for (std::size_t row = args.rows.end; args.hands_down && row % kLanes != 0; ++row) {
    for (std::size_t i = 0; i < numbers.size(); ++i) args.transposed.at(i, row) = T{0};
  }
}

// Chains over the rows, as of products; padding lanes 0.
template <class T>
void sum_leaf(const LayerNormArgs<T>& args, std::size_t panel, T* sums) {
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    const std::size_t feature = panel * kLanes + lane;
    T scale = 0;
    T shift = 0;
    for (std::size_t block = args.rows.begin; block < args.rows.end; block += math::kBlockTerms) {
      T scale_chain = 0;
      T shift_chain = 0;
      for (std::size_t row = block; row < std::min(block + math::kBlockTerms, args.rows.end);
           ++row) {
        if (feature >= args.x.columns) break;
        const T error = args.errors.at(row, feature);
        scale_chain = std::fma(normalised(args, row, feature), error, scale_chain);
        shift_chain = shift_chain + error;
      }
      scale = block == args.rows.begin ? scale_chain : scale + scale_chain;
      shift = block == args.rows.begin ? shift_chain : shift + shift_chain;
    }
    sums[lane] = scale;
    sums[kLanes + lane] = shift;
  }
}

}  // namespace

template <class T>
LayerNormKernels<T> layer_norm_reference() {
  return {&forward<T>, &take_errors<T>, &sum_leaf<T>};
}

template LayerNormKernels<float> layer_norm_reference<float>();
template LayerNormKernels<double> layer_norm_reference<double>();

}  // namespace forknet::nn
