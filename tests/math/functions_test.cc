// Errors of forknet's own functions against libm on every target, and their behaviour at the edges.
// element_kernels_test.cc compares bits with the reference.
#include "math/functions.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <numbers>

#include "element_testing.h"

namespace forknet::math {
namespace {

template <class T>
constexpr T kInfinity = std::numeric_limits<T>::infinity();

// The oracle of T: libm with more digits.
template <class T>
using Wide = std::conditional_t<std::is_same_v<T, float>, double, long double>;

template <class T>
Wide<T> true_value(Function function, Wide<T> x) {
  const Wide<T> turn = 2 * std::numbers::pi_v<Wide<T>>;
  switch (function) {
    case Function::exp:
      return std::exp(x);
    case Function::log:
      return std::log(x);
    case Function::tanh:
      return std::tanh(x);
    case Function::sigmoid:
      return 1 / (1 + std::exp(-x));
    case Function::sin_two_pi:
      // sin(pi - x) = sin x, exactly where x is: the oracle's pi is rounded as well.
      return x > Wide<T>{0.375} && x < Wide<T>{0.625} ? std::sin(turn * (Wide<T>{0.5} - x))
                                                      : std::sin(turn * (x > 0.5 ? x - 1 : x));
    case Function::cos_two_pi:
      return x < Wide<T>{0.5} ? std::sin(turn * (Wide<T>{0.25} - x))
                              : std::sin(turn * (x - Wide<T>{0.75}));
    case Function::expm1:
      return std::expm1(x);
    case Function::log1p:
      return std::log1p(x);
    case Function::normal:
      return std::erfc(-x / std::numbers::sqrt2_v<Wide<T>>) / 2;
  }
  return 0;
}

// The distance in units of the last place that T has at the true value.
template <class T>
double ulps(T got, Wide<T> expected) {
  int exponent = 0;
  std::frexp(expected, &exponent);
  const int place = std::max(exponent - std::numeric_limits<T>::digits,
                             std::numeric_limits<T>::min_exponent - std::numeric_limits<T>::digits);
  return static_cast<double>(std::abs(std::ldexp(static_cast<Wide<T>>(got) - expected, -place)));
}

template <class T>
std::vector<T> mapped(Target target, Function function, const std::vector<T>& in) {
  std::vector<T> out(in.size());
  element_kernels<T>(target).map(function, in, out);
  return out;
}

template <class T>
T one(Target target, Function function, T x) {
  return mapped(target, function, std::vector<T>{x})[0];
}

template <class T>
class FunctionsTest : public testing::Test {
 protected:
  // The largest error over `count` numbers spread evenly over [least, most] and near its ends.
  static void expect_within(Function function, double least, double most, double limit) {
    Random random(test_seed());
    std::vector<T> in;
    for (int i = 0; i < 50000; ++i) {
      const double share = static_cast<double>(random.between(0, 1ULL << 53)) * 0x1p-53;
      const T x = static_cast<T>(least + (most - least) * share);
      in.push_back(std::clamp(x, static_cast<T>(least), static_cast<T>(most)));
    }
    in.push_back(static_cast<T>(least));
    for (const Target target : available_targets()) {
      const std::vector<T> out = mapped(target, function, in);
      double worst = 0;
      T at = 0;
      for (std::size_t i = 0; i < in.size(); ++i) {
        const double distance = ulps<T>(out[i], true_value<T>(function, in[i]));
        if (!(distance <= worst)) {
          worst = distance;
          at = in[i];
        }
      }
      EXPECT_LE(worst, limit) << target_name(target) << " function " << static_cast<int>(function)
                              << " at " << testing::PrintToString(at);
    }
  }
};
using Types = testing::Types<float, double>;
TYPED_TEST_SUITE(FunctionsTest, Types);

template <class T>
constexpr bool kIsFloat = std::is_same_v<T, float>;

TYPED_TEST(FunctionsTest, exp_is_within_one_unit_in_the_last_place) {
  using K = FunctionConstants<TypeParam>;
  this->expect_within(Function::exp, K::kExpLeast, K::kExpMost, 1.0);
  this->expect_within(Function::exp, -1.0, 1.0, 1.0);
  this->expect_within(Function::exp, -1e-4, 1e-4, 1.0);
}

TYPED_TEST(FunctionsTest, log_is_within_one_unit_in_the_last_place) {
  this->expect_within(Function::log, kIsFloat<TypeParam> ? 1e-37 : 1e-300, 1e30, 1.0);
  this->expect_within(Function::log, 0.25, 4.0, 1.0);
  this->expect_within(Function::log, 0.999, 1.001, 1.0);
  const double least_normal = FunctionConstants<TypeParam>::kLeastNormal;
  this->expect_within(Function::log, least_normal * 1e-6, least_normal, 1.0);
}

TYPED_TEST(FunctionsTest, tanh_is_within_two_units_in_the_last_place) {
  this->expect_within(Function::tanh, -25.0, 25.0, 2.0);
  this->expect_within(Function::tanh, -1.0, 1.0, 2.0);
  this->expect_within(Function::tanh, 0.0, 1e-5, 2.0);
  this->expect_within(Function::tanh, 0.0, FunctionConstants<TypeParam>::kLeastNormal, 2.0);
}

TYPED_TEST(FunctionsTest, sigmoid_is_within_three_units_in_the_last_place) {
  this->expect_within(Function::sigmoid, kIsFloat<TypeParam> ? -87.0 : -708.0, 40.0, 3.0);
  this->expect_within(Function::sigmoid, -10.0, 10.0, 3.0);
}

TYPED_TEST(FunctionsTest, sine_and_cosine_are_within_two_units_in_the_last_place) {
  const double most = 1.0 - std::numeric_limits<TypeParam>::epsilon();
  this->expect_within(Function::sin_two_pi, 0.0, most, 2.0);
  this->expect_within(Function::cos_two_pi, 0.0, most, 2.0);
  this->expect_within(Function::sin_two_pi, 0.499, 0.501, 2.0);
  this->expect_within(Function::cos_two_pi, 0.249, 0.251, 2.0);
}

TYPED_TEST(FunctionsTest, expm1_is_within_two_units_in_the_last_place) {
  this->expect_within(Function::expm1, FunctionConstants<TypeParam>::kExpLeast, 0.0, 2.0);
  this->expect_within(Function::expm1, -2.0, 0.0, 2.0);
  this->expect_within(Function::expm1, -1e-3, 0.0, 2.0);
  this->expect_within(Function::expm1, -FunctionConstants<TypeParam>::kLeastNormal, 0.0, 2.0);
}

TYPED_TEST(FunctionsTest, log1p_is_within_two_units_in_the_last_place) {
  this->expect_within(Function::log1p, 0.0, 1.0, 2.0);
  this->expect_within(Function::log1p, 0.4, 0.43, 2.0);
  this->expect_within(Function::log1p, 0.0, 1e-3, 2.0);
  this->expect_within(Function::log1p, 0.0, FunctionConstants<TypeParam>::kLeastNormal, 2.0);
}

// Also far out, where it is tiny: down to the least normal numbers of T.
TYPED_TEST(FunctionsTest, the_normal_distribution_is_within_eight_units_in_the_last_place) {
  this->expect_within(Function::normal, kIsFloat<TypeParam> ? -12.9 : -37.5, 40.0, 8.0);
  this->expect_within(Function::normal, -6.0, 6.0, 8.0);
  this->expect_within(Function::normal, -1.0, 1.0, 8.0);
}

TYPED_TEST(FunctionsTest, exp_of_the_edges_is_defined) {
  using T = TypeParam;
  using K = FunctionConstants<T>;
  for (const Target target : available_targets()) {
    SCOPED_TRACE(target_name(target));
    const auto exp = [&](T x) { return one(target, Function::exp, x); };
    EXPECT_EQ(exp(T{0}), T{1});
    EXPECT_EQ(exp(-T{0}), T{1});
    EXPECT_EQ(exp(-kInfinity<T>), T{0});
    EXPECT_FALSE(std::signbit(exp(-kInfinity<T>)));
    EXPECT_EQ(exp(kInfinity<T>), kInfinity<T>);
    EXPECT_TRUE(std::isnan(exp(std::numeric_limits<T>::quiet_NaN())));
    EXPECT_TRUE(std::isnan(exp(-std::numeric_limits<T>::quiet_NaN())));
    // The least normal result, then zero; the largest finite result, then infinity.
    EXPECT_GE(exp(K::kExpLeast), std::numeric_limits<T>::min());
    EXPECT_EQ(exp(std::nextafter(K::kExpLeast, -kInfinity<T>)), T{0});
    EXPECT_LT(exp(K::kExpMost), kInfinity<T>);
    EXPECT_EQ(exp(std::nextafter(K::kExpMost, kInfinity<T>)), kInfinity<T>);
    EXPECT_EQ(exp(std::numeric_limits<T>::max()), kInfinity<T>);
    EXPECT_EQ(exp(std::numeric_limits<T>::lowest()), T{0});
    EXPECT_EQ(exp(std::numeric_limits<T>::denorm_min()), T{1});
  }
}

TYPED_TEST(FunctionsTest, log_of_the_edges_is_defined) {
  using T = TypeParam;
  for (const Target target : available_targets()) {
    SCOPED_TRACE(target_name(target));
    const auto log = [&](T x) { return one(target, Function::log, x); };
    EXPECT_EQ(log(T{0}), -kInfinity<T>);
    EXPECT_EQ(log(-T{0}), -kInfinity<T>);
    EXPECT_TRUE(std::isnan(log(T{-1})));
    EXPECT_TRUE(std::isnan(log(-kInfinity<T>)));
    EXPECT_TRUE(std::isnan(log(-std::numeric_limits<T>::denorm_min())));
    EXPECT_TRUE(std::isnan(log(std::numeric_limits<T>::quiet_NaN())));
    EXPECT_EQ(log(kInfinity<T>), kInfinity<T>);
    EXPECT_TRUE(same_bits(log(T{1}), T{0}));
    EXPECT_LE(ulps<T>(log(std::numeric_limits<T>::denorm_min()),
                      std::log(static_cast<Wide<T>>(std::numeric_limits<T>::denorm_min()))),
              1.0);
  }
}

TYPED_TEST(FunctionsTest, tanh_and_sigmoid_of_the_edges_are_defined) {
  using T = TypeParam;
  for (const Target target : available_targets()) {
    SCOPED_TRACE(target_name(target));
    const auto tanh = [&](T x) { return one(target, Function::tanh, x); };
    const auto sigmoid = [&](T x) { return one(target, Function::sigmoid, x); };
    EXPECT_EQ(tanh(kInfinity<T>), T{1});
    EXPECT_EQ(tanh(-kInfinity<T>), T{-1});
    EXPECT_TRUE(same_bits(tanh(T{0}), T{0}));
    EXPECT_TRUE(same_bits(tanh(-T{0}), -T{0}));
    EXPECT_EQ(tanh(std::numeric_limits<T>::denorm_min()), std::numeric_limits<T>::denorm_min());
    EXPECT_TRUE(std::isnan(tanh(std::numeric_limits<T>::quiet_NaN())));
    EXPECT_EQ(sigmoid(T{0}), T{0.5});
    EXPECT_EQ(sigmoid(kInfinity<T>), T{1});
    EXPECT_EQ(sigmoid(-kInfinity<T>), T{0});
    EXPECT_TRUE(std::isnan(sigmoid(std::numeric_limits<T>::quiet_NaN())));
  }
}

TYPED_TEST(FunctionsTest, expm1_log1p_and_the_normal_distribution_of_the_edges_are_defined) {
  using T = TypeParam;
  const T nan = std::numeric_limits<T>::quiet_NaN();
  const T far = FunctionConstants<T>::kExpLeast * T{2};
  for (const Target target : available_targets()) {
    SCOPED_TRACE(target_name(target));
    EXPECT_EQ(one(target, Function::expm1, T{0}), T{0});
    EXPECT_EQ(one(target, Function::expm1, far), T{-1});
    EXPECT_EQ(one(target, Function::expm1, -kInfinity<T>), T{-1});
    EXPECT_TRUE(std::isnan(one(target, Function::expm1, nan)));
    EXPECT_EQ(one(target, Function::log1p, T{0}), T{0});
    EXPECT_TRUE(std::isnan(one(target, Function::log1p, nan)));
    EXPECT_NEAR(one(target, Function::normal, T{0}), T{0.5},
                T{2} * std::numeric_limits<T>::epsilon());
    EXPECT_EQ(one(target, Function::normal, far), T{0});
    EXPECT_EQ(one(target, Function::normal, std::numeric_limits<T>::lowest()), T{0});
    EXPECT_EQ(one(target, Function::normal, -kInfinity<T>), T{0});
    EXPECT_EQ(one(target, Function::normal, -far), T{1});
    EXPECT_EQ(one(target, Function::normal, std::numeric_limits<T>::max()), T{1});
    EXPECT_EQ(one(target, Function::normal, kInfinity<T>), T{1});
    EXPECT_TRUE(std::isnan(one(target, Function::normal, nan)));
  }
}

TYPED_TEST(FunctionsTest, sine_and_cosine_of_quarter_turns_are_exact) {
  using T = TypeParam;
  for (const Target target : available_targets()) {
    const auto sin = [&](double x) { return one(target, Function::sin_two_pi, static_cast<T>(x)); };
    const auto cos = [&](double x) { return one(target, Function::cos_two_pi, static_cast<T>(x)); };
    EXPECT_EQ(sin(0.0), T{0});
    EXPECT_EQ(sin(0.25), T{1});
    EXPECT_EQ(sin(0.5), T{0});
    EXPECT_EQ(sin(0.75), T{-1});
    EXPECT_EQ(cos(0.0), T{1});
    EXPECT_EQ(cos(0.25), T{0});
    EXPECT_EQ(cos(0.5), T{-1});
    EXPECT_EQ(cos(0.75), T{0});
  }
}

// FNV-1a over the bytes of the numbers.
template <class T>
std::uint64_t fingerprint(const std::vector<T>& numbers) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const T number : numbers) {
    const auto bytes = std::bit_cast<std::array<unsigned char, sizeof(T)>>(number);
    for (const unsigned char byte : bytes) hash = (hash ^ byte) * 0x100000001b3;
  }
  return hash;
}

