// Every kernel on every target against the plain-loop reference, bit for bit, over random shapes.
// Matrices have gaps and guards, so a number written outside its place shows as well.
#include "math/element_kernels.h"

#include <gtest/gtest.h>

#include "element_testing.h"
#include "random_shapes.h"

namespace forknet::math {
namespace {

template <class T>
class ElementKernelsTest : public testing::Test {};
using Types = testing::Types<float, double>;
TYPED_TEST_SUITE(ElementKernelsTest, Types);

// body(kernels of the target, reference kernels, random, shape) for every target and many shapes.
template <class T, class Body>
void for_random_shapes(Body body) {
  for_each_shape([&](Target target, Random& random, const Shape& shape) {
    body(element_kernels<T>(target), reference_element_kernels<T>(), random, shape);
  });
}

TYPED_TEST(ElementKernelsTest, activations_are_those_of_the_reference) {
  using T = TypeParam;
  for_random_shapes<T>([](const auto& fast, const auto& plain, Random& random, const Shape& shape) {
    const Activation* kind = random_activation(random);
    SCOPED_TRACE(kind->name);
    const PanelMatrix<T> z = random_matrix<T>(random, shape, 3.0);
    PanelMatrix<T> expected(shape.rows, shape.columns, shape.gap);
    PanelMatrix<T> y = expected;
    PanelMatrix<T> in_place = z;
    fast.activation({kind, z.view(), y.view(), shape.some_rows, shape.some_panels});
    plain.activation({kind, z.view(), expected.view(), shape.some_rows, shape.some_panels});
    EXPECT_TRUE(all_same_bits(y.numbers(), expected.numbers()));

    PanelMatrix<T> expected_in_place = z;
    fast.activation(
        {kind, in_place.view().as_const(), in_place.view(), shape.some_rows, shape.some_panels});
    plain.activation({kind, expected_in_place.view().as_const(), expected_in_place.view(),
                      shape.some_rows, shape.some_panels});
    EXPECT_TRUE(all_same_bits(in_place.numbers(), expected_in_place.numbers()));
  });
}

TYPED_TEST(ElementKernelsTest, errors_go_back_through_activations_as_in_the_reference) {
  using T = TypeParam;
  for_random_shapes<T>([](const auto& fast, const auto& plain, Random& random, const Shape& shape) {
    const PanelMatrix<T> y = random_matrix<T>(random, shape, 1.0);
    const PanelMatrix<T> sums = random_matrix<T>(random, shape, 3.0);
    const PanelMatrix<T> factors = random_matrix<T>(random, shape, 1.0);
    PanelMatrix<T> dx(shape.columns, shape.rows, shape.gap);
    dx.fill(random, shape.wild, 1.0);
    PanelMatrix<T> dz(shape.rows, shape.columns, shape.gap);
    const bool in_place = random.one_in(3);
    PanelMatrix<T> transposed =
        in_place ? dx : PanelMatrix<T>(shape.columns, shape.rows, shape.gap);
    PanelMatrix<T> expected_dz = dz;
    PanelMatrix<T> expected_transposed = transposed;

    ActivationBackwardArgs<T> args;
    args.activation = random_activation(random);
    SCOPED_TRACE(args.activation->name);
    args.dx = dx.view().as_const();
    args.y = y.view();
    if (args.activation->needs_sums) args.sums = sums.view();
    if (random.one_in(2)) args.factors = factors.view();
    args.rows = random_groups(random, shape.rows);
    args.panels = shape.some_panels;
    const bool both_ways = in_place || !random.one_in(4);
    args.dz = dz.view();
    if (in_place) args.dx = transposed.view().as_const();
    if (both_ways) args.dz_transposed = transposed.view();
    fast.activation_backward(args);
    args.dz = expected_dz.view();
    if (in_place) args.dx = expected_transposed.view().as_const();
    if (both_ways) args.dz_transposed = expected_transposed.view();
    plain.activation_backward(args);
    EXPECT_TRUE(all_same_bits(dz.numbers(), expected_dz.numbers()));
    EXPECT_TRUE(all_same_bits(transposed.numbers(), expected_transposed.numbers()));
  });
}

TYPED_TEST(ElementKernelsTest, dropout_factors_are_those_of_the_reference) {
  using T = TypeParam;
  for_random_shapes<T>([](const auto& fast, const auto& plain, Random& random, const Shape& shape) {
    std::vector<std::uint32_t> samples(shape.rows);
    for (auto& sample : samples) sample = static_cast<std::uint32_t>(random.between(0, 0xffffffff));
    PanelMatrix<T> factors(shape.rows, shape.columns, shape.gap);
    PanelMatrix<T> expected = factors;
    const double rates[] = {0.0, 0.1, 0.5, 0.75, 0.999999999999};
    DropoutArgs<T> args;
    args.rate = rates[random.between(0, 4)];
    args.seed = random.between(0, std::numeric_limits<std::size_t>::max());
    args.step = static_cast<std::uint32_t>(random.between(0, 0xffffffff));
    args.layer = static_cast<std::uint32_t>(random.between(0, 255));
    args.samples = samples.data();
    args.rows = shape.some_rows;
    args.panels = shape.some_panels;
    args.factors = factors.view();
    fast.dropout(args);
    args.factors = expected.view();
    plain.dropout(args);
    EXPECT_TRUE(all_same_bits(factors.numbers(), expected.numbers()));
  });
}

TYPED_TEST(ElementKernelsTest, element_products_are_those_of_the_reference) {
  using T = TypeParam;
  for_random_shapes<T>([](const auto& fast, const auto& plain, Random& random, const Shape& shape) {
    PanelMatrix<T> x = random_matrix<T>(random, shape, 1.0);
    const PanelMatrix<T> factors = random_matrix<T>(random, shape, 1.0);
    PanelMatrix<T> out(shape.rows, shape.columns, shape.gap);
    PanelMatrix<T> expected = out;
    MultiplyArgs<T> args = {x.view().as_const(), factors.view(), expected.view(), shape.some_rows,
                            shape.some_panels};
    plain.multiply(args);
    args.out = out.view();
    fast.multiply(args);
    EXPECT_TRUE(all_same_bits(out.numbers(), expected.numbers()));

    PanelMatrix<T> in_place = x;
    args.x = in_place.view().as_const();
    args.out = in_place.view();
    fast.multiply(args);
    args.x = x.view().as_const();
    args.out = x.view();
    plain.multiply(args);
    EXPECT_TRUE(all_same_bits(in_place.numbers(), x.numbers()));
  });
}

// Rows that end where memory ends: reading on would be seen by the sanitized build.
template <class V>
std::vector<std::vector<V>> random_table(Random& random, const Shape& shape) {
  std::vector<std::vector<V>> rows(std::min<std::size_t>(shape.rows, 9));
  for (auto& row : rows) {
    row.resize(shape.columns);
    for (V& number : row) {
      if constexpr (std::is_same_v<V, float>) {
        number = random.number<float>(shape.wild, 10.0);
      } else {
        number = static_cast<V>(random.between(0, 255));
      }
    }
  }
  return rows;
}

template <class V, class T, class Scale>
void expect_scaled_alike(Random& random, const Shape& shape, Scale fast, Scale plain) {
  const auto table = random_table<V>(random, shape);
  std::vector<const V*> from;
  for (const auto& row : table) from.push_back(row.data());
  const std::size_t constants = random.one_in(2) ? 1 : shape.columns;
  std::vector<float> offset(constants);
  std::vector<float> factor(constants);
  for (float& number : offset) number = random.number<float>(shape.wild, 3.0);
  for (float& number : factor) number = random.number<float>(shape.wild, 3.0);
  PanelMatrix<T> got(shape.rows, shape.columns, shape.gap);
  PanelMatrix<T> expected = got;
  ScaleArgs<V, T> args = {from, offset, factor, got.view(),
                          random.between(0, shape.rows - from.size())};
  std::vector<float> bend;  // no number is NaN there
  if (!shape.wild && constants == shape.columns && random.one_in(2)) bend.resize(constants);
  for (float& number : bend)
    number = random.one_in(3) ? 0.0F : std::abs(random.number<float>(false, 3.0));
  args.bend = bend;
  fast(args);
  args.to = expected.view();
  plain(args);
  EXPECT_TRUE(all_same_bits(got.numbers(), expected.numbers()));
}

TYPED_TEST(ElementKernelsTest, rows_of_a_table_are_scaled_as_in_the_reference) {
  using T = TypeParam;
  for_random_shapes<T>([](const auto& fast, const auto& plain, Random& random, const Shape& shape) {
    expect_scaled_alike<std::uint8_t, T>(random, shape, fast.scale_bytes, plain.scale_bytes);
    expect_scaled_alike<float, T>(random, shape, fast.scale_floats, plain.scale_floats);
  });
}

TYPED_TEST(ElementKernelsTest, sums_are_those_of_the_reference) {
  using T = TypeParam;
  for_random_shapes<T>([](const auto& fast, const auto& plain, Random& random, const Shape& shape) {
    std::vector<T> numbers(shape.rows);
    const bool wild = random.one_in(8);
    for (T& number : numbers) number = random.number<T>(wild, 1.0);
    EXPECT_TRUE(same_bits(fast.sum(numbers), plain.sum(numbers)));
  });
}

TYPED_TEST(ElementKernelsTest, functions_are_those_of_the_reference) {
  using T = TypeParam;
  for_random_shapes<T>([](const auto& fast, const auto& plain, Random& random, const Shape& shape) {
    std::vector<T> in(shape.columns * 4);
    const double spread = random.one_in(2) ? 1.0 : 60.0;
    for (T& number : in) number = random.number<T>(shape.wild, spread);
    for (const Function function : {Function::exp, Function::log, Function::tanh, Function::sigmoid,
                                    Function::sin_two_pi, Function::cos_two_pi}) {
      std::vector<T> out(in.size(), kUntouched<T>);
      std::vector<T> expected = out;
      fast.map(function, in, out);
      plain.map(function, in, expected);
      EXPECT_TRUE(all_same_bits(out, expected)) << "function " << static_cast<int>(function);
    }
  });
}

TYPED_TEST(ElementKernelsTest, random_numbers_are_those_of_the_reference) {
  using T = TypeParam;
  for_random_shapes<T>([](const auto& fast, const auto& plain, Random& random, const Shape& shape) {
    const std::uint64_t seed = random.between(0, std::numeric_limits<std::size_t>::max());
    const auto purpose = static_cast<Purpose>(random.between(1, 0xffffffff));
    const auto a = static_cast<std::uint32_t>(random.between(0, 0xffffffff));
    const auto b = static_cast<std::uint32_t>(random.between(0, 0xffffffff));
    std::vector<T> out(shape.columns + 1, kUntouched<T>);
    std::vector<T> expected = out;
    const std::span<T> drawn = std::span<T>(out).first(shape.columns);
    const std::span<T> drawn_plainly = std::span<T>(expected).first(shape.columns);
    fast.normals(seed, purpose, a, b, drawn);
    plain.normals(seed, purpose, a, b, drawn_plainly);
    EXPECT_TRUE(all_same_bits(out, expected));
    fast.uniforms(seed, purpose, a, b, drawn);
    plain.uniforms(seed, purpose, a, b, drawn_plainly);
    EXPECT_TRUE(all_same_bits(out, expected));
  });
}

}  // namespace
}  // namespace forknet::math
