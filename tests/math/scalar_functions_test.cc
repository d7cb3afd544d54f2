#include "math/scalar_functions.h"

#include <gtest/gtest.h>

#include <cmath>

namespace forknet::math {
namespace {

TEST(ScalarFunctions, powers_are_products_by_squaring) {
  EXPECT_EQ(power(0.9, 0), 1.0);
  EXPECT_EQ(power(0.9, 1), 0.9);
  EXPECT_EQ(power(2.0, 40), 0x1p40);
  EXPECT_EQ(power(0.9, 5), 0.9 * ((0.9 * 0.9) * (0.9 * 0.9)));
  EXPECT_EQ(power(0.0, 3), 0.0);
  EXPECT_NEAR(power(0.999, 10'000), std::pow(0.999, 10'000), 1e-16);
}

TEST(ScalarFunctions, powers_with_a_rest_take_it_by_exp_and_log) {
  EXPECT_EQ(real_power(0.9, 5.0), power(0.9, 5));
  EXPECT_EQ(real_power(0.0, 0.5), 0.0);
  EXPECT_EQ(real_power(1.0, 0.9), 1.0);
  EXPECT_EQ(real_power(0.0, 2.5), 0.0);
  for (double x = 0.0625; x <= 1; x += 0.0625) {
    for (const double y : {0.25, 0.5, 0.9, 1.5, 2.75, 10.1}) {
      EXPECT_NEAR(real_power(x, y), std::pow(x, y), 1e-15) << x << " " << y;
    }
  }
}

TEST(ScalarFunctions, the_cosine_of_half_turns) {
  EXPECT_EQ(cos_pi(0.0), 1.0);
  EXPECT_EQ(cos_pi(1.0), -1.0);
  for (double x = 0; x <= 1; x += 0.0625) EXPECT_NEAR(cos_pi(x), std::cos(M_PI * x), 1e-15) << x;
}

}  // namespace
}  // namespace forknet::math
