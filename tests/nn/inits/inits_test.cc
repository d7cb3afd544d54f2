#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "nn/inits/list.h"

namespace forknet::nn {
namespace {

TEST(Inits, factors_are_those_of_the_papers) {
  EXPECT_EQ(factor_of(inits::he_normal(), 400, 200), std::sqrt(2.0 / 400));
  EXPECT_EQ(factor_of(inits::he_uniform(), 400, 200), std::sqrt(3 * (2.0 / 400)));
  EXPECT_EQ(factor_of(inits::glorot_normal(), 400, 200), std::sqrt(2.0 / 600));
  EXPECT_EQ(factor_of(inits::glorot_uniform(), 400, 200), std::sqrt(3 * (2.0 / 600)));
  EXPECT_EQ(factor_of(inits::lecun_normal(), 400, 200), std::sqrt(1.0 / 400));
  EXPECT_EQ(factor_of(inits::lecun_uniform(), 400, 200), std::sqrt(3 * (1.0 / 400)));
}

TEST(Inits, names_are_unique_and_lead_to_their_distribution) {
  std::set<std::string_view> names;
  for (const Init* init : all_inits()) {
    EXPECT_TRUE(names.insert(init->name).second) << init->name;
    EXPECT_EQ(find_init(init->name), init);
    EXPECT_EQ(init->variance == nullptr, init->shape == Init::Shape::zeros);
  }
  EXPECT_EQ(find_init(kChosenInit), nullptr);
}

TEST(Inits, auto_stands_for_the_distribution_that_suits_the_targets) {
  EXPECT_EQ(chosen_init("auto", true), "he_normal");
  EXPECT_EQ(chosen_init("auto", false), "glorot_uniform");
  EXPECT_EQ(chosen_init("zeros", true), "zeros");
}

}  // namespace
}  // namespace forknet::nn
