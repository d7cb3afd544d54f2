// Losses against the textbook: known values, finite differences in fp64, extreme logits.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "math/element_testing.h"
#include "nn/losses/list.h"
#include "nn/losses/mse/mse.h"
#include "nn/losses/softmax_cross_entropy/softmax_cross_entropy.h"

namespace forknet::nn {
namespace {

using namespace math;  // NOLINT: matrices of the tests of kernels

constexpr double kStep = 1e-5;

double softmax_loss(Target target, PanelMatrix<double> logits, std::size_t rows,
                    const std::vector<std::uint32_t>& labels) {
  std::vector<double> losses(rows);
  SoftmaxArgs<double> args;
  args.outputs = logits.view().as_const();
  args.labels = labels.data();
  args.losses = losses.data();
  args.rows = {0, rows};
  softmax_kernel<double>(target)(args);
  double total = 0;
  for (const double loss : losses) total += loss;
  return total;
}

// The slope of loss(matrix) with respect to one element.
double slope(PanelMatrix<double> matrix, std::size_t row, std::size_t column,
             const std::function<double(const PanelMatrix<double>&)>& loss) {
  const double middle = matrix.view().at(row, column);
  matrix.view().at(row, column) = middle + kStep;
  const double above = loss(matrix);
  matrix.view().at(row, column) = middle - kStep;
  const double below = loss(matrix);
  return (above - below) / (2 * kStep);
}

TEST(ElementLosses, softmax_gradients_agree_with_finite_differences) {
  Random random(test_seed());
  for (const Target target : available_targets()) {
    for (const std::size_t classes : {2, 10, 16, 17, 37}) {
      const std::size_t rows = 5;
      PanelMatrix<double> logits(rows, classes);
      logits.fill(random, false, 2.0);
      std::vector<std::uint32_t> labels;
      for (std::size_t i = 0; i < rows; ++i) {
        labels.push_back(static_cast<std::uint32_t>(random.between(0, classes - 1)));
      }
      PanelMatrix<double> dz(rows, classes);
      SoftmaxArgs<double> args;
      args.outputs = logits.view().as_const();
      args.labels = labels.data();
      args.dz = dz.view();
      args.rows = {0, rows};
      softmax_kernel<double>(target)(args);
      const auto loss = [&](const PanelMatrix<double>& z) {
        return softmax_loss(target, z, rows, labels);
      };
      for (std::size_t row = 0; row < rows; ++row) {
        for (std::size_t c = 0; c < classes; ++c) {
          EXPECT_NEAR(dz.view().at(row, c), slope(logits, row, c, loss), 1e-8);
        }
      }
    }
  }
}

// The loss as a function of what goes into the last activation.
double mse_loss(Target target, const Activation* activation, const PanelMatrix<double>& z,
                const PanelMatrix<double>& targets) {
  PanelMatrix<double> y = z;
  const std::size_t rows = z.view().rows;
  const std::size_t panels = z.view().panels();
  element_kernels<double>(target).activation(
      {activation, z.view(), y.view(), {0, rows}, {0, panels}});
  std::vector<double> losses(rows);
  LossArgs<double> args;
  args.activation = activation;
  args.outputs = y.view().as_const();
  args.sums = z.view();
  args.targets = targets.view();
  args.losses = losses.data();
  args.rows = {0, rows};
  mse_kernel<double>(target)(args);
  double total = 0;
  for (const double loss : losses) total += loss;
  return total;
}

TEST(ElementLosses, mse_gradients_agree_with_finite_differences_through_every_activation) {
  Random random(test_seed());
  for (const Target target : available_targets()) {
    for (const Activation* activation : all_activations()) {
      SCOPED_TRACE(activation->name);
      const std::size_t rows = 4;
      const std::size_t outputs = 19;
      PanelMatrix<double> z(rows, outputs);
      PanelMatrix<double> targets(rows, outputs);
      z.fill(random, false, 1.0);
      targets.fill(random, false, 1.0);
      PanelMatrix<double> y = z;
      PanelMatrix<double> dz(rows, outputs);
      element_kernels<double>(target).activation(
          {activation, z.view().as_const(), y.view(), {0, rows}, {0, 2}});
      LossArgs<double> args;
      args.activation = activation;
      args.outputs = y.view().as_const();
      args.sums = z.view().as_const();
      args.targets = targets.view().as_const();
      args.dz = dz.view();
      args.rows = {0, rows};
      mse_kernel<double>(target)(args);
      const auto loss = [&](const PanelMatrix<double>& at) {
        return mse_loss(target, activation, at, targets);
      };
      for (std::size_t row = 0; row < rows; ++row) {
        for (std::size_t c = 0; c < outputs; ++c) {
          if (std::abs(z.view().at(row, c)) < 2 * kStep) continue;  // relu's corner
          EXPECT_NEAR(dz.view().at(row, c), slope(z, row, c, loss), 1e-8);
        }
      }
    }
  }
}

// Losses and errors of rows, with weights or without.
struct WeighedRows {
  std::vector<double> losses;
  std::vector<double> dz;
  std::vector<std::uint32_t> correct;
};

TEST(ElementLosses, a_weight_multiplies_the_loss_and_the_errors_of_its_row_alone) {
  Random random(test_seed());
  constexpr std::size_t kRows = 21;
  for (const Target target : available_targets()) {
    for (const std::size_t classes : {3, 16, 40}) {
      PanelMatrix<double> logits(kRows, classes);
      PanelMatrix<double> targets(kRows, classes);
      logits.fill(random, false, 2.0);
      targets.fill(random, false, 2.0);
      std::vector<std::uint32_t> labels;
      std::vector<double> weights;
      for (std::size_t row = 0; row < kRows; ++row) {
        labels.push_back(static_cast<std::uint32_t>(random.between(0, classes - 1)));
        weights.push_back(static_cast<double>(random.between(1, 40)) / 10);
      }
      const auto run = [&](bool squared, const double* sample_weights) {
        WeighedRows rows = {std::vector<double>(kRows), {}, std::vector<std::uint32_t>(kRows, 9)};
        PanelMatrix<double> dz(kRows, classes);
        if (squared) {
          LossArgs<double> args;
          args.activation = &activations::tanh();
          args.outputs = logits.view().as_const();
          args.targets = targets.view().as_const();
          args.dz = dz.view();
          args.losses = rows.losses.data();
          args.rows = {0, kRows};
          args.sample_weights = sample_weights;
          mse_kernel<double>(target)(args);
        } else {
          SoftmaxArgs<double> args;
          args.outputs = logits.view().as_const();
          args.labels = labels.data();
          args.dz = dz.view();
          args.losses = rows.losses.data();
          args.correct = rows.correct.data();
          args.rows = {0, kRows};
          args.sample_weights = sample_weights;
          softmax_kernel<double>(target)(args);
        }
        for (std::size_t row = 0; row < kRows; ++row) {
          for (std::size_t c = 0; c < classes; ++c) rows.dz.push_back(dz.view().at(row, c));
        }
        return rows;
      };
      for (const bool squared : {false, true}) {
        const WeighedRows plain = run(squared, nullptr);
        const WeighedRows weighed = run(squared, weights.data());
        EXPECT_EQ(weighed.correct, plain.correct);
        for (std::size_t row = 0; row < kRows; ++row) {
          EXPECT_EQ(weighed.losses[row], plain.losses[row] * weights[row]);
          for (std::size_t c = 0; c < classes; ++c) {
            const std::size_t at = row * classes + c;
            EXPECT_EQ(weighed.dz[at], plain.dz[at] * weights[row]);
          }
        }
      }
    }
  }
}

template <class T>
class SoftmaxTest : public testing::Test {
 protected:
  struct Row {
    T loss = 0;
    std::uint32_t correct = 9;
    std::vector<T> dz;
  };
  static Row run(Target target, const std::vector<T>& logits, std::uint32_t label,
                 double smoothing = 0) {
    PanelMatrix<T> z(1, logits.size());
    PanelMatrix<T> dz(1, logits.size());
    for (std::size_t c = 0; c < logits.size(); ++c) z.view().at(0, c) = logits[c];
    Row row;
    SoftmaxArgs<T> args;
    args.outputs = z.view().as_const();
    args.labels = &label;
    args.dz = dz.view();
    args.losses = &row.loss;
    args.correct = &row.correct;
    args.rows = {0, 1};
    args.smoothing = smoothing;
    softmax_kernel<T>(target)(args);
    for (std::size_t c = 0; c < logits.size(); ++c) row.dz.push_back(dz.view().at(0, c));
    return row;
  }
};
using SoftmaxTypes = testing::Types<float, double>;
TYPED_TEST_SUITE(SoftmaxTest, SoftmaxTypes);

TYPED_TEST(SoftmaxTest, ten_equal_logits_lose_the_logarithm_of_ten) {
  using T = TypeParam;
  for (const Target target : available_targets()) {
    const auto row = this->run(target, std::vector<T>(10, T{0}), 3);
    EXPECT_NEAR(row.loss, std::log(10.0), 4 * std::numeric_limits<T>::epsilon());
    EXPECT_NEAR(row.dz[0], 0.1, std::numeric_limits<T>::epsilon());
    EXPECT_NEAR(row.dz[3], -0.9, std::numeric_limits<T>::epsilon());
  }
}

TYPED_TEST(SoftmaxTest, logits_of_ten_thousand_stay_finite) {
  using T = TypeParam;
  for (const Target target : available_targets()) {
    for (const std::size_t classes : {3, 40}) {
      std::vector<T> logits(classes, T{-10000});
      logits[1] = T{10000};
      const auto right = this->run(target, logits, 1);
      EXPECT_EQ(right.loss, T{0});
      EXPECT_EQ(right.correct, 1U);
      EXPECT_EQ(right.dz[1], T{0});
      const auto wrong = this->run(target, logits, 0);
      EXPECT_EQ(wrong.loss, T{20000});
      EXPECT_EQ(wrong.correct, 0U);
      EXPECT_EQ(wrong.dz[0], T{-1});
      EXPECT_EQ(wrong.dz[1], T{1});
    }
  }
}

TYPED_TEST(SoftmaxTest, of_equal_logits_only_the_first_is_the_answer) {
  using T = TypeParam;
  for (const Target target : available_targets()) {
    for (const std::size_t classes : {10, 50}) {
      const std::vector<T> logits(classes, T{1});
      EXPECT_EQ(this->run(target, logits, 0).correct, 1U);
      EXPECT_EQ(this->run(target, logits, 1).correct, 0U);
      EXPECT_EQ(this->run(target, logits, static_cast<std::uint32_t>(classes - 1)).correct, 0U);
    }
  }
}

TYPED_TEST(SoftmaxTest, a_logit_that_is_not_a_number_is_a_loss_that_is_not_a_number) {
  using T = TypeParam;
  for (const Target target : available_targets()) {
    for (const std::size_t classes : {10, 50}) {
      for (const T bad :
           {std::numeric_limits<T>::quiet_NaN(), std::numeric_limits<T>::infinity()}) {
        std::vector<T> logits(classes, T{1});
        logits[classes - 1] = bad;
        const auto row = this->run(target, logits, 0);
        EXPECT_TRUE(std::isnan(row.loss));
        EXPECT_EQ(row.correct, 0U);
        EXPECT_TRUE(std::isnan(row.dz[0]));
      }
    }
  }
}

// Szegedy et al. (2016): (1 - a) times the loss of the label and a times the mean of all. Of two
// logits 0 and log 3 the probabilities are 1/4 and 3/4.
TYPED_TEST(SoftmaxTest, a_smoothed_label_asks_for_a_share_of_every_class) {
  using T = TypeParam;
  const auto tolerance = 8 * std::numeric_limits<T>::epsilon();
  for (const Target target : available_targets()) {
    const auto row = this->run(target, {T{0}, static_cast<T>(std::log(3.0))}, 1, 0.2);
    EXPECT_NEAR(row.loss, 0.9 * std::log(4.0 / 3) + 0.1 * std::log(4.0), tolerance);
    EXPECT_NEAR(row.dz[0], 0.25 - 0.1, tolerance);
    EXPECT_NEAR(row.dz[1], 0.75 - 0.9, tolerance);
    EXPECT_EQ(row.correct, 1U);
    for (const std::size_t classes : {10, 50}) {  // log(classes), whatever the smoothing
      const auto equal = this->run(target, std::vector<T>(classes, T{2}), 3, 0.3);
      const auto share = 1 / static_cast<double>(classes);
      EXPECT_NEAR(equal.loss, std::log(static_cast<double>(classes)), 4 * tolerance);
      EXPECT_NEAR(equal.dz[0], share - 0.3 * share, tolerance);
      EXPECT_NEAR(equal.dz[3], share - 0.3 * share - 0.7, tolerance);
    }
  }
}

TYPED_TEST(SoftmaxTest, a_smoothed_label_asks_the_same_of_few_and_of_many_classes) {
  using T = TypeParam;
  const double a = 0.1;
  for (const Target target : available_targets()) {
    for (const std::size_t classes : {3, 16, 17, 45}) {
      std::vector<T> logits;
      double sum = 0;
      double mean = 0;
      for (std::size_t c = 0; c < classes; ++c) {
        logits.push_back(static_cast<T>(c % 5) - T{1.5});
        sum += std::exp(double{logits[c]});
        mean += double{logits[c]} / static_cast<double>(classes);
      }
      const double expected = std::log(sum) - (1 - a) * double{logits[2]} - a * mean;
      const auto tolerance = 32 * std::numeric_limits<T>::epsilon();
      EXPECT_NEAR(this->run(target, logits, 2, a).loss, expected, tolerance);
    }
  }
}

TEST(ElementLosses, the_best_constant_answer_to_smoothed_labels_is_their_entropy) {
  const std::vector<double> shares = {1.0, 0.0};
  const auto sharp = make_loss("softmax_cross_entropy").value();
  EXPECT_EQ(sharp->constant_loss({shares, {}, {}}), 0.0);
  const auto smooth = make_loss("softmax_cross_entropy", {{"label_smoothing", 0.2}}).value();
  EXPECT_NEAR(smooth->constant_loss({shares, {}, {}}).value(), 0.3250829733914482, 1e-15);
}

}  // namespace
}  // namespace forknet::nn
