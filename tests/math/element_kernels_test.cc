// Every kernel on every target against the plain-loop reference, bit for bit, over random shapes.
// Matrices have gaps and guards, so a number written outside its place shows as well.
#include "math/element_kernels.h"

#include <gtest/gtest.h>

#include "element_testing.h"

namespace forknet::math {
namespace {

const std::size_t kShapes = test_cases(250);  // a kernel, target and type
constexpr std::size_t kNumbers = 30000;       // at most, a shape

template <class T>
class ElementKernelsTest : public testing::Test {};
using Types = testing::Types<float, double>;
TYPED_TEST_SUITE(ElementKernelsTest, Types);

struct Shape {
  std::size_t rows;
  std::size_t columns;
  std::size_t gap;
  bool wild;
  Range some_rows;
  Range some_panels;
};

// Transposed rows come in whole groups of 16.
Range random_groups(Random& random, std::size_t rows) {
  const Range groups = random_range(random, panels_for(rows));
  return {std::min(groups.begin * kLanes, rows), std::min(groups.end * kLanes, rows)};
}

Shape random_shape(Random& random) {
  Shape shape = {};
  shape.columns = random.size(1100);
  shape.rows = random.size(std::min<std::size_t>(1100, kNumbers / shape.columns));
  if (random.one_in(2)) std::swap(shape.rows, shape.columns);
  shape.gap = random.between(0, 2);
  shape.wild = random.one_in(2);
  shape.some_rows = random_range(random, shape.rows);
  shape.some_panels = random_range(random, panels_for(shape.columns));
  return shape;
}

template <class T>
PanelMatrix<T> random_matrix(Random& random, const Shape& shape, double spread) {
  PanelMatrix<T> matrix(shape.rows, shape.columns, shape.gap);
  matrix.fill(random, shape.wild, spread);
  return matrix;
}

// body(kernels of the target, reference kernels, random, shape) for every target and many shapes.
template <class T, class Body>
void for_random_shapes(Body body) {
  Random random(test_seed());
  for (const Target target : vector_targets()) {
    for (std::size_t i = 0; i < kShapes && !testing::Test::HasFailure(); ++i) {
      const Shape shape = random_shape(random);
      SCOPED_TRACE(describe(target, shape.rows, shape.columns));
      body(element_kernels<T>(target), reference_element_kernels<T>(), random, shape);
    }
  }
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
    const auto a = static_cast<std::uint32_t>(random.between(0, 0xffffffff));
    const auto b = static_cast<std::uint32_t>(random.between(0, 0xffffffff));
    std::vector<T> out(shape.columns + 1, kUntouched<T>);
    std::vector<T> expected = out;
    const std::span<T> drawn = std::span<T>(out).first(shape.columns);
    const std::span<T> drawn_plainly = std::span<T>(expected).first(shape.columns);
    fast.normals(seed, a, b, drawn);
    plain.normals(seed, a, b, drawn_plainly);
    EXPECT_TRUE(all_same_bits(out, expected));
    fast.uniforms(seed, a, b, drawn);
    plain.uniforms(seed, a, b, drawn_plainly);
    EXPECT_TRUE(all_same_bits(out, expected));
  });
}

// Of rows; none if all weights are 1.
template <class T>
std::vector<T> random_weights(Random& random, std::size_t rows) {
  std::vector<T> weights;
  if (random.one_in(2)) return weights;
  for (std::size_t row = 0; row < rows; ++row) {
    weights.push_back(static_cast<T>(random.between(1, 1000)) / T{300});
  }
  return weights;
}

