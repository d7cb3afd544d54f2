// Softmax cross-entropy of up to 16 classes: blocks (classes, rows), lanes `at`.. of their lines.
// Included once per target.

#if defined(FORKNET_NN_SOFTMAX_NARROW_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef FORKNET_NN_SOFTMAX_NARROW_INL_H_
#undef FORKNET_NN_SOFTMAX_NARROW_INL_H_
#else
#define FORKNET_NN_SOFTMAX_NARROW_INL_H_
#endif

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "hwy/highway.h"
#include "nn/losses/softmax_cross_entropy/rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace forknet::nn::HWY_NAMESPACE {

// The largest logit of each row and the first class that has it. Comparisons with NaN are false; a
// row with a NaN has a NaN sum whatever the result here.
template <class T>
HWY_INLINE Vector<T> find_largest(const BlockBuffer<T>& block, std::size_t classes, std::size_t at,
                                  RowGroup<T>& group) {
  const Tag<T> d;
  auto most = hn::Load(d, block.numbers.data() + at);
  auto first = hn::Zero(d);
  for (std::size_t c = 1; c < classes; ++c) {
    const auto z = hn::Load(d, block.numbers.data() + c * kLanes + at);
    const auto larger = hn::Gt(z, most);
    most = hn::IfThenElse(larger, z, most);
    first = hn::IfThenElse(larger, hn::Set(d, static_cast<T>(c)), first);
  }
  hn::Store(most, d, group.most.data() + at);
  hn::Store(first, d, group.first_largest.data() + at);
  return most;
}

// The tree over classes: c with c + 8, then + 4, + 2, + 1; those past the last count as 0.
template <class T>
HWY_INLINE Vector<T> sum_classes(const BlockBuffer<T>& powers, std::size_t classes,
                                 std::size_t at) {
  const Tag<T> d;
  Vector<T> sums[kLanes / 2];
  for (std::size_t c = 0; c < kLanes / 2; ++c) {
    const T* power = powers.numbers.data() + c * kLanes + at;
    sums[c] = c < classes ? hn::Load(d, power) : hn::Zero(d);
    if (c + kLanes / 2 < classes) sums[c] = hn::Add(sums[c], hn::Load(d, power + kBlock / 2));
  }
  for (std::size_t half = kLanes / 4; half > 0; half /= 2) {
    for (std::size_t c = 0; c < half; ++c) sums[c] = hn::Add(sums[c], sums[c + half]);
  }
  return sums[0];
}

// The sums of z - m, for smoothed labels.
template <class T>
HWY_INLINE void sum_shifted(const BlockBuffer<T>& block, std::size_t classes, std::size_t at,
                            Vector<T> most, RowGroup<T>& group) {
  const Tag<T> d;
  BlockBuffer<T> shifted;
  for (std::size_t c = at; c < classes * kLanes; c += kLanes) {
    hn::Store(hn::Sub(hn::Load(d, block.numbers.data() + c), most), d, shifted.numbers.data() + c);
  }
  hn::Store(sum_classes(shifted, classes, at), d, group.shifted.data() + at);
}

// Turns logits into probabilities in place.
template <class T>
HWY_INLINE void softmax_lanes(const SoftmaxArgs<T>& args, BlockBuffer<T>& block, std::size_t at,
                              RowGroup<T>& group) {
  const Tag<T> d;
  const std::size_t classes = args.outputs.columns;
  const auto most = find_largest(block, classes, at, group);
  if (args.smoothing != 0) sum_shifted(block, classes, at, most, group);
  for (std::size_t c = 0; c < classes; ++c) {
    T* number = block.numbers.data() + c * kLanes + at;
    hn::Store(math::HWY_NAMESPACE::elements::exp(d, hn::Sub(hn::Load(d, number), most)), d, number);
  }
  const auto sum = sum_classes(block, classes, at);
  hn::Store(sum, d, group.sum.data() + at);
  for (std::size_t c = 0; c < classes; ++c) {
    T* number = block.numbers.data() + c * kLanes + at;
    hn::Store(hn::Div(hn::Load(d, number), sum), d, number);
  }
}

// block (classes, rows): p becomes p - [label], or what smoothing makes of it; missing rows 0
template <class T>
HWY_INLINE void subtract_labels(const SoftmaxArgs<T>& args, BlockBuffer<T>& block, std::size_t rows,
                                const RowGroup<T>& group) {
  const Tag<T> d;
  const std::size_t classes = args.outputs.columns;
  const SmoothLabel<T> smooth(args.smoothing, classes);
  const auto cold = hn::Set(d, smooth.everywhere);
  const auto at_label = hn::Set(d, smooth.everywhere + smooth.besides);
  const Line<T> labels = load_line(group.label.data());
  for (std::size_t c = 0; c < classes; ++c) {
    T* numbers = block.numbers.data() + c * kLanes;
    Line<T> line = load_line<T>(numbers);
    for (std::size_t i = 0; i < kVectors<T>; ++i) {
      const auto hot = hn::Eq(labels.v[i], hn::Set(d, static_cast<T>(c)));
      line.v[i] = hn::Sub(line.v[i], hn::IfThenElse(hot, at_label, cold));
    }
    if (rows < kLanes) line = fill_from(line, rows, T{0});
    store_line(line, numbers);
  }
}

// block (classes, rows): each row times its weight
template <class T>
HWY_INLINE void weigh_lanes(BlockBuffer<T>& block, std::size_t classes, const RowGroup<T>& group) {
  const Line<T> weights = load_line(group.weight.data());
  for (std::size_t c = 0; c < classes; ++c) {
    T* numbers = block.numbers.data() + c * kLanes;
    Line<T> line = load_line<T>(numbers);
    for (std::size_t i = 0; i < kVectors<T>; ++i) line.v[i] = hn::Mul(line.v[i], weights.v[i]);
    store_line(line, numbers);
  }
}

template <class T>
HWY_INLINE void softmax_narrow_group(const SoftmaxArgs<T>& args, Range rows) {
  const std::size_t classes = args.outputs.columns;
  RowGroup<T> group;
  read_labels(args, rows, group);
  BlockBuffer<T> block;
  transpose_part(args.outputs.line(0, rows.begin), rows.size(), block.numbers.data(), kLanes);
  for (std::size_t at = 0; at < kLanes; at += kWidth<T>) softmax_lanes(args, block, at, group);
  std::fill(block.numbers.begin() + classes * kLanes, block.numbers.end(), T{0});
  if (args.probabilities.data != nullptr) {
    T* probabilities = args.probabilities.line(0, rows.begin);
    transpose_part(block.numbers.data(), kLanes, probabilities, rows.size());
  }
  if (args.dz.data != nullptr) {
    subtract_labels(args, block, rows.size(), group);
    if (args.sample_weights != nullptr) weigh_lanes(block, classes, group);
    transpose_part(block.numbers.data(), kLanes, args.dz.line(0, rows.begin), rows.size());
  }
  if (args.dz_transposed.data != nullptr) {
    T* transposed = args.dz_transposed.line(rows.begin / kLanes, 0);
    std::copy_n(block.numbers.begin(), classes * kLanes, transposed);
  }
  write_losses(args, rows, group);
}

}  // namespace forknet::nn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // toggle
