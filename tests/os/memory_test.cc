// What the machine reports about its memory and caches.
#include "os/memory.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "os/temporary_folder.h"

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

TEST(OutOfMemoryKills, are_what_the_kernel_counts) {
  EXPECT_TRUE(out_of_memory_kills().has_value());
  const TemporaryFolder root;
  EXPECT_FALSE(out_of_memory_kills(root.path()).has_value());
  std::filesystem::create_directories(root / "proc");
  put_file(root / "proc/vmstat", "nr_free_pages 5\ndrop_pagecache 0\noom_kill 17\npgmigrate 3\n");
  EXPECT_EQ(out_of_memory_kills(root.path()), 17U);
  put_file(root / "proc/vmstat", "oom_kill 4\nnr_oom_kill 9\n");
  EXPECT_EQ(out_of_memory_kills(root.path()), 4U);
  put_file(root / "proc/vmstat", "nr_oom_kill 9\n");
  EXPECT_FALSE(out_of_memory_kills(root.path()).has_value());
}

}  // namespace
}  // namespace forknet::os
