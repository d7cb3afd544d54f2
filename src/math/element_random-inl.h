// Philox over vectors, and what is drawn from it: dropout factors, normal and uniform numbers.
// Included once per target.

#if defined(FORKNET_MATH_ELEMENT_RANDOM_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef FORKNET_MATH_ELEMENT_RANDOM_INL_H_
#undef FORKNET_MATH_ELEMENT_RANDOM_INL_H_
#else
#define FORKNET_MATH_ELEMENT_RANDOM_INL_H_
#endif

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/philox.h"
#include "hwy/highway.h"
#include "math/element_kernels.h"
#include "math/element_lines-inl.h"
#include "math/functions-inl.h"

HWY_BEFORE_NAMESPACE();
namespace forknet::math::HWY_NAMESPACE::elements {

// One counter per 64-bit lane. Each of its words is in the low half of a lane of its own vector:
// the widening multiply reads only that half and ignores the upper halves.
using WordTag = hn::CappedTag<std::uint64_t, 8>;
using WordVector = hn::Vec<WordTag>;
inline constexpr std::size_t kCounters = hn::MaxLanes(WordTag());  // blocks drawn at once
inline constexpr std::size_t kDrawnWords = 4 * kCounters;

// The key of every round.
struct RoundKeys {
  explicit RoundKeys(std::uint64_t seed) {
    auto low = static_cast<std::uint32_t>(seed);
    auto high = static_cast<std::uint32_t>(seed >> 32);
    for (std::size_t round = 0; round < philox::kRounds; ++round) {
      first[round] = low;
      second[round] = high;
      low += philox::kWeyl0;
      high += philox::kWeyl1;
    }
  }
  std::array<std::uint64_t, philox::kRounds> first;
  std::array<std::uint64_t, philox::kRounds> second;
};

// The block of a draw that lane i carries: even lanes the first half, odd lanes the second, so that
// interleaving the words puts all blocks in order.
HWY_INLINE WordVector block_of_lane() {
  std::array<std::uint64_t, kCounters> blocks = {};
  for (std::size_t i = 0; i < kCounters; ++i) blocks[i] = (i % 2) * (kCounters / 2) + i / 2;
  return hn::LoadU(WordTag(), blocks.data());
}

// The words of kCounters blocks, block after block -> words (kDrawnWords)
HWY_INLINE void draw(const RoundKeys& keys, WordVector c0, WordVector c1, WordVector c2,
                     WordVector c3, std::uint32_t* words) {
  const WordTag d;
  const hn::Repartition<std::uint32_t, WordTag> d32;
  const auto multiplier0 = hn::BitCast(d32, hn::Set(d, philox::kMultiplier0));
  const auto multiplier1 = hn::BitCast(d32, hn::Set(d, philox::kMultiplier1));
  for (std::size_t round = 0; round < philox::kRounds; ++round) {
    const auto product0 = hn::MulEven(hn::BitCast(d32, c0), multiplier0);
    const auto product1 = hn::MulEven(hn::BitCast(d32, c2), multiplier1);
    c0 = hn::Xor(hn::ShiftRight<32>(product1), hn::Xor(c1, hn::Set(d, keys.first[round])));
    c2 = hn::Xor(hn::ShiftRight<32>(product0), hn::Xor(c3, hn::Set(d, keys.second[round])));
    c1 = product1;
    c3 = product0;
  }
  const auto low_half = hn::Set(d, 0xffffffffULL);
  const auto words01 = hn::Or(hn::And(c0, low_half), hn::ShiftLeft<32>(c1));
  const auto words23 = hn::Or(hn::And(c2, low_half), hn::ShiftLeft<32>(c3));
  const auto first = hn::InterleaveLower(d, words01, words23);
  const auto second = hn::InterleaveUpper(d, words01, words23);
  hn::StoreU(hn::BitCast(d32, first), d32, words);
  hn::StoreU(hn::BitCast(d32, second), d32, words + kDrawnWords / 2);
}

// The factors of kept and dropped units.
template <class T>
struct DropoutRule {
  std::uint32_t threshold;
  T kept;
};

template <class T>
HWY_INLINE void factors_of_words(const std::uint32_t* words, DropoutRule<T> rule, T* factors,
                                 std::size_t count) {
  if constexpr (sizeof(T) == sizeof(std::uint32_t)) {
    const Tag<T> d;
    const hn::RebindToUnsigned<Tag<T>> du;
    const auto threshold = hn::Set(du, rule.threshold);
    const auto kept = hn::Set(d, rule.kept);
    for (std::size_t i = 0; i < count; i += kWidth<T>) {
      const auto dropped = hn::Lt(hn::LoadU(du, words + i), threshold);
      hn::StoreU(hn::IfThenZeroElse(hn::RebindMask(d, dropped), kept), d, factors + i);
    }
  } else {
    for (std::size_t i = 0; i < count; ++i) {
      factors[i] = words[i] >= rule.threshold ? rule.kept : T{0};
    }
  }
}

// One panel: four blocks per row, rows one after the other.
template <class T>
HWY_INLINE void dropout_panel(const DropoutArgs<T>& args, const RoundKeys& keys,
                              DropoutRule<T> rule, std::size_t panel) {
  const WordTag d;
  const auto step = hn::Set(d, args.step);
  const auto purpose = hn::Set(d, static_cast<std::uint32_t>(Purpose::dropout));
  const auto lane_blocks = block_of_lane();
  const std::uint64_t layer_block = (std::uint64_t{args.layer} << 24) + 4 * panel;
  alignas(64) std::array<std::uint32_t, kDrawnWords> words;
  const std::size_t end = 4 * args.rows.end;
  for (std::size_t block = 4 * args.rows.begin; block < end; block += kCounters) {
    const std::size_t first_row = block / 4;
    const std::size_t second_row = std::min((block + kCounters / 2) / 4, args.rows.end - 1);
    const auto sample =
        hn::OddEven(hn::Set(d, args.samples[second_row]), hn::Set(d, args.samples[first_row]));
    const auto block_in_panel = hn::And(hn::Add(lane_blocks, hn::Set(d, block % 4)), hn::Set(d, 3));
    const auto unit_block = hn::Add(block_in_panel, hn::Set(d, layer_block));
    draw(keys, sample, step, unit_block, purpose, words.data());
    const std::size_t count = std::min(kCounters, end - block) * 4;
    factors_of_words(words.data(), rule, args.factors.line(panel, 0) + 4 * block, count);
  }
  clear_padding(args.factors, panel, args.rows);
}

// samples (rows) -> factors (rows, units)
template <class T>
void dropout(const DropoutArgs<T>& args) {
  const RoundKeys keys(args.seed);
  const DropoutRule<T> rule = {static_cast<std::uint32_t>(args.rate * 0x1p32),
                               static_cast<T>(1.0 / (1.0 - args.rate))};
  for (std::size_t panel = args.panels.begin; panel < args.panels.end; ++panel) {
    dropout_panel(args, keys, rule, panel);
  }
}

// The words as integers in T: w >> 8 for float, w for double. words (16) -> line
template <class T>
HWY_INLINE Line<T> numbers_of_words(const std::uint32_t* words) {
  const Tag<T> d;
  Line<T> line;
  for (std::size_t i = 0; i < kVectors<T>; ++i) {
    if constexpr (sizeof(T) == sizeof(std::uint32_t)) {
      const hn::RebindToUnsigned<Tag<T>> du;
      const hn::RebindToSigned<Tag<T>> di;
      const auto bits =
          hn::ShiftRight<FunctionConstants<T>::kWordShift>(hn::LoadU(du, words + i * kWidth<T>));
      line.v[i] = hn::ConvertTo(d, hn::BitCast(di, bits));
    } else {
      const hn::RebindToUnsigned<Tag<T>> du;
      const hn::Rebind<std::uint32_t, Tag<T>> d32;
      const auto wide = hn::PromoteTo(du, hn::LoadU(d32, words + i * kWidth<T>));
      const auto base = hn::Set(d, FunctionConstants<T>::kIntegerBase);
      line.v[i] = hn::Sub(hn::BitCast(d, hn::Or(wide, hn::BitCast(du, base))), base);
    }
  }
  return line;
}

// Box and Muller, words w0 (radius) and w1 (angle) of a pair -> r cos, r sin
struct NormalRule {
  template <class T>
  HWY_INLINE Line<T> operator()(Line<T> numbers) const {
    using K = FunctionConstants<T>;
    const Tag<T> d;
    const hn::RebindToUnsigned<Tag<T>> du;
    const auto scale = hn::Set(d, K::kWordScale);
    const auto one = hn::Set(d, T{1});
    // Even lanes take the cosine: the sine a quarter turn later.
    const auto turns = hn::OddEven(hn::Zero(du), hn::Set(du, 1));
    for (std::size_t i = 0; i < kVectors<T>; ++i) {
      const auto words = numbers.v[i];
      const auto radius_word = hn::DupEven(words);
      const auto angle_word = hn::DupOdd(words);
      const auto u = hn::Mul(hn::Add(radius_word, one), scale);  // (0, 1]
      const auto radius = hn::Sqrt(hn::Mul(hn::Set(d, T{-2}), elements::log(d, u)));
      numbers.v[i] = hn::Mul(radius, sin_of_turns(d, hn::Mul(angle_word, scale), turns));
    }
    return numbers;
  }
};

struct UniformRule {
  template <class T>
  HWY_INLINE Line<T> operator()(Line<T> numbers) const {
    const Tag<T> d;
    const auto scale = hn::Set(d, T{2} * FunctionConstants<T>::kWordScale);
    const auto minus_one = hn::Set(d, T{-1});
    for (std::size_t i = 0; i < kVectors<T>; ++i) {
      numbers.v[i] = hn::MulAdd(numbers.v[i], scale, minus_one);
    }
    return numbers;
  }
};

// out (n): number i comes from word i % 4 (and its pair) of block i / 4
template <class T, class Rule>
void fill_random(std::uint64_t seed, Purpose of, std::uint32_t a, std::uint32_t b, std::span<T> out,
                 Rule rule) {
  const WordTag d;
  const RoundKeys keys(seed);
  const auto purpose = hn::Set(d, static_cast<std::uint32_t>(of));
  const auto lane_blocks = block_of_lane();
  // Draws of 2 or 4 blocks are collected until a line of 16 words is full; 8 fill two lines.
  constexpr std::size_t kChunk = std::max(kDrawnWords, kLanes);
  alignas(64) std::array<std::uint32_t, kChunk> words;
  alignas(64) std::array<T, kChunk> numbers;
  for (std::size_t begin = 0; begin < out.size(); begin += kChunk) {
    for (std::size_t word = 0; word < kChunk; word += kDrawnWords) {
      const auto block = hn::Add(hn::Set(d, (begin + word) / 4), lane_blocks);
      draw(keys, hn::Set(d, a), hn::Set(d, b), block, purpose, words.data() + word);
    }
    for (std::size_t i = 0; i < kChunk; i += kLanes) {
      store_line(rule(numbers_of_words<T>(words.data() + i)), numbers.data() + i);
    }
    std::copy_n(numbers.begin(), std::min(kChunk, out.size() - begin), out.data() + begin);
  }
}

template <class T>
void normals(std::uint64_t seed, Purpose purpose, std::uint32_t a, std::uint32_t b,
             std::span<T> out) {
  fill_random(seed, purpose, a, b, out, NormalRule());
}

template <class T>
void uniforms(std::uint64_t seed, Purpose purpose, std::uint32_t a, std::uint32_t b,
              std::span<T> out) {
  fill_random(seed, purpose, a, b, out, UniformRule());
}

}  // namespace forknet::math::HWY_NAMESPACE::elements
HWY_AFTER_NAMESPACE();

#endif  // FORKNET_MATH_ELEMENT_RANDOM_INL_H_
