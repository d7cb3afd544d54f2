#include "data/shared_work.h"

#include <gtest/gtest.h>

#include <atomic>
#include <vector>

namespace forknet::data {
namespace {

TEST(SharedWork, every_part_is_done_once_by_any_number_of_threads) {
  for (const std::size_t threads : {0, 1, 2, 5}) {
    for (const std::size_t parts : {0, 1, 2, 3, 100}) {
      std::vector<std::atomic<int>> done(parts);
      share_out(threads, parts, [&](std::size_t part) { ++done[part]; });
      for (std::size_t part = 0; part < parts; ++part) {
        EXPECT_EQ(done[part], 1) << threads << " threads, part " << part << " of " << parts;
      }
    }
  }
}

TEST(SharedWork, what_parts_made_can_be_read_afterwards) {
  std::vector<std::size_t> made(1000, 0);
  share_out(4, made.size(), [&](std::size_t part) { made[part] = 3 * part; });
  for (std::size_t part = 0; part < made.size(); ++part) EXPECT_EQ(made[part], 3 * part);
}

}  // namespace
}  // namespace forknet::data
