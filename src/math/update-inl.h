// Applies a summed gradient to a run of weights (rule: UpdateRule in product_kernels.h): the loop
// around the rule of an optimizer. Included once per target by product_kernels.cc and by the
// kernels of every optimizer (src/nn/optimizers).

#if defined(FORKNET_MATH_UPDATE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef FORKNET_MATH_UPDATE_INL_H_
#undef FORKNET_MATH_UPDATE_INL_H_
#else
#define FORKNET_MATH_UPDATE_INL_H_
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "base/check.h"
#include "hwy/cache_control.h"
#include "math/product_kernels.h"
#include "math/tile-inl.h"
#include "math/update_runs.h"

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

// Sets a number of the state below the smallest normal number to zero. Otherwise it would stay a
// denormal, and denormals are a hundred times slower on many CPUs.
template <class T>
HWY_INLINE HWY_ATTR LineVector<T> normal_or_zero(LineVector<T> state) {
  const LineTag<T> d;
  const auto least = hn::Set(d, std::numeric_limits<T>::min());
  return hn::IfThenZeroElse(hn::Lt(hn::Abs(state), least), state);
}

// A rule for one vector of weights w with gradients g:
//   struct Rule {
//     static constexpr std::size_t kStates = ...;
//     // Replaces the state and returns the new weights. State that may become denormal goes
//     through
//     // normal_or_zero(). constants: of the UpdateRule.
//     template <class T, class V>
//     static HWY_INLINE HWY_ATTR V next(const T* constants, V w, V g, V* state);
//   };
// This one keeps the gradient itself.
struct StoreRule {
  static constexpr std::size_t kStates = 0;
  template <class T, class V>
  static HWY_INLINE HWY_ATTR V next(const T* /*constants*/, V /*w*/, V g, V* /*state*/) {
    return g;
  }
};
template <class Rule>
inline constexpr bool kIsStore = std::is_same_v<Rule, StoreRule>;

// Weights index … index + lines * 16 - 1, their gradient sums at `sums`.
template <class T, class Rule, bool kStreams>
HWY_ATTR void update_lines(const WeightUpdate<T>& given, std::size_t index, std::size_t lines,
                           const T* HWY_RESTRICT sums) {
  const LineTag<T> d;
  // A local copy that no store can alias: its numbers stay in registers.
  const WeightUpdate<T> update = given;
  const auto scale = hn::Set(d, update.rule.scale);
  const auto decay = hn::Set(d, update.rule.decay);
  const bool decays = update.rule.decay > 0;
  const bool clips = update.rule.clip > 0;
  const auto most = hn::Set(d, update.rule.clip);
  const auto least = hn::Neg(most);
  const bool reads_weights = !kIsStore<Rule> || decays;
  auto written = hn::Zero(BitTag<T>());
  for (std::size_t i = 0; i < lines * kLanes; i += hn::Lanes(d)) {
    auto g = hn::Mul(hn::Load(d, sums + i), scale);
    if (clips) {  // a NaN stays
      g = hn::IfThenElse(hn::Gt(g, most), most, g);
      g = hn::IfThenElse(hn::Lt(g, least), least, g);
    }
    auto w = hn::Zero(d);
    if (reads_weights) w = hn::Load(d, update.weights + index + i);
    if (decays) g = hn::MulAdd(decay, w, g);
    LineVector<T> state[std::max<std::size_t>(1, Rule::kStates)];
    HWY_UNROLL(4)
    for (std::size_t k = 0; k < Rule::kStates; ++k) {
      state[k] = hn::Load(d, update.state[k] + index + i);
    }
    w = Rule::template next<T>(update.rule.constants, w, g, state);
    HWY_UNROLL(4)
    for (std::size_t k = 0; k < Rule::kStates; ++k) {
      store<kStreams>(state[k], update.next_state[k] + index + i, written);
    }
    store<kStreams>(w, update.next + index + i, written);
  }
  if (kIsStore<Rule> || update.written == nullptr) return;
  auto* const lanes = update.written->template lanes<T>();
  hn::Store(hn::Add(hn::Load(BitTag<T>(), lanes), written), BitTag<T>(), lanes);
}

template <class T, class Rule>
HWY_ATTR void apply_rule(const WeightUpdate<T>& update, std::size_t index, std::size_t lines,
                         const T* sums) {
  if (update.streams) return update_lines<T, Rule, true>(update, index, lines, sums);
  update_lines<T, Rule, false>(update, index, lines, sums);
}

template <class Rule>
UpdateFunctions update_functions() {
  return {&apply_rule<float, Rule>, &apply_rule<double, Rule>};
}

// By WeightUpdate::rule. One call per block: its cost is small beside the block's.
template <class T>
HWY_ATTR void apply_one_rule(const WeightUpdate<T>& update, std::size_t index, std::size_t lines,
                             const T* sums) {
  if (update.rule.apply == nullptr) return apply_rule<T, StoreRule>(update, index, lines, sums);
  update.rule.apply(update, index, lines, sums);
}

// Lines of one panel, of which the first is its line number `line`.
template <class T>
HWY_ATTR void apply_update(const WeightUpdate<T>& update, std::size_t line, std::size_t index,
                           std::size_t lines, const T* sums) {
  if (has_one_rule(update, line, lines)) return apply_one_rule(update, index, lines, sums);
  apply_in_runs(update, index, lines, sums, &apply_one_rule<T>);
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
  FORKNET_CHECK(reinterpret_cast<std::uintptr_t>(sums) % (kLanes * sizeof(float)) == 0);
  if (given.undecayed == nullptr) {
    apply_one_rule(given, index, lines, sums);
  } else {
    apply_in_runs(given, index, lines, sums, &apply_one_rule<T>);
  }
  finish_stores(given);
}

}  // namespace forknet::math::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // toggle
