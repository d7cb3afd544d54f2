// Applies a summed gradient to a run of weights (UpdateRule in product_kernels.h says how).
// Included once per target by product_kernels.cc.

#if defined(FORKNET_MATH_UPDATE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef FORKNET_MATH_UPDATE_INL_H_
#undef FORKNET_MATH_UPDATE_INL_H_
#else
#define FORKNET_MATH_UPDATE_INL_H_
#endif

#include "math/product_kernels.h"
#include "math/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace forknet::math::HWY_NAMESPACE {

// The new weight for gradient g at `index`; moments are changed in place.
template <class T, UpdateKind kKind>
HWY_INLINE HWY_ATTR LineVector<T> updated_weight(const WeightUpdate<T>& update, std::size_t index,
                                                 LineVector<T> w, LineVector<T> g) {
  const LineTag<T> d;
  const UpdateRule<T>& rule = update.rule;
  if constexpr (kKind == UpdateKind::store) {
    return g;
  } else if constexpr (kKind == UpdateKind::sgd) {
    return hn::MulAdd(hn::Set(d, -rule.lr), g, w);
  } else if constexpr (kKind == UpdateKind::momentum) {
    T* HWY_RESTRICT moment = update.first_moment + index;
    const auto m = hn::MulAdd(hn::Set(d, rule.momentum), hn::Load(d, moment), g);
    hn::Store(m, d, moment);
    return hn::MulAdd(hn::Set(d, -rule.lr), m, w);
  } else {
    T* HWY_RESTRICT first = update.first_moment + index;
    T* HWY_RESTRICT second = update.second_moment + index;
    const auto m = hn::MulAdd(hn::Set(d, rule.beta1), hn::Load(d, first),
                              hn::Mul(hn::Set(d, rule.one_minus_beta1), g));
    const auto v = hn::MulAdd(hn::Set(d, rule.beta2), hn::Load(d, second),
                              hn::Mul(hn::Mul(hn::Set(d, rule.one_minus_beta2), g), g));
    hn::Store(m, d, first);
    hn::Store(v, d, second);
    const auto denominator =
        hn::Add(hn::Mul(hn::Sqrt(v), hn::Set(d, rule.v_scale)), hn::Set(d, rule.eps));
    return hn::Sub(w, hn::Div(hn::Mul(hn::Set(d, rule.step_size), m), denominator));
  }
}

// Weights index … index + lines * 16 - 1, their gradient sums at `sums`.
template <class T, UpdateKind kKind>
HWY_ATTR void update_lines(const WeightUpdate<T>& given, std::size_t index, std::size_t lines,
                           const T* HWY_RESTRICT sums) {
  const LineTag<T> d;
  // A copy that no store can reach: its numbers stay in registers.
  const WeightUpdate<T> update = given;
  const auto scale = hn::Set(d, update.rule.scale);
  const auto decay = hn::Set(d, update.rule.decay);
  const bool decays = update.rule.decay > 0;
  const bool reads_weights = kKind != UpdateKind::store || decays;
  for (std::size_t i = 0; i < lines * kLanes; i += hn::Lanes(d)) {
    auto g = hn::Mul(hn::Load(d, sums + i), scale);
    auto w = hn::Zero(d);
    if (reads_weights) w = hn::Load(d, update.weights + index + i);
    if (decays) g = hn::MulAdd(decay, w, g);
    hn::Store(updated_weight<T, kKind>(update, index + i, w, g), d, update.next + index + i);
  }
}

template <class T>
HWY_ATTR void apply_update(const WeightUpdate<T>& update, std::size_t index, std::size_t lines,
                           const T* sums) {
  switch (update.rule.kind) {
    case UpdateKind::store:
      return update_lines<T, UpdateKind::store>(update, index, lines, sums);
    case UpdateKind::sgd:
      return update_lines<T, UpdateKind::sgd>(update, index, lines, sums);
    case UpdateKind::momentum:
      return update_lines<T, UpdateKind::momentum>(update, index, lines, sums);
    case UpdateKind::adam:
      return update_lines<T, UpdateKind::adam>(update, index, lines, sums);
  }
}

}  // namespace forknet::math::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // toggle
