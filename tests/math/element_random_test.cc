// Random numbers drawn by kernels: they are those of Philox and have the right distribution.
#include <gtest/gtest.h>

#include <cmath>

#include "base/philox.h"
#include "element_testing.h"

namespace forknet::math {
namespace {

template <class T>
class ElementRandomTest : public testing::Test {};
using Types = testing::Types<float, double>;
TYPED_TEST_SUITE(ElementRandomTest, Types);

constexpr std::size_t kDraws = 1 << 18;

struct Moments {
  double mean = 0, variance = 0, skewness = 0, kurtosis = 0;
};

template <class T>
Moments moments(const std::vector<T>& numbers) {
  const auto count = static_cast<double>(numbers.size());
  Moments m;
  for (const T x : numbers) m.mean += x / count;
  double third = 0;
  double fourth = 0;
  for (const T x : numbers) {
    const double d = x - m.mean;
    m.variance += d * d / count;
    third += d * d * d / count;
    fourth += d * d * d * d / count;
  }
  m.skewness = third / std::pow(m.variance, 1.5);
  m.kurtosis = fourth / (m.variance * m.variance);
  return m;
}

TYPED_TEST(ElementRandomTest, normal_numbers_have_the_moments_of_the_normal_distribution) {
  using T = TypeParam;
  for (const Target target : available_targets()) {
    std::vector<T> numbers(kDraws);
    element_kernels<T>(target).normals(1, Purpose::weights, 2, 3, numbers);
    const Moments m = moments(numbers);
    // Five standard errors of each.
    EXPECT_NEAR(m.mean, 0.0, 5 * std::sqrt(1.0 / kDraws));
    EXPECT_NEAR(m.variance, 1.0, 5 * std::sqrt(2.0 / kDraws));
    EXPECT_NEAR(m.skewness, 0.0, 5 * std::sqrt(6.0 / kDraws));
    EXPECT_NEAR(m.kurtosis, 3.0, 5 * std::sqrt(24.0 / kDraws));
  }
}

TYPED_TEST(ElementRandomTest, neighbours_of_a_pair_are_not_correlated) {
  using T = TypeParam;
  std::vector<T> numbers(kDraws);
  element_kernels<T>(best_target()).normals(5, Purpose::weights, 0, 0, numbers);
  for (const std::size_t step : {1, 2, 3, 4}) {
    double product = 0;
    for (std::size_t i = 0; i + step < kDraws; ++i) {
      product += static_cast<double>(numbers[i]) * static_cast<double>(numbers[i + step]);
    }
    EXPECT_NEAR(product / kDraws, 0.0, 5 * std::sqrt(1.0 / kDraws)) << step;
  }
}

TYPED_TEST(ElementRandomTest, uniform_numbers_fill_their_range_evenly) {
  using T = TypeParam;
  std::vector<T> numbers(kDraws);
  element_kernels<T>(best_target()).uniforms(1, Purpose::weights, 2, 3, numbers);
  std::array<double, 16> counts = {};
  for (const T x : numbers) {
    ASSERT_GE(x, T{-1});
    ASSERT_LT(x, T{1});
    ++counts[static_cast<std::size_t>((x + T{1}) * T{8})];
  }
  const double expected = kDraws / 16.0;
  double chi_squared = 0;
  for (const double count : counts) {
    chi_squared += (count - expected) * (count - expected) / expected;
  }
  EXPECT_LT(chi_squared, 44.3);  // 15 degrees of freedom, one in 10,000
}

TYPED_TEST(ElementRandomTest, numbers_do_not_depend_on_how_many_are_drawn) {
  using T = TypeParam;
  for (const Target target : available_targets()) {
    std::vector<T> many(100);
    std::vector<T> few(37);
    element_kernels<T>(target).normals(9, Purpose::weights, 8, 7, many);
    element_kernels<T>(target).normals(9, Purpose::weights, 8, 7, few);
    EXPECT_TRUE(std::equal(few.begin(), few.end(), many.begin()));
  }
}

TYPED_TEST(ElementRandomTest, the_first_normals_are_box_and_mullers_of_the_first_block) {
  using T = TypeParam;
  const PhiloxBlock block = random_block(42, Purpose::weights, 5, 6, 0);
  std::vector<T> numbers(4);
  element_kernels<T>(best_target()).normals(42, Purpose::weights, 5, 6, numbers);
  for (std::size_t pair = 0; pair < 4; pair += 2) {
    const double radius = std::sqrt(-2.0 * std::log((block[pair] + 1.0) * 0x1p-32));
    const double angle = 2.0 * M_PI * block[pair + 1] * 0x1p-32;
    EXPECT_NEAR(numbers[pair], radius * std::cos(angle), 1e-5);
    EXPECT_NEAR(numbers[pair + 1], radius * std::sin(angle), 1e-5);
  }
}

TYPED_TEST(ElementRandomTest, dropout_drops_the_share_that_was_asked_for) {
  using T = TypeParam;
  std::vector<std::uint32_t> samples(512);
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = static_cast<std::uint32_t>(i);
  for (const double rate : {0.0, 0.1, 0.5, 0.9}) {
    PanelMatrix<T> factors(512, 256);
    DropoutArgs<T> args;
    args.rate = rate;
    args.seed = 3;
    args.samples = samples.data();
    args.factors = factors.view();
    args.rows = {0, 512};
    args.panels = {0, 16};
    element_kernels<T>(best_target()).dropout(args);
    double dropped = 0;
    double sum = 0;
    for (std::size_t row = 0; row < 512; ++row) {
      for (std::size_t unit = 0; unit < 256; ++unit) {
        const T factor = factors.view().at(row, unit);
        dropped += factor == T{0} ? 1 : 0;
        sum += factor;
      }
    }
    const double count = 512.0 * 256.0;
    const double error = 5 * std::sqrt(rate * (1 - rate) / count);
    EXPECT_NEAR(dropped / count, rate, error + 1e-12);
    EXPECT_NEAR(sum / count, 1.0, error / (1 - rate) + 1e-6);  // the mean is kept
  }
}

TYPED_TEST(ElementRandomTest, a_sample_drops_the_same_units_in_whatever_row_it_lies) {
  using T = TypeParam;
  const std::uint32_t here[] = {11, 22, 33};
  const std::uint32_t there[] = {33, 11, 22};
  for (const Target target : available_targets()) {
    PanelMatrix<T> a(3, 40);
    PanelMatrix<T> b(3, 40);
    DropoutArgs<T> args;
    args.rate = 0.5;
    args.step = 4;
    args.layer = 2;
    args.rows = {0, 3};
    args.panels = {0, 3};
    args.samples = here;
    args.factors = a.view();
    element_kernels<T>(target).dropout(args);
    args.samples = there;
    args.factors = b.view();
    element_kernels<T>(target).dropout(args);
    for (std::size_t unit = 0; unit < 40; ++unit) {
      EXPECT_EQ(a.view().at(0, unit), b.view().at(1, unit));
      EXPECT_EQ(a.view().at(2, unit), b.view().at(0, unit));
    }
  }
}

}  // namespace
}  // namespace forknet::math
