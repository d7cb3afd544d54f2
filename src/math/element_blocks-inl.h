// Blocks of 16 x 16 numbers: in panels a block is 256 consecutive numbers, transposed or not.
// Transposes and the way back through activations. Included once per target.

#if defined(FORKNET_MATH_ELEMENT_BLOCKS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef FORKNET_MATH_ELEMENT_BLOCKS_INL_H_
#undef FORKNET_MATH_ELEMENT_BLOCKS_INL_H_
#else
#define FORKNET_MATH_ELEMENT_BLOCKS_INL_H_
#endif

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/check.h"
#include "hwy/highway.h"
#include "math/element_kernels.h"
#include "math/element_lines-inl.h"

HWY_BEFORE_NAMESPACE();
namespace forknet::math::HWY_NAMESPACE::elements {

inline constexpr std::size_t kBlock = kLanes * kLanes;

// A buffer for a block of which part would lie outside its matrix.
template <class T>
struct alignas(64) BlockBuffer {
  std::array<T, kBlock> numbers;
};

// A vector of 128-bit pieces, piece j from line 4j: four columns of every fourth line.
template <class D>
HWY_INLINE hn::Vec<D> load_pieces(D d, const float* from) {
  if constexpr (hn::MaxLanes(D()) == 4) {
    return hn::LoadU(d, from);
  } else {
    const hn::Half<D> half;
    constexpr std::size_t kHalfLines = hn::MaxLanes(D()) / 2;
    return hn::Combine(d, load_pieces(half, from + kHalfLines * kLanes), load_pieces(half, from));
  }
}

// to[c][r] = from[r][c]; they do not overlap.
HWY_INLINE void transpose_block(const float* HWY_RESTRICT from, float* HWY_RESTRICT to) {
  using D = Tag<float>;
  const D d;
  const hn::Repartition<double, D> pairs;
  for (std::size_t row = 0; row < kLanes; row += kWidth<float>) {
    for (std::size_t column = 0; column < kLanes; column += 4) {
      const float* corner = from + row * kLanes + column;
      const auto a = load_pieces(d, corner);
      const auto b = load_pieces(d, corner + kLanes);
      const auto c = load_pieces(d, corner + 2 * kLanes);
      const auto e = load_pieces(d, corner + 3 * kLanes);
      // 4 x 4 numbers inside each 128 bits: first pairs of lines, then pairs of pairs.
      const auto ab_low = hn::BitCast(pairs, hn::InterleaveLower(d, a, b));
      const auto ab_high = hn::BitCast(pairs, hn::InterleaveUpper(d, a, b));
      const auto ce_low = hn::BitCast(pairs, hn::InterleaveLower(d, c, e));
      const auto ce_high = hn::BitCast(pairs, hn::InterleaveUpper(d, c, e));
      float* line = to + column * kLanes + row;
      hn::StoreU(hn::BitCast(d, hn::InterleaveLower(pairs, ab_low, ce_low)), d, line);
      hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(pairs, ab_low, ce_low)), d, line + kLanes);
      hn::StoreU(hn::BitCast(d, hn::InterleaveLower(pairs, ab_high, ce_high)), d,
                 line + 2 * kLanes);
      hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(pairs, ab_high, ce_high)), d,
                 line + 3 * kLanes);
    }
  }
}

HWY_INLINE void transpose_block(const double* HWY_RESTRICT from, double* HWY_RESTRICT to) {
  for (std::size_t row = 0; row < kLanes; ++row) {
    for (std::size_t column = 0; column < kLanes; ++column) {
      to[column * kLanes + row] = from[row * kLanes + column];
    }
  }
}

// Transposes the first `lines` lines of `from` into the first `columns` lines of `to`, whose lanes
// past `lines` become 0.
template <class T>
HWY_INLINE void transpose_part(const T* from, std::size_t lines, T* to, std::size_t columns) {
  if (lines == kLanes && columns == kLanes) return transpose_block(from, to);
  BlockBuffer<T> in = {};
  BlockBuffer<T> out;
  std::copy_n(from, lines * kLanes, in.numbers.begin());
  transpose_block(in.numbers.data(), out.numbers.data());
  std::copy_n(out.numbers.begin(), columns * kLanes, to);
}

// Transposed rows come in whole groups of 16, except for the last of the matrix.
template <class T>
void check_transposed_rows(const PanelView<T>& dz, const PanelView<T>& dz_transposed, Range rows) {
  if (dz_transposed.data == nullptr) return;
  FORKNET_CHECK(dz.data != nullptr);
  FORKNET_CHECK(rows.begin % kLanes == 0);
  FORKNET_CHECK(rows.end % kLanes == 0 || rows.end == dz.rows);
}

template <class T>
HWY_INLINE const T* line_or_null(const PanelView<const T>& view, std::size_t panel,
                                 std::size_t row) {
  return view.data == nullptr ? nullptr : view.line(panel, row);
}

// Rows whose lines of a panel stay in the first-level cache between the steps below.
inline constexpr std::size_t kGroupRows = 4 * kLanes;

// Some rows, from a multiple of 16, of one panel of dz.
template <class T>
HWY_INLINE void backward_group(const ActivationBackwardArgs<T>& args,
                               const ActivationLines<T>& lines, std::size_t panel, Range rows) {
  const std::size_t units = std::min(kLanes, args.dz.columns - panel * kLanes);
  for (std::size_t row = rows.begin; row < rows.end; row += kLanes) {
    transpose_part(args.dx.line(row / kLanes, panel * kLanes), units, args.dz.line(panel, row),
                   std::min(kLanes, rows.end - row));
  }
  lines.slope({args.y.line(panel, rows.begin), line_or_null(args.sums, panel, rows.begin),
               line_or_null(args.factors, panel, rows.begin), args.dz.line(panel, rows.begin),
               rows.size() * kLanes});
  clear_padding(args.dz, panel, rows);
  if (args.dz_transposed.data == nullptr) return;
  for (std::size_t row = rows.begin; row < rows.end; row += kLanes) {
    transpose_part(args.dz.line(panel, row), std::min(kLanes, rows.end - row),
                   args.dz_transposed.line(row / kLanes, panel * kLanes), units);
  }
}

// dx (units, rows), y, sums and factors (rows, units) -> dz (rows, units), dz_transposed (units,
// rows)
template <class T>
void activation_backward(const ActivationBackwardArgs<T>& args) {
  FORKNET_CHECK(args.rows.begin % kLanes == 0);
  FORKNET_CHECK(args.rows.end % kLanes == 0 || args.rows.end == args.dz.rows);
  const ActivationLines<T>& lines = args.activation->template lines<T>(kTarget);
  for (std::size_t panel = args.panels.begin; panel < args.panels.end; ++panel) {
    for (std::size_t row = args.rows.begin; row < args.rows.end; row += kGroupRows) {
      backward_group(args, lines, panel, {row, std::min(args.rows.end, row + kGroupRows)});
    }
  }
}

}  // namespace forknet::math::HWY_NAMESPACE::elements
HWY_AFTER_NAMESPACE();

#endif  // FORKNET_MATH_ELEMENT_BLOCKS_INL_H_
