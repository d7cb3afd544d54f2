#include "math/model_mean.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace forknet::math {
namespace {

template <class T>
class ModelMean : public ::testing::Test {};
using Precisions = ::testing::Types<float, double>;
TYPED_TEST_SUITE(ModelMean, Precisions);

template <class T>
std::vector<T> drawn(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  std::vector<T> numbers(count);
  for (T& number : numbers) number = static_cast<T>(normal(random));
  return numbers;
}

template <class T>
std::vector<T> mean(const std::vector<std::vector<T>>& models,
                    const std::vector<std::uint64_t>& rows) {
  std::vector<ModelPart<T>> parts;
  for (std::size_t i = 0; i < models.size(); ++i) parts.push_back({models[i], rows[i]});
  std::vector<T> out(models[0].size(), T{-77});
  mean_of<T>(parts, out);
  return out;
}

TYPED_TEST(ModelMean, weighs_models_by_their_rows) {
  using T = TypeParam;
  // (3 * 1 + 1 * 5) / 4, (3 * -2 + 1 * 2) / 4, (3 * 0.5 + 1 * 8.5) / 4
  EXPECT_EQ(mean<T>({{1, -2, T(0.5)}, {5, 2, T(8.5)}}, {3, 1}), (std::vector<T>{2, -1, T(2.5)}));
  // (1 + 2 * 4 + 5 * 7) / 8
  EXPECT_EQ(mean<T>({{1}, {4}, {7}}, {1, 2, 5}), (std::vector<T>{T(5.5)}));
}

TYPED_TEST(ModelMean, of_one_model_is_that_model_to_the_bit) {
  using T = TypeParam;
  std::vector<T> model = drawn<T>(3000, 1);
  model[0] = T(-0.0);
  model[1] = std::numeric_limits<T>::denorm_min();
  model[2] = std::numeric_limits<T>::max();
  for (const std::uint64_t rows : {1U, 3U, 1000U}) {
    const auto out = mean<T>({model}, {rows});
    EXPECT_EQ(out, model);
    EXPECT_TRUE(std::signbit(out[0]));
  }
}

// Models in ascending order in fp64, one division, one rounding; over the borders of its blocks.
TYPED_TEST(ModelMean, has_the_order_that_is_written_down) {
  using T = TypeParam;
  for (const std::size_t count : {1U, 1023U, 1024U, 1025U, 5000U}) {
    const std::vector<std::vector<T>> models = {drawn<T>(count, 1), drawn<T>(count, 2),
                                                drawn<T>(count, 3), drawn<T>(count, 4)};
    const std::vector<std::uint64_t> rows = {13, 1, 700, 12};
    std::vector<T> expected(count);
    for (std::size_t i = 0; i < count; ++i) {
      double sum = 0;
      for (std::size_t m = 0; m < models.size(); ++m) {
        sum += static_cast<double>(rows[m]) * static_cast<double>(models[m][i]);
      }
      expected[i] = static_cast<T>(sum / 726.0);
    }
    EXPECT_EQ(mean<T>(models, rows), expected) << count;
  }
}

TYPED_TEST(ModelMean, of_equal_models_is_close_to_them_and_of_two_symmetrical) {
  using T = TypeParam;
  const auto one = drawn<T>(2000, 5);
  const auto other = drawn<T>(2000, 6);
  EXPECT_EQ(mean<T>({one, other}, {4, 4}), mean<T>({other, one}, {4, 4}));
  EXPECT_EQ(mean<T>({one, one}, {8, 8}), one) << "powers of two are exact";
}

TYPED_TEST(ModelMean, an_outer_step_is_nesterovs) {
  using T = TypeParam;
  const std::vector<T> anchor = {1, 2, -3};
  const std::vector<T> mean = {T(0.5), 4, -3};
  const std::vector<T> velocity = {2, 0, T(-0.25)};
  std::vector<T> next(3);
  std::vector<T> out(3);
  // change: 0.5, -2, 0; velocity' = velocity / 2 + change: 1.5, -2, -0.125
  // out = anchor - 0.75 * (change + velocity' / 2): change + ...: 1.25, -3, -0.0625
  take_outer_step<T>({0.75, 0.5}, {anchor, mean, velocity, next, out});
  EXPECT_EQ(next, (std::vector<T>{T(1.5), -2, T(-0.125)}));
  EXPECT_EQ(out, (std::vector<T>{T(0.0625), T(4.25), T(-2.953125)}));
}

TYPED_TEST(ModelMean, an_outer_step_may_be_taken_in_place) {
  using T = TypeParam;
  const auto anchor = drawn<T>(100, 1);
  const auto mean = drawn<T>(100, 2);
  const auto velocity = drawn<T>(100, 3);
  const OuterRule rule = {0.7, 0.9};
  std::vector<T> next(100);
  std::vector<T> out(100);
  take_outer_step<T>(rule, {anchor, mean, velocity, next, out});
  auto own_velocity = velocity;
  auto own_anchor = anchor;
  take_outer_step<T>(rule, {own_anchor, mean, own_velocity, own_velocity, own_anchor});
  EXPECT_EQ(own_anchor, out);
  EXPECT_EQ(own_velocity, next);
  own_velocity = velocity;
  auto own_mean = mean;
  take_outer_step<T>(rule, {anchor, own_mean, own_velocity, own_velocity, own_mean});
  EXPECT_EQ(own_mean, out);
}

TYPED_TEST(ModelMean, an_outer_step_of_one_without_momentum_is_plain) {
  EXPECT_TRUE(OuterRule{}.plain());
  EXPECT_FALSE((OuterRule{0.5, 0}.plain()));
  EXPECT_FALSE((OuterRule{1, 0.1}.plain()));
}

TYPED_TEST(ModelMean, finds_what_is_no_finite_number_wherever_it_stands) {
  using T = TypeParam;
  using Limits = std::numeric_limits<T>;
  EXPECT_TRUE(all_finite<T>({}));
  for (const std::size_t count : {1U, 15U, 16U, 17U, 40U}) {
    std::vector<T> numbers(count, Limits::max());
    numbers[0] = Limits::denorm_min();
    ASSERT_TRUE(all_finite<T>(numbers));
    for (std::size_t i = 0; i < count; ++i) {
      for (const T bad : {Limits::quiet_NaN(), Limits::infinity(), -Limits::infinity()}) {
        auto with = numbers;
        with[i] = bad;
        ASSERT_FALSE(all_finite<T>(with)) << i << " of " << count << ": " << bad;
      }
    }
  }
}

}  // namespace
}  // namespace forknet::math
