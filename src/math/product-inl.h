// c = a · b over panels, in register tiles. Included once per target by product_kernels.cc.

#if defined(FORKNET_MATH_PRODUCT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef FORKNET_MATH_PRODUCT_INL_H_
#undef FORKNET_MATH_PRODUCT_INL_H_
#else
#define FORKNET_MATH_PRODUCT_INL_H_
#endif

#include <array>
#include <utility>

#include "math/fetch-inl.h"
#include "math/product_kernels.h"
#include "math/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace forknet::math::HWY_NAMESPACE {

// One tile of c: its operands and the treatment of its sums.
template <class T>
struct TileTask {
  const T* a;  // line of the tile's first row in the block's first panel of a
  std::size_t a_panel;
  const T* b;  // line of the block's first term in the tile's first panel of b
  std::size_t b_panel;
  T* c;  // line of the tile's first row
  std::size_t c_panel;
  std::size_t terms;  // of this block, at most kBlockTerms
  bool first_block;
  bool relu;
  const T* bias;  // null except for the last block
  std::size_t bias_panel;
  // How many of every 16 lines of the panels after b's this tile prefetches (0: they are near, or
  // earlier tiles have done it), and how far the first of them lies from b's own.
  std::size_t fetched;
  std::ptrdiff_t ahead;
  bool fetches_a;  // the lines of the next tile's rows
};

// Prefetches lines that later tiles will read into the second-level cache.
template <class T, int kRows, int kPanels>
HWY_INLINE HWY_ATTR void fetch_ahead(const TileTask<T>& task, const T* a, const T* b) {
  if (task.fetched > 0) {
    for (int panel = 0; panel < kPanels; ++panel) {
      fetch_far(b + task.ahead + panel * task.b_panel, task.fetched * kLanes);
    }
  }
  if (task.fetches_a) fetch_far(a + kRows * kLanes, kRows * kLanes);
}

// The chains of one block: 16 terms lie in one panel of a.
template <class T, int kRows, int kPanels>
HWY_INLINE HWY_ATTR void block_sums(const TileTask<T>& task, Sums<T, kRows, kPanels>& sums) {
  const T* HWY_RESTRICT a = task.a;
  const T* HWY_RESTRICT b = task.b;
  std::size_t left = task.terms;
  for (; left >= kLanes; left -= kLanes) {
    fetch_ahead<T, kRows, kPanels>(task, a, b);
    HWY_UNROLL(4)
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      add_term<T, kRows, kPanels>(a + lane, kLanes, b + lane * kLanes, task.b_panel, sums);
    }
    a += task.a_panel;
    b += kLanes * kLanes;
  }
  for (std::size_t lane = 0; lane < left; ++lane) {
    add_term<T, kRows, kPanels>(a + lane, kLanes, b + lane * kLanes, task.b_panel, sums);
  }
}

// Adds the earlier blocks and the bias, applies relu and stores.
template <class T, int kRows, int kPanels>
HWY_INLINE HWY_ATTR void finish_tile(const TileTask<T>& task, Sums<T, kRows, kPanels>& sums) {
  const LineTag<T> d;
  constexpr int kV = kVectors<T>;
  HWY_UNROLL(8)
  for (int v = 0; v < kPanels * kV; ++v) {
    const std::size_t panel = static_cast<std::size_t>(v / kV);
    const std::size_t lane = static_cast<std::size_t>(v % kV) * hn::Lanes(d);
    T* HWY_RESTRICT c = task.c + panel * task.c_panel + lane;
    auto bias = hn::Zero(d);
    if (task.bias != nullptr) bias = hn::Load(d, task.bias + panel * task.bias_panel + lane);
    HWY_UNROLL(12)
    for (int r = 0; r < kRows; ++r) {
      auto z = sums.v[r][v];
      T* HWY_RESTRICT line = c + static_cast<std::size_t>(r) * kLanes;
      if (!task.first_block) z = hn::Add(hn::Load(d, line), z);
      if (task.bias != nullptr) z = hn::Add(z, bias);
      if (task.relu) z = hn::IfThenZeroElse(hn::Le(z, hn::Zero(d)), z);
      hn::Store(z, d, line);
    }
  }
}

