// Applies a summed gradient to a run of weights (rule: UpdateRule in product_kernels.h). Included
// once per target by product_kernels.cc.

#if defined(FORKNET_MATH_UPDATE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef FORKNET_MATH_UPDATE_INL_H_
#undef FORKNET_MATH_UPDATE_INL_H_
#else
#define FORKNET_MATH_UPDATE_INL_H_
#endif

#include <limits>

#include "hwy/cache_control.h"
#include "math/product_kernels.h"
#include "math/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace forknet::math::HWY_NAMESPACE {

template <class T>
using BitTag = hn::RebindToUnsigned<LineTag<T>>;
template <class T>
using BitVector = hn::Vec<BitTag<T>>;

// Writes past the caches, or into them; counts the bits.
template <bool kStreams, class T>
HWY_INLINE HWY_ATTR void store(LineVector<T> numbers, T* to, BitVector<T>& written) {
  const LineTag<T> d;
  written = hn::Add(written, hn::BitCast(BitTag<T>(), numbers));
  if constexpr (kStreams) {
    hn::Stream(numbers, d, to);
  } else {
    hn::Store(numbers, d, to);
  }
}

// Stores past the caches become visible in any order unless this fence waits for them.
template <class T>
HWY_INLINE HWY_ATTR void finish_stores(const WeightUpdate<T>& update) {
  if (update.streams) hwy::FlushStream();
}

// Sets a moment below the smallest normal number to zero. Otherwise it would stay a denormal, and
// denormals are a hundred times slower on many CPUs.
template <class T>
HWY_INLINE HWY_ATTR LineVector<T> normal_or_zero(LineVector<T> moment) {
  const LineTag<T> d;
  const auto least = hn::Set(d, std::numeric_limits<T>::min());
  return hn::IfThenZeroElse(hn::Lt(hn::Abs(moment), least), moment);
}

// The new weight for gradient g at `index`; the new moments are stored.
template <class T, UpdateKind kKind, bool kStreams>
HWY_INLINE HWY_ATTR LineVector<T> updated_weight(const WeightUpdate<T>& update, std::size_t index,
                                                 LineVector<T> w, LineVector<T> g,
                                                 BitVector<T>& written) {
  const LineTag<T> d;
  const UpdateRule<T>& rule = update.rule;
  if constexpr (kKind == UpdateKind::store) {
    return g;
  } else if constexpr (kKind == UpdateKind::sgd) {
    return hn::MulAdd(hn::Set(d, -rule.lr), g, w);
  } else if constexpr (kKind == UpdateKind::momentum) {
    const auto m = normal_or_zero<T>(
        hn::MulAdd(hn::Set(d, rule.momentum), hn::Load(d, update.first_moment + index), g));
    store<kStreams>(m, update.next_first + index, written);
    return hn::MulAdd(hn::Set(d, -rule.lr), m, w);
  } else {
    const auto m = normal_or_zero<T>(hn::MulAdd(hn::Set(d, rule.beta1),
                                                hn::Load(d, update.first_moment + index),
                                                hn::Mul(hn::Set(d, rule.one_minus_beta1), g)));
    const auto v = normal_or_zero<T>(
        hn::MulAdd(hn::Set(d, rule.beta2), hn::Load(d, update.second_moment + index),
                   hn::Mul(hn::Mul(hn::Set(d, rule.one_minus_beta2), g), g)));
    store<kStreams>(m, update.next_first + index, written);
    store<kStreams>(v, update.next_second + index, written);
    const auto denominator =
        hn::Add(hn::Mul(hn::Sqrt(v), hn::Set(d, rule.v_scale)), hn::Set(d, rule.eps));
    return hn::Sub(w, hn::Div(hn::Mul(hn::Set(d, rule.step_size), m), denominator));
  }
}

// Weights index … index + lines * 16 - 1, their gradient sums at `sums`.
template <class T, UpdateKind kKind, bool kStreams>
HWY_ATTR void update_lines(const WeightUpdate<T>& given, std::size_t index, std::size_t lines,
                           const T* HWY_RESTRICT sums) {
  const LineTag<T> d;
  // A local copy that no store can alias: its numbers stay in registers.
  const WeightUpdate<T> update = given;
  const auto scale = hn::Set(d, update.rule.scale);
  const auto decay = hn::Set(d, update.rule.decay);
  const bool decays = update.rule.decay > 0;
  const bool reads_weights = kKind != UpdateKind::store || decays;
  auto written = hn::Zero(BitTag<T>());
  for (std::size_t i = 0; i < lines * kLanes; i += hn::Lanes(d)) {
    auto g = hn::Mul(hn::Load(d, sums + i), scale);
    auto w = hn::Zero(d);
    if (reads_weights) w = hn::Load(d, update.weights + index + i);
    if (decays) g = hn::MulAdd(decay, w, g);
    store<kStreams>(updated_weight<T, kKind, kStreams>(update, index + i, w, g, written),
                    update.next + index + i, written);
  }
  if (kKind == UpdateKind::store || update.written == nullptr) return;
  auto* const lanes = update.written->template lanes<T>();
  hn::Store(hn::Add(hn::Load(BitTag<T>(), lanes), written), BitTag<T>(), lanes);
}

template <class T, UpdateKind kKind>
HWY_ATTR void update_either_way(const WeightUpdate<T>& update, std::size_t index, std::size_t lines,
                                const T* sums) {
  if (update.streams) return update_lines<T, kKind, true>(update, index, lines, sums);
  update_lines<T, kKind, false>(update, index, lines, sums);
}

template <class T>
HWY_ATTR void apply_update(const WeightUpdate<T>& update, std::size_t index, std::size_t lines,
                           const T* sums) {
  switch (update.rule.kind) {
    case UpdateKind::store:
      return update_either_way<T, UpdateKind::store>(update, index, lines, sums);
    case UpdateKind::sgd:
      return update_either_way<T, UpdateKind::sgd>(update, index, lines, sums);
    case UpdateKind::momentum:
      return update_either_way<T, UpdateKind::momentum>(update, index, lines, sums);
    case UpdateKind::adam:
      return update_either_way<T, UpdateKind::adam>(update, index, lines, sums);
  }
}

// Adds the sums of earlier leaves, as the left operand, to those of the leaves at hand.
template <class T>
HWY_ATTR void add_before(const WeightUpdate<T>& update, std::size_t index, std::size_t lines,
                         T* HWY_RESTRICT sums) {
  if (update.before == nullptr) return;
  const LineTag<T> d;
  for (std::size_t i = 0; i < lines * kLanes; i += hn::Lanes(d)) {
    hn::Store(hn::Add(hn::Load(d, update.before + index + i), hn::Load(d, sums + i)), d, sums + i);
  }
}

template <class T>
HWY_ATTR void update(const WeightUpdate<T>& given, std::size_t index, std::size_t lines,
                     const T* sums) {
  apply_update(given, index, lines, sums);
  finish_stores(given);
}

}  // namespace forknet::math::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // toggle