TYPED_TEST(ElementKernelsTest, softmax_cross_entropy_is_that_of_the_reference) {
  using T = TypeParam;
  for_random_shapes<T>([](const auto& fast, const auto& plain, Random& random, const Shape& shape) {
    const PanelMatrix<T> logits = random_matrix<T>(random, shape, random.one_in(3) ? 50.0 : 2.0);
    std::vector<std::uint32_t> labels(shape.rows);
    for (auto& label : labels) {
      label = static_cast<std::uint32_t>(random.between(0, shape.columns - 1));
    }
    const std::vector<T> weights = random_weights<T>(random, shape.rows);
    const bool in_place = random.one_in(4);
    const bool dz_wanted = in_place || !random.one_in(4);
    const bool transposed_wanted = dz_wanted && !random.one_in(4);
    const bool probabilities_wanted = random.one_in(2);
    struct Results {
      PanelMatrix<T> dz, transposed, probabilities;
      std::vector<T> losses;
      std::vector<std::uint32_t> correct;
    };
    const Results untouched = {
        in_place ? logits : PanelMatrix<T>(shape.rows, shape.columns, shape.gap),
        PanelMatrix<T>(shape.columns, shape.rows, shape.gap),
        PanelMatrix<T>(shape.rows, shape.columns, shape.gap),
        std::vector<T>(shape.rows, kUntouched<T>), std::vector<std::uint32_t>(shape.rows, 77)};
    const auto run = [&](const ElementKernels<T>& kernels, Range rows) {
      Results results = untouched;
      SoftmaxArgs<T> args;
      args.logits = in_place ? results.dz.view().as_const() : logits.view();
      args.labels = labels.data();
      if (dz_wanted) args.dz = results.dz.view();
      if (transposed_wanted) args.dz_transposed = results.transposed.view();
      if (probabilities_wanted) args.probabilities = results.probabilities.view();
      args.losses = results.losses.data();
      args.correct = results.correct.data();
      args.rows = rows;
      args.sample_weights = weights.empty() ? nullptr : weights.data();
      kernels.softmax_cross_entropy(args);
      return results;
    };
    const Range rows = transposed_wanted ? random_groups(random, shape.rows) : shape.some_rows;
    const Results got = run(fast, rows);
    const Results expected = run(plain, rows);
    EXPECT_TRUE(all_same_bits(got.dz.numbers(), expected.dz.numbers()));
    EXPECT_TRUE(all_same_bits(got.transposed.numbers(), expected.transposed.numbers()));
    EXPECT_TRUE(all_same_bits(got.probabilities.numbers(), expected.probabilities.numbers()));
    EXPECT_TRUE(all_same_bits(got.losses, expected.losses));
    EXPECT_EQ(got.correct, expected.correct);
  });
}

TYPED_TEST(ElementKernelsTest, probabilities_without_labels_are_those_of_the_reference) {
  using T = TypeParam;
  for_random_shapes<T>([](const auto& fast, const auto& plain, Random& random, const Shape& shape) {
    const PanelMatrix<T> logits = random_matrix<T>(random, shape, 2.0);
    const bool in_place = random.one_in(2);
    PanelMatrix<T> got = in_place ? logits : PanelMatrix<T>(shape.rows, shape.columns, shape.gap);
    PanelMatrix<T> expected = got;
    SoftmaxArgs<T> args;
    args.rows = shape.some_rows;
    args.logits = in_place ? got.view().as_const() : logits.view();
    args.probabilities = got.view();
    fast.softmax_cross_entropy(args);
    args.logits = in_place ? expected.view().as_const() : logits.view();
    args.probabilities = expected.view();
    plain.softmax_cross_entropy(args);
    EXPECT_TRUE(all_same_bits(got.numbers(), expected.numbers()));
  });
}

TYPED_TEST(ElementKernelsTest, mean_squared_error_is_that_of_the_reference) {
  using T = TypeParam;
  for_random_shapes<T>([](const auto& fast, const auto& plain, Random& random, const Shape& shape) {
    const PanelMatrix<T> y = random_matrix<T>(random, shape, 1.0);
    const PanelMatrix<T> targets = random_matrix<T>(random, shape, 1.0);
    const std::vector<T> weights = random_weights<T>(random, shape.rows);
    const Activation* kind = random_activation(random);
    const PanelMatrix<T> sums = random_matrix<T>(random, shape, 3.0);
    SCOPED_TRACE(kind->name);
    const bool dz_wanted = !random.one_in(4);
    const bool transposed_wanted = dz_wanted && !random.one_in(4);
    struct Results {
      PanelMatrix<T> dz, transposed;
      std::vector<T> losses;
    };
    const auto run = [&](const ElementKernels<T>& kernels, Range rows) {
      Results results = {PanelMatrix<T>(shape.rows, shape.columns, shape.gap),
                         PanelMatrix<T>(shape.columns, shape.rows, shape.gap),
                         std::vector<T>(shape.rows, kUntouched<T>)};
      MseArgs<T> args;
      args.activation = kind;
      args.y = y.view();
      if (kind->needs_sums) args.sums = sums.view();
      args.targets = targets.view();
      if (dz_wanted) args.dz = results.dz.view();
      if (transposed_wanted) args.dz_transposed = results.transposed.view();
      args.losses = results.losses.data();
      args.rows = rows;
      args.sample_weights = weights.empty() ? nullptr : weights.data();
      kernels.mse(args);
      return results;
    };
    const Range rows = transposed_wanted ? random_groups(random, shape.rows) : shape.some_rows;
    const Results got = run(fast, rows);
    const Results expected = run(plain, rows);
    EXPECT_TRUE(all_same_bits(got.dz.numbers(), expected.dz.numbers()));
    EXPECT_TRUE(all_same_bits(got.transposed.numbers(), expected.transposed.numbers()));
    EXPECT_TRUE(all_same_bits(got.losses, expected.losses));
  });
}

}  // namespace
}  // namespace forknet::math
