// Losses that a program registers, and check_loss() of forknet/testing.h.
#include "own_losses.h"

#include <forknet/testing.h>
#include <gtest/gtest.h>

#include <array>

#include "math/element_testing.h"
#include "nn/losses/list.h"
#include "nn/losses/softmax_cross_entropy/softmax_cross_entropy.h"

namespace forknet::nn {
namespace {

// Wrong in one way each, by its name.
class Faulty : public RowLossOf<Faulty> {
 public:
  explicit Faulty(std::string_view fault) : fault_(fault) {}
  template <class T>
  T loss(std::span<const T> outputs, const RowTarget<T>& target, std::span<T> errors) const {
    T sum = 0;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const T difference = outputs[i] - target.numbers[i];
      sum += difference * difference;
      errors[i] = (fault_ == "slope" ? T{1} : T{2}) * difference;
    }
    if (fault_ == "state") sum += static_cast<T>(++calls_);
    if (fault_ == "nan" && sum > 4) sum = std::numeric_limits<T>::quiet_NaN();
    return sum;
  }

 private:
  std::string_view fault_;
  mutable int calls_ = 0;
};

Status register_faulty(const char* fault) {
  return register_loss({.name = std::string("faulty_") + fault},
                       [fault](const Settings&) { return std::make_shared<const Faulty>(fault); });
}

// Before any test, as a program registers in main: no list has been read.
struct Registered {
  bool own = register_own_losses();
  bool faulty = register_faulty("slope").ok() && register_faulty("state").ok() &&
                register_faulty("nan").ok() && register_faulty("none").ok();
  Status again = register_loss<OwnEntropy>({.name = "mse"});
  Status unnamed = register_loss<OwnEntropy>({.name = "two words"});
  Status taken_key =
      register_loss<OwnEntropy>({.name = "keyed", .settings = {{"layers", 0.5, "no"}}});
  Status another_default =
      register_loss<OwnEntropy>({.name = "keyed", .settings = {{"own_quantile", 0.25, "no"}}});
};
const Registered kRegistered;

bool says(const Status& status, std::string_view part) {
  return !status.ok() && status.error().message.find(part) != std::string::npos;
}

TEST(OwnLosses, are_listed_behind_the_built_in_ones) {
  EXPECT_TRUE(kRegistered.own);
  EXPECT_TRUE(kRegistered.faulty);
  EXPECT_EQ(loss_names().rfind("softmax_cross_entropy, binary_cross_entropy, mse, mae, huber, "
                               "quantile, poisson, own_quantile_loss",
                               0),
            0U);
}

TEST(OwnLosses, with_a_name_or_key_that_is_taken_are_refused) {
  EXPECT_TRUE(says(kRegistered.again, "\"mse\" cannot be registered: the name is taken"));
  EXPECT_TRUE(says(kRegistered.unnamed, "its name is not one of letters"));
  EXPECT_TRUE(says(kRegistered.taken_key, "its setting \"layers\" is reserved"));
  EXPECT_TRUE(
      says(kRegistered.another_default, "has another type or default in \"own_quantile_loss\""));
}

TEST(OwnLosses, are_refused_once_the_list_was_read) {
  (void)losses();
  EXPECT_TRUE(says(register_loss<OwnEntropy>({.name = "late"}), "it is too late"));
}

TEST(CheckLoss, holds_the_built_in_losses_and_right_ones_of_a_program) {
  for (const char* name : {"softmax_cross_entropy", "mse", "own_entropy", "faulty_none"}) {
    const Status status = check_loss(name);
    EXPECT_TRUE(status.ok()) << status.error().message;
  }
  const Status smooth = check_loss("softmax_cross_entropy", {{"label_smoothing", 0.1}});
  EXPECT_TRUE(smooth.ok()) << smooth.error().message;
  for (const double quantile : {0.1, 0.5, 0.9}) {
    const Status status = check_loss("own_quantile_loss", {{"own_quantile", quantile}});
    EXPECT_TRUE(status.ok()) << status.error().message;
  }
}

TEST(CheckLoss, names_the_fault_of_a_wrong_loss) {
  EXPECT_TRUE(says(check_loss("faulty_slope"), "the slope of the loss"));
  EXPECT_TRUE(says(check_loss("faulty_state"), "and in one call"));
  EXPECT_TRUE(says(check_loss("faulty_nan"), "the loss is nan"));
  EXPECT_TRUE(says(check_loss("no_such"), "expected one of softmax_cross_entropy, binary"));
  EXPECT_TRUE(says(check_loss("mse", {{"delta", 1.0}}), "\"delta\" is not a setting of mse"));
}

// What forknet adds to a row: both give the same numbers but for rounding.
TEST(OwnLosses, of_a_textbook_softmax_are_those_of_the_built_in_one) {
  for (const std::size_t classes : {3, 40}) {
    math::Random random(test_seed());
    constexpr std::size_t kRows = 21;
    math::PanelMatrix<double> logits(kRows, classes);
    logits.fill(random, false, 2.0);
    std::vector<std::uint32_t> labels;
    std::vector<double> weights;
    for (std::size_t row = 0; row < kRows; ++row) {
      labels.push_back(static_cast<std::uint32_t>(random.between(0, classes - 1)));
      weights.push_back(static_cast<double>(random.between(1, 40)) / 10);
    }
    std::array<std::vector<double>, 2> losses;
    std::array<std::vector<double>, 2> errors;
    std::array<std::vector<std::uint32_t>, 2> hits;
    for (const int own : {0, 1}) {
      const auto loss = make_loss(own == 1 ? "own_entropy" : "softmax_cross_entropy").value();
      math::PanelMatrix<double> dz(kRows, classes);
      math::PanelMatrix<double> transposed(classes, kRows);
      std::vector<double> scratch(loss->scratch_numbers(classes));
      losses[own].resize(kRows);
      hits[own].resize(kRows);
      LossArgs<double> args;
      args.outputs = logits.view().as_const();
      args.labels = labels.data();
      args.dz = dz.view();
      args.dz_transposed = transposed.view();
      args.losses = losses[own].data();
      args.correct = hits[own].data();
      args.rows = {0, kRows};
      args.sample_weights = weights.data();
      args.scratch = scratch.data();
      loss->take(math::best_target(), args);
      for (std::size_t row = 0; row < kRows; ++row) {
        for (std::size_t c = 0; c < classes; ++c) errors[own].push_back(dz.view().at(row, c));
      }
      loss->link(math::best_target(), logits.view());
      double sum = 0;
      for (std::size_t c = 0; c < classes; ++c) sum += logits.view().at(0, c);
      EXPECT_NEAR(sum, 1, 1e-12);
      random = math::Random(test_seed());
      logits.fill(random, false, 2.0);
    }
    EXPECT_EQ(hits[0], hits[1]);
    for (std::size_t row = 0; row < kRows; ++row)
      EXPECT_NEAR(losses[0][row], losses[1][row], 1e-13);
    for (std::size_t i = 0; i < errors[0].size(); ++i) {
      EXPECT_NEAR(errors[0][i], errors[1][i], 1e-13);
    }
  }
}

}  // namespace
}  // namespace forknet::nn
