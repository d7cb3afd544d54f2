#include "math/target.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace forknet::math {
namespace {

TEST(Target, the_reference_is_always_available_and_comes_first) {
  ASSERT_FALSE(available_targets().empty());
  EXPECT_EQ(available_targets().front(), Target::reference);
  EXPECT_EQ(best_target(), available_targets().back());
}

TEST(Target, no_target_is_listed_twice) {
  std::vector<Target> targets = available_targets();
  std::sort(targets.begin(), targets.end());
  EXPECT_EQ(std::adjacent_find(targets.begin(), targets.end()), targets.end());
}

TEST(Target, a_name_and_its_target_are_one_to_one) {
  for (const Target target : {Target::reference, Target::avx2, Target::avx512, Target::neon}) {
    EXPECT_EQ(parse_target(target_name(target)), target);
  }
  EXPECT_EQ(target_name(Target::avx512), "avx512");
  EXPECT_EQ(parse_target("sse4"), std::nullopt);
  EXPECT_EQ(parse_target(""), std::nullopt);
}

}  // namespace
}  // namespace forknet::math
