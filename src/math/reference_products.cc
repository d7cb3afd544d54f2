// The products of docs/numerics.md written as they are defined, one element after the other. This
// is the oracle of the fast kernels, and the code for CPUs without fused multiply-add.
#include <algorithm>
#include <bit>
#include <cmath>

#include "math/product_kernels.h"
#include "math/update_runs.h"

namespace forknet::math {
namespace {

// The chain of one element: term(k) gives the two factors.
template <class T, class Term>
T chain(std::size_t terms, Term term) {
  T total = 0;
  for (std::size_t begin = 0; begin < terms; begin += kBlockTerms) {
    T block = 0;
    for (std::size_t k = begin; k < std::min(terms, begin + kBlockTerms); ++k) {
      const auto [a, b] = term(k);
      block = std::fma(a, b, block);
    }
    total = begin == 0 ? block : total + block;
  }
  return total;
}

template <class T>
struct Factors {
  T a;
  T b;
};

template <class T>
void product(const ProductArgs<T>& args) {
  const std::size_t column_end = std::min(args.c.columns, args.panels.end * kLanes);
  for (std::size_t i = args.rows.begin; i < args.rows.end; ++i) {
    for (std::size_t j = args.panels.begin * kLanes; j < column_end; ++j) {
      T z = chain<T>(args.b.rows, [&](std::size_t k) {
        return Factors<T>{args.a.at(i, k), args.b.at(k, j)};
      });
      if (args.bias != nullptr) z = z + args.bias[(j / kLanes) * args.bias_stride + j % kLanes];
      if (args.relu && z <= 0) z = 0;
      args.c.at(i, j) = z;
    }
  }
}

// Leaves first … first + count - 1, added in the balanced tree: the left half of a node is the
// largest power of two below its size.
template <class T, class Leaf>
T tree_sum(std::size_t first, std::size_t count, Leaf leaf) {
  if (count == 1) return leaf(first);
  const std::size_t left = std::bit_floor(count - 1);
  const T left_sum = tree_sum<T>(first, left, leaf);
  return left_sum + tree_sum<T>(first + left, count - left, leaf);
}

// A rule takes whole lines; without one the gradients themselves are kept.
template <class T>
void apply_one_rule(const WeightUpdate<T>& update, std::size_t index, std::size_t lines,
                    const T* sums) {
  const UpdateRule<T>& rule = update.rule;
  if (rule.apply != nullptr) return rule.apply(update, index, lines, sums);
  for (std::size_t i = 0; i < lines * kLanes; ++i) {
    T gradient = sums[i] * rule.scale;
    if (rule.decay > 0) gradient = std::fma(rule.decay, update.weights[index + i], gradient);
    update.next[index + i] = gradient;
  }
}

template <class T>
void update(const WeightUpdate<T>& update, std::size_t index, std::size_t lines, const T* sums) {
  if (update.undecayed == nullptr) return apply_one_rule(update, index, lines, sums);
  apply_in_runs(update, index, lines, sums, &apply_one_rule<T>);
}

// The sum over the leaves of one weight's (or, without an input column, one bias') gradient.
template <class T>
T gradient_sum(const GradientArgs<T>& args, std::size_t out, const std::size_t* in) {
  const std::size_t rows = args.dy.rows;
  const std::size_t leaves = (rows + args.leaf_rows - 1) / args.leaf_rows;
  return tree_sum<T>(0, leaves, [&](std::size_t leaf) {
    const std::size_t begin = leaf * args.leaf_rows;
    const std::size_t terms = std::min(rows - begin, args.leaf_rows);
    return chain<T>(terms, [&](std::size_t k) {
      const T input = in != nullptr ? args.x.at(begin + k, *in) : T{1};
      return Factors<T>{input, args.dy.at(begin + k, out)};
    });
  });
}

// The line of one input (or, without one, of the biases) in a panel of outputs. The sums of earlier
// leaves come first; those of padding are zero.
template <class T>
void gradient_line(const GradientArgs<T>& args, std::size_t panel, const std::size_t* in) {
  const std::size_t index =
      panel * args.update.panel_stride + (in != nullptr ? *in : args.x.columns) * kLanes;
  const std::size_t outputs = std::min(kLanes, args.dy.columns - panel * kLanes);
  alignas(64) T sums[kLanes] = {};
  for (std::size_t lane = 0; lane < outputs; ++lane) {
    sums[lane] = gradient_sum(args, panel * kLanes + lane, in);
    if (args.update.before != nullptr) sums[lane] = args.update.before[index + lane] + sums[lane];
  }
  update(args.update, index, 1, sums);
}

template <class T>
void gradient(const GradientArgs<T>& args) {
  const std::size_t in_end = std::min(args.x.columns, args.in_panels.end * kLanes);
  const std::size_t out_end = std::min(args.dy.panels(), args.out_panels.end);
  for (std::size_t panel = args.out_panels.begin; panel < out_end; ++panel) {
    for (std::size_t in = args.in_panels.begin * kLanes; in < in_end; ++in) {
      gradient_line(args, panel, &in);
    }
    if (args.bias) gradient_line<T>(args, panel, nullptr);
  }
}

}  // namespace

template <class T>
const ProductKernels<T>& reference_product_kernels() {
  static constexpr ProductKernels<T> kKernels = {&product<T>, &gradient<T>, &update<T>};
  return kKernels;
}

template const ProductKernels<float>& reference_product_kernels<float>();
template const ProductKernels<double>& reference_product_kernels<double>();

}  // namespace forknet::math
