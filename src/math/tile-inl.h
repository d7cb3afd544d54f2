// The register tile of every product: kRows x (kPanels * 16) sums stay in registers while k runs.
// Included once per target by product_kernels.cc (Highway's foreach_target).

#if defined(FORKNET_MATH_TILE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef FORKNET_MATH_TILE_INL_H_
#undef FORKNET_MATH_TILE_INL_H_
#else
#define FORKNET_MATH_TILE_INL_H_
#endif

#include <algorithm>
#include <cstddef>

#include "hwy/highway.h"
#include "math/panels.h"

HWY_BEFORE_NAMESPACE();
namespace forknet::math::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

template <class T>
using LineTag = hn::CappedTag<T, kLanes>;
template <class T>
using LineVector = hn::Vec<LineTag<T>>;

// The number of registers limits the size of a tile.
#if HWY_TARGET == HWY_AVX2
inline constexpr int kRegisters = 16;
#else
inline constexpr int kRegisters = 32;
#endif

// Vectors per line of 16 numbers, panels side by side in a tile, rows of a tile: as many sums as
// fit beside one row of b and a broadcast, and at least the eight chains that hide the latency of a
// multiply-add.
template <class T>
inline constexpr int kVectors = static_cast<int>(kLanes / hn::MaxLanes(LineTag<T>()));
template <class T>
inline constexpr int kTilePanels = kVectors<T> == 1 ? 2 : 1;
template <class T>
inline constexpr int kTileRows = std::min(12, (kRegisters - kVectors<T> * kTilePanels<T> - 2) /
                                                  (kVectors<T> * kTilePanels<T>));

// Sums of a tile: rows by vectors of a line by panels.
template <class T, int kRows, int kPanels>
struct Sums {
  HWY_INLINE Sums() {}  // explicit, to carry the target's attributes
  LineVector<T> v[kRows][kPanels * kVectors<T>];
};

// One term: sums += a (kRows) ⊗ b (kPanels lines).
//   a: number of row r at a[r * a_row]; b: line of panel p at b + p * b_panel.
template <class T, int kRows, int kPanels>
HWY_INLINE HWY_ATTR void add_term(const T* HWY_RESTRICT a, std::size_t a_row,
                                  const T* HWY_RESTRICT b, std::size_t b_panel,
                                  Sums<T, kRows, kPanels>& sums) {
  const LineTag<T> d;
  constexpr int kV = kVectors<T>;
  LineVector<T> line[kPanels * kV];
  HWY_UNROLL(8)
  for (int v = 0; v < kPanels * kV; ++v) {
    line[v] = hn::Load(d, b + static_cast<std::size_t>(v / kV) * b_panel +
                              static_cast<std::size_t>(v % kV) * hn::Lanes(d));
  }
  HWY_UNROLL(12)
  for (int r = 0; r < kRows; ++r) {
    const auto factor = hn::Set(d, a[static_cast<std::size_t>(r) * a_row]);
    HWY_UNROLL(8)
    for (int v = 0; v < kPanels * kV; ++v) sums.v[r][v] = hn::MulAdd(factor, line[v], sums.v[r][v]);
  }
}

template <class T, int kRows, int kPanels>
HWY_INLINE HWY_ATTR void clear(Sums<T, kRows, kPanels>& sums) {
  const LineTag<T> d;
  HWY_UNROLL(12)
  for (int r = 0; r < kRows; ++r) {
    HWY_UNROLL(8)
    for (int v = 0; v < kPanels * kVectors<T>; ++v) sums.v[r][v] = hn::Zero(d);
  }
}

// Divides `count` rows into tiles of at most `most` rows, as evenly as possible: a tile of few rows
// has too few chains to keep the multipliers busy. Calls f(first row, rows of the tile).
template <class F>
HWY_INLINE HWY_ATTR void for_even_tiles(std::size_t count, std::size_t most, F f) {
  std::size_t tiles = (count + most - 1) / most;
  for (std::size_t first = 0; tiles > 0; --tiles) {
    const std::size_t rows = (count - first + tiles - 1) / tiles;
    f(first, rows);
    first += rows;
  }
}

}  // namespace forknet::math::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // toggle
