// Kernels of losses on every target against the plain-loop reference, bit for bit, over random
// shapes. Matrices have gaps and guards, so a number written outside its place shows as well.
#include <gtest/gtest.h>

#include "math/element_testing.h"
#include "math/random_shapes.h"
#include "nn/losses/mse/mse.h"
#include "nn/losses/softmax_cross_entropy/softmax_cross_entropy.h"

namespace forknet::nn {
namespace {

using namespace math;  // NOLINT: matrices and shapes of the tests of kernels

template <class T>
class LossKernels : public testing::Test {};
using KernelTypes = testing::Types<float, double>;
TYPED_TEST_SUITE(LossKernels, KernelTypes);

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

TYPED_TEST(LossKernels, softmax_cross_entropy_is_that_of_the_reference) {
  using T = TypeParam;
  for_each_shape([](Target target, Random& random, const Shape& shape) {
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
    const double smoothing = random.one_in(2) ? 0.0 : 0.1;
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
    const auto run = [&](Target kernels, Range rows) {
      Results results = untouched;
      SoftmaxArgs<T> args;
      args.outputs = in_place ? results.dz.view().as_const() : logits.view();
      args.labels = labels.data();
      if (dz_wanted) args.dz = results.dz.view();
      if (transposed_wanted) args.dz_transposed = results.transposed.view();
      if (probabilities_wanted) args.probabilities = results.probabilities.view();
      args.losses = results.losses.data();
      args.correct = results.correct.data();
      args.rows = rows;
      args.sample_weights = weights.empty() ? nullptr : weights.data();
      args.smoothing = smoothing;
      softmax_kernel<T>(kernels)(args);
      return results;
    };
    const Range rows = transposed_wanted ? random_groups(random, shape.rows) : shape.some_rows;
    const Results got = run(target, rows);
    const Results expected = run(Target::reference, rows);
    EXPECT_TRUE(all_same_bits(got.dz.numbers(), expected.dz.numbers()));
    EXPECT_TRUE(all_same_bits(got.transposed.numbers(), expected.transposed.numbers()));
    EXPECT_TRUE(all_same_bits(got.probabilities.numbers(), expected.probabilities.numbers()));
    EXPECT_TRUE(all_same_bits(got.losses, expected.losses));
    EXPECT_EQ(got.correct, expected.correct);
  });
}

TYPED_TEST(LossKernels, probabilities_without_labels_are_those_of_the_reference) {
  using T = TypeParam;
  for_each_shape([](Target target, Random& random, const Shape& shape) {
    const PanelMatrix<T> logits = random_matrix<T>(random, shape, 2.0);
    const bool in_place = random.one_in(2);
    PanelMatrix<T> got = in_place ? logits : PanelMatrix<T>(shape.rows, shape.columns, shape.gap);
    PanelMatrix<T> expected = got;
    SoftmaxArgs<T> args;
    args.rows = shape.some_rows;
    args.outputs = in_place ? got.view().as_const() : logits.view();
    args.probabilities = got.view();
    softmax_kernel<T>(target)(args);
    args.outputs = in_place ? expected.view().as_const() : logits.view();
    args.probabilities = expected.view();
    softmax_kernel<T>(Target::reference)(args);
    EXPECT_TRUE(all_same_bits(got.numbers(), expected.numbers()));
  });
}

TYPED_TEST(LossKernels, mean_squared_error_is_that_of_the_reference) {
  using T = TypeParam;
  for_each_shape([](Target target, Random& random, const Shape& shape) {
    const PanelMatrix<T> y = random_matrix<T>(random, shape, 1.0);
    const PanelMatrix<T> targets = random_matrix<T>(random, shape, 1.0);
    const std::vector<T> weights = random_weights<T>(random, shape.rows);
    const Activation* const kind = random_activation(random);
    const PanelMatrix<T> sums = random_matrix<T>(random, shape, 3.0);
    const bool dz_wanted = !random.one_in(4);
    const bool transposed_wanted = dz_wanted && !random.one_in(4);
    struct Results {
      PanelMatrix<T> dz, transposed;
      std::vector<T> losses;
    };
    const auto run = [&](Target kernels, Range rows) {
      Results results = {PanelMatrix<T>(shape.rows, shape.columns, shape.gap),
                         PanelMatrix<T>(shape.columns, shape.rows, shape.gap),
                         std::vector<T>(shape.rows, kUntouched<T>)};
      LossArgs<T> args;
      args.activation = kind;
      args.outputs = y.view();
      if (kind->needs_sums) args.sums = sums.view();
      args.targets = targets.view();
      if (dz_wanted) args.dz = results.dz.view();
      if (transposed_wanted) args.dz_transposed = results.transposed.view();
      args.losses = results.losses.data();
      args.rows = rows;
      args.sample_weights = weights.empty() ? nullptr : weights.data();
      mse_kernel<T>(kernels)(args);
      return results;
    };
    const Range rows = transposed_wanted ? random_groups(random, shape.rows) : shape.some_rows;
    const Results got = run(target, rows);
    const Results expected = run(Target::reference, rows);
    EXPECT_TRUE(all_same_bits(got.dz.numbers(), expected.dz.numbers()));
    EXPECT_TRUE(all_same_bits(got.transposed.numbers(), expected.transposed.numbers()));
    EXPECT_TRUE(all_same_bits(got.losses, expected.losses));
  });
}

}  // namespace
}  // namespace forknet::nn
