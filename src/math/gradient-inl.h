// Weight gradients, their sum over the leaves and the update, block by block of 16 inputs x 16 (or
// 32) outputs: the whole life of a gradient is spent in the first-level cache. Included once per
// target by product_kernels.cc.

#if defined(FORKNET_MATH_GRADIENT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef FORKNET_MATH_GRADIENT_INL_H_
#undef FORKNET_MATH_GRADIENT_INL_H_
#else
#define FORKNET_MATH_GRADIENT_INL_H_
#endif

#include <array>
#include <utility>

#include "math/leaf_tree.h"
#include "math/product_kernels.h"
#include "math/tile-inl.h"
#include "math/update-inl.h"

HWY_BEFORE_NAMESPACE();
namespace forknet::math::HWY_NAMESPACE {

// Sums of up to 16 inputs x kTilePanels panels of outputs: panel p's line of input i at
// (p * 16 + i) * 16.
template <class T>
inline constexpr std::size_t kBlockNumbers = kTilePanels<T>* kLanes* kLanes;

template <class T>
struct GradientTask {
  const T* x;   // number of the tile's first input in the leaf's first row
  const T* dy;  // line of the first panel in the leaf's first row
  std::size_t dy_panel;
  std::size_t rows;  // of the leaf
  T* sums;           // of the tile's first input
};

template <class T, int kRows, int kPanels, bool kAdd>
HWY_INLINE HWY_ATTR void store_sums(const Sums<T, kRows, kPanels>& sums, T* HWY_RESTRICT out) {
  const LineTag<T> d;
  constexpr int kV = kVectors<T>;
  HWY_UNROLL(12)
  for (int r = 0; r < kRows; ++r) {
    HWY_UNROLL(8)
    for (int v = 0; v < kPanels * kV; ++v) {
      T* HWY_RESTRICT to = out + (static_cast<std::size_t>(v / kV) * kLanes + r) * kLanes +
                           static_cast<std::size_t>(v % kV) * hn::Lanes(d);
      hn::Store(kAdd ? hn::Add(hn::Load(d, to), sums.v[r][v]) : sums.v[r][v], d, to);
    }
  }
}

// The chains of one leaf for kRows inputs x kPanels panels of outputs.
template <class T, int kRows, int kPanels>
HWY_ATTR void leaf_tile(const GradientTask<T>& task) {
  const T* HWY_RESTRICT x = task.x;
  const T* HWY_RESTRICT dy = task.dy;
  for (std::size_t done = 0; done < task.rows; done += kBlockTerms) {
    Sums<T, kRows, kPanels> sums;
    clear(sums);
    std::size_t left = std::min(kBlockTerms, task.rows - done);
    for (; left >= 4; left -= 4) {
      HWY_UNROLL(4)
      for (std::size_t k = 0; k < 4; ++k) {
        add_term<T, kRows, kPanels>(x + k * kLanes, 1, dy + k * kLanes, task.dy_panel, sums);
      }
      x += 4 * kLanes;
      dy += 4 * kLanes;
    }
    for (; left > 0; --left, x += kLanes, dy += kLanes) {
      add_term<T, kRows, kPanels>(x, 1, dy, task.dy_panel, sums);
    }
    if (done == 0) {
      store_sums<T, kRows, kPanels, false>(sums, task.sums);
    } else {
      store_sums<T, kRows, kPanels, true>(sums, task.sums);
    }
  }
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

// Gradient and update of one in-panel x kPanels out-panels.
template <class T, int kPanels>
HWY_ATTR void gradient_block(const GradientArgs<T>& args, std::size_t in_panel,
                             std::size_t out_panel, T* stack) {
  const std::size_t inputs = std::min(kLanes, args.x.columns - in_panel * kLanes);
  add_over_leaves(
      leaf_count(args),
      [&](std::size_t leaf, std::size_t slot) HWY_ATTR {
        const std::size_t row = leaf * args.leaf_rows;
        GradientTask<T> task = {};
        task.dy = args.dy.line(out_panel, row);
        task.dy_panel = args.dy.panel_stride;
        task.rows = std::min(args.leaf_rows, args.dy.rows - row);
        for_even_tiles(inputs, kTileRows<T>, [&](std::size_t first, std::size_t count) HWY_ATTR {
          task.x = args.x.line(in_panel, row) + first;
          task.sums = stack + slot * kBlockNumbers<T> + first * kLanes;
          kLeafFunctions<T, kPanels>[count - 1](task);
        });
      },
      [&](std::size_t slot) HWY_ATTR {
        T* left = stack + slot * kBlockNumbers<T>;
        add_into(left, left + kBlockNumbers<T>, kPanels * kLanes * kLanes);
      });
  for (std::size_t p = 0; p < kPanels; ++p) {
    apply_update(args.update,
                 (out_panel + p) * args.update.panel_stride + in_panel * kLanes * kLanes, inputs,
                 stack + p * kLanes * kLanes);
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
  apply_update(args.update, out_panel * args.update.panel_stride + args.x.columns * kLanes, 1,
               stack);
}

// Panels of outputs whose errors stay in the second-level cache while all inputs pass.
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
}

}  // namespace forknet::math::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // toggle