template <class T, int kRows, int kPanels>
HWY_ATTR void run_tile(const TileTask<T>& task) {
  Sums<T, kRows, kPanels> sums;
  clear(sums);
  block_sums<T, kRows, kPanels>(task, sums);
  finish_tile<T, kRows, kPanels>(task, sums);
}

template <class T>
using TileFunction = void (*)(const TileTask<T>&);

// run_tile for 1 … kTileRows rows.
template <class T, int kPanels, int... kIndices>
constexpr auto tile_functions(std::integer_sequence<int, kIndices...>) {
  return std::array<TileFunction<T>, sizeof...(kIndices)>{&run_tile<T, kIndices + 1, kPanels>...};
}
template <class T, int kPanels>
inline constexpr auto kTileFunctions =
    tile_functions<T, kPanels>(std::make_integer_sequence<int, kTileRows<T>>{});

// Rows of c whose block of a stays in the second-level cache while all panels of b are processed.
inline constexpr std::size_t kRowGroup = 256;

// More than a second-level cache can hold beside the other data of a step.
inline constexpr std::size_t kFarBytes = std::size_t{1} << 20;

template <class T>
HWY_INLINE bool is_far(std::size_t chains, std::size_t terms) {
  return chains * terms * sizeof(T) > kFarBytes;
}

// How many of 16 lines each of `tiles` tiles prefetches to cover all: a divisor of 16.
HWY_INLINE std::size_t share_of_lines(std::size_t tiles) {
  std::size_t share = 1;
  while (share * tiles < kLanes) share *= 2;
  return share;
}

// All tiles of `rows` x `panels` panels from `panel` on, for one block of terms.
template <class T, int kPanels>
HWY_ATTR void block_panels(const ProductArgs<T>& args, Range rows, std::size_t panel,
                           std::size_t block) {
  const std::size_t k = args.b.rows;
  const bool last_block = block + kBlockTerms >= k;
  TileTask<T> task = {};
  task.a_panel = args.a.panel_stride;
  task.b = args.b.line(panel, block);
  task.b_panel = args.b.panel_stride;
  task.c_panel = args.c.panel_stride;
  task.terms = std::min(kBlockTerms, k - block);
  task.first_block = block == 0;
  task.relu = last_block && args.relu;
  task.bias_panel = args.bias_stride;
  if (last_block && args.bias != nullptr) task.bias = args.bias + panel * args.bias_stride;
  const std::size_t tiles = (rows.size() + kTileRows<T> - 1) / kTileRows<T>;
  const bool more_of_b = panel + 2 * kPanels <= args.panels.end;
  const bool fetches_b = more_of_b && is_far<T>(args.panels.size() * kLanes, k);
  const std::size_t share = fetches_b ? share_of_lines(tiles) : 0;
  std::size_t fetched = 0;
  task.fetches_a = panel == args.panels.begin && is_far<T>(args.rows.size(), k);
  for_even_tiles(rows.size(), kTileRows<T>, [&](std::size_t first, std::size_t count) {
    task.fetched = fetched < kLanes ? share : 0;
    task.ahead = static_cast<std::ptrdiff_t>(kPanels * task.b_panel + fetched * kLanes);
    fetched += share;
    task.a = args.a.line(block / kLanes, rows.begin + first);
    task.c = args.c.line(panel, rows.begin + first);
    kTileFunctions<T, kPanels>[count - 1](task);
  });
}

template <class T>
HWY_ATTR void product(const ProductArgs<T>& args) {
  for_even_tiles(args.rows.size(), kRowGroup, [&](std::size_t first, std::size_t count) {
    const Range rows = {args.rows.begin + first, args.rows.begin + first + count};
    for (std::size_t block = 0; block < args.b.rows; block += kBlockTerms) {
      std::size_t panel = args.panels.begin;
      for (; panel + kTilePanels<T> <= args.panels.end; panel += kTilePanels<T>) {
        block_panels<T, kTilePanels<T>>(args, rows, panel, block);
      }
      if (panel < args.panels.end) block_panels<T, 1>(args, rows, panel, block);
    }
  });
}

}  // namespace forknet::math::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // toggle
