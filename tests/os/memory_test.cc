// What the machine says of its memory and caches.
#include "os/memory.h"

#include <gtest/gtest.h>

namespace forknet::os {
namespace {

TEST(Memory, no_more_is_available_than_there_is) {
  const auto available = available_memory_bytes();
  ASSERT_TRUE(available.has_value());
  EXPECT_GT(*available, 0U);
  EXPECT_LE(*available, total_memory_bytes());
}

TEST(Memory, a_third_level_cache_is_of_a_likely_size_and_always_the_same) {
  const std::size_t bytes = third_level_cache_bytes();
  EXPECT_EQ(third_level_cache_bytes(), bytes);
  if (bytes == 0) return;  // it has none
  EXPECT_GE(bytes, std::size_t{256} << 10);
  EXPECT_LT(bytes, total_memory_bytes());
}

}  // namespace
}  // namespace forknet::os
