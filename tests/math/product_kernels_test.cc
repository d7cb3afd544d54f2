// Products, gradients and updates on every target against the plain-loop reference, bit for bit,
// over thousands of random shapes, ranges and leaves.
#include "math/product_kernels.h"

#include <gtest/gtest.h>

#include <cmath>

#include "element_testing.h"

namespace forknet::math {
namespace {

const std::size_t kProducts = test_cases(500);  // a kernel, target and type
constexpr std::size_t kMostTerms = 1'000'000;   // multiply-adds of a shape: the reference is slow

template <class T>
class ProductKernelsTest : public testing::Test {};
using Types = testing::Types<float, double>;
TYPED_TEST_SUITE(ProductKernelsTest, Types);

struct ProductShape {
  std::size_t m;
  std::size_t k;
  std::size_t n;
};

// 1 … 1,100 in each dimension, the third as far as the reference can follow.
ProductShape random_product(Random& random) {
  std::size_t sizes[3] = {random.size(1100), random.size(1100), 0};
  if (sizes[0] * sizes[1] > kMostTerms / 2) sizes[1] = random.size(20);
  sizes[2] = random.size(std::min<std::size_t>(1100, kMostTerms / (sizes[0] * sizes[1])));
  const std::size_t turn = random.between(0, 2);
  return {sizes[turn], sizes[(turn + 1) % 3], sizes[(turn + 2) % 3]};
}

template <class T>
PanelMatrix<T> random_matrix(Random& random, std::size_t rows, std::size_t columns, bool wild) {
  PanelMatrix<T> matrix(rows, columns, random.between(0, 2));
  matrix.fill(random, wild, 1.0);
  return matrix;
}

// The real elements of c, by their bits; padding columns are unspecified.
template <class T>
void expect_same_elements(PanelView<const T> a, PanelView<const T> b) {
  for (std::size_t r = 0; r < a.rows; ++r) {
    for (std::size_t c = 0; c < a.columns; ++c) {
      ASSERT_TRUE(same_bits(a.at(r, c), b.at(r, c)))
          << "row " << r << " column " << c << ": " << a.at(r, c) << " is not " << b.at(r, c);
    }
  }
}

TYPED_TEST(ProductKernelsTest, products_have_the_bits_of_the_reference) {
  using T = TypeParam;
  Random random(test_seed());
  for (const Target target : vector_targets()) {
    for (std::size_t i = 0; i < kProducts && !testing::Test::HasFailure(); ++i) {
      const ProductShape shape = random_product(random);
      SCOPED_TRACE(describe(target, shape.m, shape.n) + " k " + std::to_string(shape.k));
      const bool wild = random.one_in(4);
      const auto a = random_matrix<T>(random, shape.m, shape.k, wild);
      const auto b = random_matrix<T>(random, shape.k, shape.n, wild);
      const auto bias = random_matrix<T>(random, 1, shape.n, false);
      auto fast = random_matrix<T>(random, shape.m, shape.n, false);
      auto slow = fast;
      ProductArgs<T> args;
      args.a = a.view();
      args.b = b.view();
      if (random.one_in(2)) args.bias = bias.view().data;
      args.bias_stride = bias.view().panel_stride;
      args.relu = random.one_in(2);
      args.rows = random_range(random, shape.m);
      args.panels = random_range(random, panels_for(shape.n));
      args.c = fast.view();
      product_kernels<T>(target).product(args);
      args.c = slow.view();
      reference_product_kernels<T>().product(args);
      expect_same_elements<T>(fast.view().as_const(), slow.view().as_const());
    }
  }
}

TYPED_TEST(ProductKernelsTest, an_element_does_not_depend_on_the_rows_beside_it) {
  using T = TypeParam;
  Random random(test_seed());
  for (const Target target : vector_targets()) {
    const auto a = random_matrix<T>(random, 37, 300, false);
    const auto b = random_matrix<T>(random, 300, 45, false);
    auto whole = random_matrix<T>(random, 37, 45, false);
    auto single = random_matrix<T>(random, 37, 45, false);
    ProductArgs<T> args;
    args.a = a.view();
    args.b = b.view();
    args.panels = {0, panels_for(45)};
    args.rows = {0, 37};
    args.c = whole.view();
    product_kernels<T>(target).product(args);
    args.c = single.view();
    for (std::size_t row = 0; row < 37; ++row) {
      args.rows = {row, row + 1};
      product_kernels<T>(target).product(args);
    }
    expect_same_elements<T>(whole.view().as_const(), single.view().as_const());
  }
}

// A rule of its own, the same on every target: the tiles pass each line once, in both versions.
template <class T>
void add_all(const WeightUpdate<T>& update, std::size_t index, std::size_t lines, const T* sums) {
  for (std::size_t i = index; i < index + lines * kLanes; ++i) {
    T sum = update.weights[i] + update.rule.constants[0] * sums[i - index] * update.rule.scale;
    for (std::size_t k = 0; k < update.states; ++k) {
      sum += update.state[k][i];
      update.next_state[k][i] = update.state[k][i] + sums[i - index];
    }
    update.next[i] = sum;
  }
}

// Keeps the gradient, or adds all.
template <class T>
UpdateRule<T> random_rule(Random& random, bool keeps) {
  UpdateRule<T> rule;
  if (!keeps) rule.apply = &add_all<T>;
  rule.scale = static_cast<T>(1.0 / static_cast<double>(random.between(1, 300)));
  rule.decay = random.one_in(2) ? static_cast<T>(0.01) : T{0};
  rule.constants[0] = static_cast<T>(0.05);
  return rule;
}

// Weights and moments of a layer (in, out), the bias as line `in`.
template <class T>
struct LayerNumbers {
  PanelMatrix<T> weights;
  PanelMatrix<T> first;
  PanelMatrix<T> second;
  LayerNumbers(Random& random, std::size_t in, std::size_t out)
      : weights(in + 1, out, 0), first(in + 1, out, 0), second(in + 1, out, 0) {
    weights.fill(random, false, 1.0);
    first.fill(random, false, 1.0);
    second.fill(random, false, 1.0);
    for (std::size_t i = 0; i <= in; ++i) {
      for (std::size_t o = 0; o < out; ++o)
        second.view().at(i, o) = std::abs(second.view().at(i, o));
    }
  }
  // From these numbers to `next`, which may be these.
  WeightUpdate<T> update(LayerNumbers& next, bool streams, const UpdateRule<T>& rule) {
    WeightUpdate<T> update;
    update.weights = weights.view().data;
    update.next = next.weights.view().data;
    update.states = rule.apply == nullptr ? 0 : 2;
    update.state[0] = first.view().data;
    update.state[1] = second.view().data;
    update.next_state[0] = next.first.view().data;
    update.next_state[1] = next.second.view().data;
    update.panel_stride = weights.view().panel_stride;
    update.streams = streams;
    update.rule = rule;
    return update;
  }
};

template <class T>
void expect_same_numbers(LayerNumbers<T>& fast, LayerNumbers<T>& slow) {
  expect_same_elements<T>(fast.weights.view().as_const(), slow.weights.view().as_const());
  expect_same_elements<T>(fast.first.view().as_const(), slow.first.view().as_const());
  expect_same_elements<T>(fast.second.view().as_const(), slow.second.view().as_const());
}

TYPED_TEST(ProductKernelsTest, gradients_and_updates_have_the_bits_of_the_reference) {
  using T = TypeParam;
  Random random(test_seed());
  for (const Target target : vector_targets()) {
    for (std::size_t i = 0; i < kProducts && !testing::Test::HasFailure(); ++i) {
      const ProductShape shape = random_product(random);  // in, rows, out
      SCOPED_TRACE(describe(target, shape.m, shape.n) + " rows " + std::to_string(shape.k));
      const auto x = random_matrix<T>(random, shape.k, shape.m, false);
      const auto dy = random_matrix<T>(random, shape.k, shape.n, false);
      LayerNumbers<T> fast(random, shape.m, shape.n);
      LayerNumbers<T> slow = fast;
      const auto rule = random_rule<T>(random, i % 2 == 0);
      GradientArgs<T> args;
      args.x = x.view();
      args.dy = dy.view();
      args.leaf_rows = random.one_in(3) ? shape.k : random.between(1, shape.k);
      args.in_panels = random_range(random, panels_for(shape.m));
      args.out_panels = random_range(random, panels_for(shape.n));
      args.bias = random.one_in(2);
      LayerNumbers<T> another(random, shape.m, shape.n);
      LayerNumbers<T> slow_other = another;
      const bool in_place = random.one_in(2);
      const auto undecayed = random_rule<T>(random, i % 2 == 0);
      const Range lines = random_range(random, shape.m + 1);
      const auto with_lines = [&](WeightUpdate<T> update) {
        if (rule.apply != nullptr && i % 3 != 0) update.undecayed = &undecayed;
        update.undecayed_lines = lines;
        return update;
      };
      args.update = with_lines(fast.update(in_place ? fast : another, random.one_in(2), rule));
      product_kernels<T>(target).gradient(args);
      args.update = with_lines(slow.update(in_place ? slow : slow_other, false, rule));
      reference_product_kernels<T>().gradient(args);
      expect_same_numbers(fast, slow);
      expect_same_numbers(another, slow_other);
    }
  }
}

TYPED_TEST(ProductKernelsTest, a_chain_is_fused_and_cut_every_256_terms) {
  using T = TypeParam;
  // 257 terms: the first block ends in 1, the second is eps / 2, which a single chain would keep
  // adding to a number of another size.
  constexpr std::size_t kTerms = 257;
  PanelMatrix<T> a(1, kTerms, 0);
  PanelMatrix<T> b(kTerms, 1, 0);
  PanelMatrix<T> c(1, 1, 0);
  T block = 0;
  for (std::size_t k = 0; k < kTerms; ++k) {
    a.view().at(0, k) = static_cast<T>(1) / static_cast<T>(k + 3);
    b.view().at(k, 0) = static_cast<T>(k % 7) - 3;
    if (k < 256) block = std::fma(a.view().at(0, k), b.view().at(k, 0), block);
  }
  const T expected = block + a.view().at(0, 256) * b.view().at(256, 0);
  for (const Target target : available_targets()) {
    ProductArgs<T> args;
    args.a = a.view().as_const();
    args.b = b.view().as_const();
    args.c = c.view();
    args.rows = {0, 1};
    args.panels = {0, 1};
    product_kernels<T>(target).product(args);
    EXPECT_EQ(c.view().at(0, 0), expected) << target_name(target);
  }
}

TYPED_TEST(ProductKernelsTest, gradients_agree_with_sums_in_long_double) {
  using T = TypeParam;
  Random random(test_seed());
  const std::size_t rows = 100, in = 20, out = 7;
  const auto x = random_matrix<T>(random, rows, in, false);
  const auto dy = random_matrix<T>(random, rows, out, false);
  LayerNumbers<T> layer(random, in, out);
  UpdateRule<T> rule;
  GradientArgs<T> args;
  args.x = x.view();
  args.dy = dy.view();
  args.leaf_rows = 16;
  args.in_panels = {0, panels_for(in)};
  args.out_panels = {0, panels_for(out)};
  args.update = layer.update(layer, false, rule);
  product_kernels<T>(best_target()).gradient(args);
  const double tolerance = sizeof(T) == 4 ? 1e-4 : 1e-13;
  for (std::size_t o = 0; o < out; ++o) {
    for (std::size_t i = 0; i <= in; ++i) {
      long double sum = 0;
      for (std::size_t r = 0; r < rows; ++r) {
        const long double input = i < in ? x.view().at(r, i) : T{1};
        sum += input * static_cast<long double>(dy.view().at(r, o));
      }
      EXPECT_NEAR(static_cast<double>(layer.weights.view().at(i, o)), static_cast<double>(sum),
                  tolerance);
    }
  }
}

}  // namespace
}  // namespace forknet::math
