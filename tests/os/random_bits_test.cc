// Names that do not repeat.
#include "os/random_bits.h"

#include <gtest/gtest.h>

#include <set>

namespace forknet::os {
namespace {

TEST(RandomName, is_32_hexadecimal_digits_and_never_the_same) {
  std::set<std::string> names;
  for (int i = 0; i < 100; ++i) {
    const auto name = random_name();
    ASSERT_TRUE(name.ok());
    EXPECT_EQ(name->size(), 32U);
    EXPECT_EQ(name->find_first_not_of("0123456789abcdef"), std::string::npos) << *name;
    names.insert(*name);
  }
  EXPECT_EQ(names.size(), 100U);
}

}  // namespace
}  // namespace forknet::os
