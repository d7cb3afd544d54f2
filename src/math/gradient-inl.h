// Weight gradients, their sum over the leaves and the update, block by block of 16 inputs x 16 (or
// 32) outputs: a gradient stays in the first-level cache from its first term to the update.
// Included once per target by product_kernels.cc.

#if defined(FORKNET_MATH_GRADIENT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef FORKNET_MATH_GRADIENT_INL_H_
#undef FORKNET_MATH_GRADIENT_INL_H_
#else
#define FORKNET_MATH_GRADIENT_INL_H_
#endif

#include <array>
#include <utility>

#include "math/element_blocks-inl.h"
#include "math/fetch-inl.h"
#include "math/leaf_tree.h"
#include "math/product_kernels.h"
#include "math/tile-inl.h"
#include "math/update-inl.h"

HWY_BEFORE_NAMESPACE();
namespace forknet::math::HWY_NAMESPACE {

// Sums of up to 16 inputs x kTilePanels panels of outputs: the line of input i in panel p is at (p
// * 16 + i) * 16.
template <class T>
inline constexpr std::size_t kBlockNumbers = kTilePanels<T>* kLanes* kLanes;

// Rows of a leaf that all tiles of a block take before any takes more: their lines of inputs and
// errors stay in the first-level cache.
inline constexpr std::size_t kStretch = 128;
static_assert(kBlockTerms % kStretch == 0);

// A stretch of one leaf's rows for one tile.
template <class T>
struct GradientTask {
  const T* factors;  // number of the tile's first factor in the stretch's first row
  const T* lines;    // line of the first panel in the stretch's first row
  std::size_t line_panel;
  std::size_t rows;      // of the stretch
  T* chain;              // sums of the chain between stretches, from the tile's first factor
  T* slot;               // the sum of the leaf, from the same place
  std::size_t merges;    // number of preceding slots that receive the leaf's sum
  bool continues_chain;  // otherwise it begins here
  bool ends_chain;
  bool later_block;  // the slot holds earlier blocks of this leaf
  bool ends_leaf;
  LineFetch<T>* fetch;  // the lines of the block's update
};

// f(sum, number of the sum within a block) for every vector of the tile.
template <class T, int kRows, int kPanels, class F>
HWY_INLINE HWY_ATTR void for_sums(Sums<T, kRows, kPanels>& sums, F f) {
  constexpr int kV = kVectors<T>;
  HWY_UNROLL(12)
  for (int r = 0; r < kRows; ++r) {
    HWY_UNROLL(8)
    for (int v = 0; v < kPanels * kV; ++v) {
      f(sums.v[r][v], (static_cast<std::size_t>(v / kV) * kLanes + r) * kLanes +
                          static_cast<std::size_t>(v % kV) * hn::Lanes(LineTag<T>()));
    }
  }
}

template <class T, int kRows, int kPanels>
HWY_INLINE HWY_ATTR void add_stretch(const GradientTask<T>& task, Sums<T, kRows, kPanels>& sums) {
  const T* HWY_RESTRICT factors = task.factors;
  const T* HWY_RESTRICT lines = task.lines;
  std::size_t left = task.rows;
  for (; left >= 4; left -= 4) {
    task.fetch->some();
    HWY_UNROLL(4)
    for (std::size_t k = 0; k < 4; ++k) {
      add_term<T, kRows, kPanels>(factors + k * kLanes, 1, lines + k * kLanes, task.line_panel,
                                  sums);
    }
    factors += 4 * kLanes;
    lines += 4 * kLanes;
  }
  for (; left > 0; --left, factors += kLanes, lines += kLanes) {
    add_term<T, kRows, kPanels>(factors, 1, lines, task.line_panel, sums);
  }
}

// Advances chains of kRows factors x kPanels panels of lines by one stretch. At the end of the leaf
// adds its sum up the tree as its number requires, all in registers.
template <class T, int kRows, int kPanels>
HWY_ATTR void leaf_tile(const GradientTask<T>& task) {
  const LineTag<T> d;
  Sums<T, kRows, kPanels> sums;
  clear(sums);
  if (task.continues_chain) {
    for_sums(sums, [&](auto& sum, std::size_t at) HWY_ATTR { sum = hn::Load(d, task.chain + at); });
  }
  add_stretch(task, sums);
  T* to = task.slot;
  if (!task.ends_chain) {
    to = task.chain;
  } else if (task.later_block) {
    for_sums(sums, [&](auto& sum, std::size_t at)
                       HWY_ATTR { sum = hn::Add(hn::Load(d, task.slot + at), sum); });
  }
  if (task.ends_leaf) {
    for (std::size_t merge = 0; merge < task.merges; ++merge) {
      to -= kBlockNumbers<T>;
      for_sums(sums, [&](auto& sum, std::size_t at)
                         HWY_ATTR { sum = hn::Add(hn::Load(d, to + at), sum); });
    }
  }
  for_sums(sums, [&](auto& sum, std::size_t at) HWY_ATTR { hn::Store(sum, d, to + at); });
}

template <class T>
using LeafFunction = void (*)(const GradientTask<T>&);
template <class T, int kPanels, int... kIndices>
constexpr auto leaf_functions(std::integer_sequence<int, kIndices...>) {
  return std::array<LeafFunction<T>, sizeof...(kIndices)>{&leaf_tile<T, kIndices + 1, kPanels>...};
}
template <class T, int kPanels>
inline constexpr auto kLeafFunctions =
    leaf_functions<T, kPanels>(std::make_integer_sequence<int, kTileRows<T>>{});

// left += right, number by number.
template <class T>
HWY_ATTR void add_into(T* HWY_RESTRICT left, const T* HWY_RESTRICT right, std::size_t numbers) {
  const LineTag<T> d;
  for (std::size_t i = 0; i < numbers; i += hn::Lanes(d)) {
    hn::Store(hn::Add(hn::Load(d, left + i), hn::Load(d, right + i)), d, left + i);
  }
}

template <class T>
HWY_INLINE std::size_t leaf_count(const GradientArgs<T>& args) {
  return (args.dy.rows + args.leaf_rows - 1) / args.leaf_rows;
}

// The operands of a block: `count` factors of a panel, row by row, with lines.
template <class T>
struct BlockOperands {
  PanelView<const T> factors;
  std::size_t factor_panel;
  std::size_t count;
  PanelView<const T> lines;
  std::size_t line_panel;
};

// All tiles of a block for the rows of one leaf.
template <class T, int kPanels>
HWY_ATTR void leaf_block(const BlockOperands<T>& block, Range rows, const GradientTask<T>& leaf) {
  alignas(64) T chain[kBlockNumbers<T>];
  for (std::size_t row = rows.begin; row < rows.end; row += kStretch) {
    const std::size_t done = row - rows.begin;
    GradientTask<T> task = leaf;
    task.lines = block.lines.line(block.line_panel, row);
    task.line_panel = block.lines.panel_stride;
    task.rows = std::min(kStretch, rows.end - row);
    task.continues_chain = done % kBlockTerms != 0;
    task.ends_leaf = row + task.rows == rows.end;
    task.ends_chain = task.ends_leaf || (done + kStretch) % kBlockTerms == 0;
    task.later_block = done >= kBlockTerms;
    for_even_tiles(block.count, kTileRows<T>, [&](std::size_t first, std::size_t count) HWY_ATTR {
      GradientTask<T> tile = task;
      tile.factors = block.factors.line(block.factor_panel, row) + first;
      tile.chain = chain + first * kLanes;
      tile.slot = task.slot + first * kLanes;
      kLeafFunctions<T, kPanels>[count - 1](tile);
    });
  }
}

// The sums of a block over all leaves, in the first slot of the stack.
template <class T, int kPanels>
HWY_ATTR void block_over_leaves(const GradientArgs<T>& args, const BlockOperands<T>& block,
                                LineFetch<T>& fetch, T* stack) {
  for_each_leaf(
      leaf_count(args), [&](std::size_t leaf, std::size_t slot, std::size_t merges) HWY_ATTR {
        const std::size_t row = leaf * args.leaf_rows;
        GradientTask<T> task = {};
        task.fetch = &fetch;
        task.slot = stack + slot * kBlockNumbers<T>;
        task.merges = merges;
        leaf_block<T, kPanels>(block, {row, std::min(row + args.leaf_rows, args.dy.rows)}, task);
      });
}

// With fewer outputs than this a panel is mostly padding: the inputs become the lines, the outputs
// the factors, and the block is transposed before the update. The same multiplications in the same
// order.
inline constexpr std::size_t kNarrow = 13;

// Gradient and update of one in-panel x kPanels out-panels.
template <class T, int kPanels>
HWY_ATTR void gradient_block(const GradientArgs<T>& args, std::size_t in_panel,
                             std::size_t out_panel, T* stack) {
  const std::size_t inputs = std::min(kLanes, args.x.columns - in_panel * kLanes);
  const std::size_t outputs = std::min(kLanes, args.dy.columns - out_panel * kLanes);
  const std::size_t line = in_panel * kLanes;
  const std::size_t index = out_panel * args.update.panel_stride + line * kLanes;
  const bool narrow = kPanels == 1 && outputs < kNarrow && outputs < inputs;
  const std::size_t factors = narrow ? outputs : inputs;
  LineFetch<T> fetch;
  fetch.of_update(args.update, index, kPanels);
  fetch.within(args.dy.rows / 4 * ((factors + kTileRows<T> - 1) / kTileRows<T>));
  if (narrow) {
    block_over_leaves<T, 1>(args, {args.dy, out_panel, outputs, args.x, in_panel}, fetch, stack);
    std::fill(stack + outputs * kLanes, stack + kLanes * kLanes, T{0});
    alignas(64) T transposed[kLanes * kLanes];
    elements::transpose_block(stack, transposed);
    add_before(args.update, index, inputs, transposed);
    return apply_update(args.update, line, index, inputs, transposed);
  }
  block_over_leaves<T, kPanels>(args, {args.x, in_panel, inputs, args.dy, out_panel}, fetch, stack);
  for (std::size_t p = 0; p < kPanels; ++p) {
    const std::size_t own = index + p * args.update.panel_stride;
    add_before(args.update, own, inputs, stack + p * kLanes * kLanes);
    apply_update(args.update, line, own, inputs, stack + p * kLanes * kLanes);
  }
}

// to (16) = chain over rows of one panel of errors.
template <class T>
HWY_ATTR void add_rows(const PanelView<const T>& dy, std::size_t panel, Range rows,
                       T* HWY_RESTRICT to) {
  const LineTag<T> d;
  for (std::size_t lane = 0; lane < kLanes; lane += hn::Lanes(d)) {
    auto total = hn::Zero(d);
    for (std::size_t block = rows.begin; block < rows.end; block += kBlockTerms) {
      auto sum = hn::Zero(d);
      for (std::size_t row = block; row < std::min(rows.end, block + kBlockTerms); ++row) {
        sum = hn::Add(sum, hn::Load(d, dy.line(panel, row) + lane));
      }
      total = block == rows.begin ? sum : hn::Add(total, sum);
    }
    hn::Store(total, d, to + lane);
  }
}

// The bias line of one panel of outputs: its chain adds the errors of a leaf's rows.
template <class T>
HWY_ATTR void bias_line(const GradientArgs<T>& args, std::size_t out_panel, T* stack) {
  const LineTag<T> d;
  add_over_leaves(
      leaf_count(args),
      [&](std::size_t leaf, std::size_t slot) HWY_ATTR {
        const std::size_t begin = leaf * args.leaf_rows;
        const Range rows = {begin, std::min(begin + args.leaf_rows, args.dy.rows)};
        add_rows(args.dy, out_panel, rows, stack + slot * kLanes);
      },
      [&](std::size_t slot)
          HWY_ATTR { add_into(stack + slot * kLanes, stack + (slot + 1) * kLanes, kLanes); });
  const std::size_t line = args.x.columns;
  const std::size_t index = out_panel * args.update.panel_stride + line * kLanes;
  add_before(args.update, index, 1, stack);
  apply_update(args.update, line, index, 1, stack);
}

// Panels of outputs whose errors stay in the second-level cache while all inputs are processed.
inline constexpr std::size_t kOutGroup = 8;

template <class T>
HWY_ATTR void gradient(const GradientArgs<T>& args) {
  alignas(64) T stack[kTreeDepth * kBlockNumbers<T>];
  const Range out = args.out_panels;
  for_even_tiles(out.size(), kOutGroup, [&](std::size_t first, std::size_t count) HWY_ATTR {
    const std::size_t end = out.begin + first + count;
    for (std::size_t in = args.in_panels.begin; in < args.in_panels.end; ++in) {
      std::size_t panel = out.begin + first;
      for (; panel + kTilePanels<T> <= end; panel += kTilePanels<T>) {
        gradient_block<T, kTilePanels<T>>(args, in, panel, stack);
      }
      if (panel < end) gradient_block<T, 1>(args, in, panel, stack);
    }
    for (std::size_t panel = out.begin + first; args.bias && panel < end; ++panel) {
      bias_line(args, panel, stack);
    }
  });
  finish_stores(args.update);
}

}  // namespace forknet::math::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // toggle