template <class T>
std::uint64_t fingerprint_of(Target target, Function function, double least, double most) {
  std::vector<T> in(5000);
  element_kernels<T>(target).uniforms(1, Purpose::weights, 2, 3, in);
  for (T& x : in) {
    x = static_cast<T>(least) + (x + T{1}) * static_cast<T>((most - least) / 2);
  }
  return fingerprint(mapped(target, function, in));
}

// Every compiler and CPU must produce these digests.
TEST(FunctionBits, bits_are_the_same_on_every_machine) {
  for (const Target target : available_targets()) {
    SCOPED_TRACE(target_name(target));
    EXPECT_EQ(fingerprint_of<float>(target, Function::exp, -90, 90), 0xdc7f229983d31ab1ULL);
    EXPECT_EQ(fingerprint_of<float>(target, Function::log, 0, 8), 0x7cc73f23f2b32a28ULL);
    EXPECT_EQ(fingerprint_of<float>(target, Function::tanh, -10, 10), 0x3fdee726340d9b00ULL);
    EXPECT_EQ(fingerprint_of<float>(target, Function::sigmoid, -90, 20), 0x1b9b5f42db7520fdULL);
    EXPECT_EQ(fingerprint_of<float>(target, Function::sin_two_pi, 0, 1), 0x70862d009a6fc72cULL);
    EXPECT_EQ(fingerprint_of<double>(target, Function::exp, -710, 710), 0xeca422895ca0d51cULL);
    EXPECT_EQ(fingerprint_of<double>(target, Function::log, 0, 8), 0x2da2f8ac9d4970ccULL);
    EXPECT_EQ(fingerprint_of<double>(target, Function::tanh, -20, 20), 0x0469ec773749ebd6ULL);
    EXPECT_EQ(fingerprint_of<double>(target, Function::sigmoid, -700, 40), 0xd9206bf69eca1f8cULL);
    EXPECT_EQ(fingerprint_of<double>(target, Function::cos_two_pi, 0, 1), 0xf5f80a04b40c801fULL);
    EXPECT_EQ(fingerprint_of<float>(target, Function::expm1, -90, 0), 0xfb18ae701dc06accULL);
    EXPECT_EQ(fingerprint_of<float>(target, Function::log1p, 0, 1), 0xf23b61acab9de483ULL);
    EXPECT_EQ(fingerprint_of<float>(target, Function::normal, -14, 14), 0xaaae89b9d1367555ULL);
    EXPECT_EQ(fingerprint_of<double>(target, Function::expm1, -710, 0), 0xad49f4b9a1099cefULL);
    EXPECT_EQ(fingerprint_of<double>(target, Function::log1p, 0, 1), 0xf1b5657fd6142efeULL);
    EXPECT_EQ(fingerprint_of<double>(target, Function::normal, -40, 40), 0xb9456c9d96f9886fULL);
  }
}

}  // namespace
}  // namespace forknet::math
