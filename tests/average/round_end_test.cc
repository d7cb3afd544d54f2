#include "average/round_end.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "average/model_memory.h"

namespace forknet::run {
namespace {

template <class T>
class RoundEnd : public ::testing::Test {
 protected:
  using Numbers = std::vector<T>;
  static constexpr T kNaN = std::numeric_limits<T>::quiet_NaN();

  // 7 rows: 4 for the first model, 3 for the second one; two steps of at most 2 rows an epoch.
  data::Sampler sampler_{1, 7, 2, true, {2, 0}};
  AverageConfig settings_;

  static ModelMemory<T> two_models(bool keeps = false, bool velocity = false) {
    ModelsShape shape = shape_of_models(2, sizeof(T), 3, 1);
    shape.keeps_moments = keeps;
    shape.has_velocity = velocity;
    ModelMemory<T> own(shape);
    const Numbers center = {10, 20, 30};
    std::copy(center.begin(), center.end(), own.center.parameters().begin());
    std::fill(own.center.moment(0).begin(), own.center.moment(0).end(), T{1});
    return own;
  }
  void end(ModelMemory<T>& own, std::uint64_t step) {
    end_round<T>(own.models, sampler_, settings_, step, own.center);
    EXPECT_EQ(own.models.center_step(), step);
  }
};
using Precisions = ::testing::Types<float, double>;
TYPED_TEST_SUITE(RoundEnd, Precisions);

TYPED_TEST(RoundEnd, rows_of_a_round_are_those_since_the_center) {
  auto own = this->two_models();
  const auto rows = [&](std::size_t m) { return rows_in_round(own.models, m, this->sampler_); };
  EXPECT_EQ(rows(0), 0U);
  own.models.commits(0).begin(1);
  own.models.commits(1).begin(2);
  EXPECT_EQ(rows(0), 2U);
  EXPECT_EQ(rows(1), 3U) << "a batch and a short one";
  own.models.put_center(1, 1);
  EXPECT_EQ(rows(0), 0U);
  EXPECT_EQ(rows(1), 1U);
  own.models.commits(1).begin(5);  // the rest of an epoch, an epoch, a batch of the next one
  EXPECT_EQ(rows(1), 1U + 3 + 2);
}

TYPED_TEST(RoundEnd, the_center_becomes_the_mean_weighted_by_rows) {
  using T = TypeParam;
  auto own = this->two_models();
  own.trained(0, 2, {7, 14, T(3.5)}, 2);
  own.trained(1, 2, {14, 0, 7}, 9);
  this->end(own, 2);
  // (4 a + 3 b) / 7
  EXPECT_EQ(copied(own.center.parameters()), (std::vector<T>{10, 8, 5}));
  EXPECT_EQ(copied(own.center.moment(0)), (std::vector<T>(3, 5)));
  EXPECT_EQ(own.models.center_version(), 1U);
  own.center.turn_to(0);
  EXPECT_EQ(copied(own.center.parameters()), (std::vector<T>{10, 20, 30})) << "the last one stays";
}

// A Supervisor that dies before the new center is set ends the round again.
TYPED_TEST(RoundEnd, a_round_ended_twice_is_a_round_ended_once) {
  using T = TypeParam;
  for (const bool keeps : {false, true}) {
    auto own = this->two_models(keeps, true);
    this->settings_.outer_lr = 0.5;
    this->settings_.outer_momentum = 0.5;
    own.trained(0, 2, {7, 14, T(3.5)}, 2);
    own.trained(1, 2, {14, 0, 7}, 9);
    this->end(own, 2);
    const auto once = copied(own.center.parameters());
    const auto velocity = copied(own.models.velocity(1));
    own.models.put_center(0, 0);
    own.center.turn_to(0);
    this->end(own, 2);
    EXPECT_EQ(copied(own.center.parameters()), once);
    EXPECT_EQ(copied(own.models.velocity(1)), velocity);
  }
}

TYPED_TEST(RoundEnd, moments_can_begin_at_zero) {
  using T = TypeParam;
  auto own = this->two_models();
  this->settings_.moments = AverageMoments::reset;
  own.trained(0, 2, {7, 14, 0}, 2);
  own.trained(1, 2, {14, 0, 7}, 9);
  this->end(own, 2);
  EXPECT_EQ(copied(own.center.moment(0)), (std::vector<T>(3, 0)));
  EXPECT_EQ(own.center.parameters()[0], T{10});
}

TYPED_TEST(RoundEnd, moments_can_stay_each_models_own) {
  using T = TypeParam;
  auto own = this->two_models(true);
  this->settings_.moments = AverageMoments::keep;
  own.trained(0, 2, {7, 14, 0}, 2);
  own.trained(1, 2, {14, 0, 7}, 9);
  this->end(own, 2);
  for (std::size_t m = 0; m < 2; ++m) own.models.seed(m, own.center);
  EXPECT_EQ(copied(own.models.weights(0).moment(0)), (std::vector<T>(3, 2)));
  EXPECT_EQ(copied(own.models.weights(1).moment(0)), (std::vector<T>(3, 9)));
  EXPECT_EQ(copied(own.models.weights(1).parameters()), copied(own.center.parameters()));
}

// Its moments are as corrupt as its weights: it continues with the mean of the others'.
TYPED_TEST(RoundEnd, a_model_that_is_left_out_counts_in_nothing) {
  using T = TypeParam;
  auto own = this->two_models(true);
  this->settings_.moments = AverageMoments::keep;
  own.trained(0, 2, {7, 14, 0}, 2);
  own.trained(1, 2, {this->kNaN, 0, 7}, this->kNaN);
  own.models.leave_out(1, 2);
  std::vector<T> now(3);
  mean_now<T>(own.models, this->sampler_, std::as_const(own.center).parameters(), now);
  EXPECT_EQ(now, (std::vector<T>{7, 14, 0}));
  this->end(own, 2);
  EXPECT_EQ(copied(own.center.parameters()), (std::vector<T>{7, 14, 0}));
  for (std::size_t m = 0; m < 2; ++m) {
    own.models.seed(m, own.center);
    EXPECT_EQ(copied(own.models.weights(m).moment(0)), (std::vector<T>(3, 2))) << m;
  }
}

// The last step of an epoch has rows for the first model only, and that one is left out.
TYPED_TEST(RoundEnd, the_center_stays_where_nobody_counts) {
  using T = TypeParam;
  const data::Sampler sampler(1, 3, 1, true, {2, 0});
  auto own = this->two_models(true, true);
  this->settings_.moments = AverageMoments::keep;
  own.models.put_center(1, 0);
  own.trained(0, 2, {this->kNaN, 0, 0}, 5);
  own.trained(1, 2, {10, 20, 30}, 1);
  own.models.leave_out(0, 2);
  ASSERT_EQ(rows_in_round(own.models, 1, sampler), 0U);
  end_round<T>(own.models, sampler, this->settings_, 2, own.center);
  EXPECT_EQ(own.models.center_step(), 2U);
  EXPECT_EQ(copied(own.center.parameters()), (std::vector<T>{10, 20, 30}));
  EXPECT_EQ(copied(own.center.moment(0)), (std::vector<T>(3, 1)));
}

TYPED_TEST(RoundEnd, the_mean_before_anybody_has_left_the_center_is_the_center) {
  using T = TypeParam;
  auto own = this->two_models();
  std::vector<T> now(3);
  mean_now<T>(own.models, this->sampler_, std::as_const(own.center).parameters(), now);
  EXPECT_EQ(now, (std::vector<T>{10, 20, 30}));
}

TYPED_TEST(RoundEnd, an_outer_step_goes_along_the_change_of_the_round) {
  using T = TypeParam;
  auto own = this->two_models(false, true);
  this->settings_.outer_lr = 0.5;
  this->settings_.outer_momentum = 0.5;
  own.trained(0, 2, {2, 20, 30});
  own.trained(1, 2, {2, 20, 30});
  this->end(own, 2);
  // change 8: velocity 8, 10 - 0.5 * (8 + 0.5 * 8)
  EXPECT_EQ(copied(own.models.velocity(1)), (std::vector<T>{8, 0, 0}));
  EXPECT_EQ(copied(own.center.parameters()), (std::vector<T>{4, 20, 30}));
  own.trained(0, 4, {4, 20, 30});
  own.trained(1, 4, {4, 20, 30});
  this->end(own, 4);
  // change 0: velocity 0.5 * 8, 4 - 0.5 * (0.5 * 4)
  EXPECT_EQ(copied(own.models.velocity(0)), (std::vector<T>{4, 0, 0}));
  EXPECT_EQ(copied(own.center.parameters()), (std::vector<T>{3, 20, 30}));
}

TYPED_TEST(RoundEnd, a_single_model_becomes_the_center_to_the_bit) {
  using T = TypeParam;
  const data::Sampler sampler(1, 7, 2, true, {1, 0});
  for (const auto moments : {AverageMoments::mean, AverageMoments::keep, AverageMoments::reset}) {
    ModelMemory<T> own(shape_of_models(1, sizeof(T)));
    this->settings_.moments = moments;
    own.trained(0, 4, {T(0.1), T(-0.0), T(1e-30)}, T(0.3));
    end_round<T>(own.models, sampler, this->settings_, 4, own.center);
    EXPECT_EQ(copied(own.center.parameters()), (std::vector<T>{T(0.1), T(-0.0), T(1e-30)}));
    EXPECT_TRUE(std::signbit(own.center.parameters()[1]));
    EXPECT_EQ(copied(own.center.moment(0)), (std::vector<T>(3, T(0.3))));
  }
}

TYPED_TEST(RoundEnd, finds_a_model_that_holds_no_numbers) {
  using T = TypeParam;
  auto own = this->two_models();
  own.trained(0, 2, {1, 2, 3});
  own.trained(1, 2, {1, 2, 3});
  EXPECT_EQ(find_poisoned(own.models), std::nullopt);
  own.trained(1, 2, {1, 2, 3}, std::numeric_limits<T>::infinity());
  EXPECT_EQ(find_poisoned(own.models), 1U) << "in its moments";
  own.trained(0, 2, {1, this->kNaN, 3});
  EXPECT_EQ(find_poisoned(own.models), 0U);
  own.models.leave_out(0, 2);
  EXPECT_EQ(find_poisoned(own.models), 1U);
  own.models.leave_out(1, 2);
  EXPECT_EQ(find_poisoned(own.models), std::nullopt);
}

}  // namespace
}  // namespace forknet::run
