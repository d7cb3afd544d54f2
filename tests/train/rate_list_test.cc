// changes.json: there and back, bit for bit; damaged files are refused.
#include "train/rate_list.h"

#include <gtest/gtest.h>

#include "os/temporary_folder.h"

namespace forknet::run {
namespace {

TEST(RateList, is_read_as_it_was_written) {
  const os::TemporaryFolder folder;
  const std::string path = folder / "changes.json";
  EXPECT_EQ(read_rates(path).value(), RateChanges()) << "no file";
  const RateChanges changes = {{0, 0.1}, {7, 1.0 / 3}, {~std::uint64_t{0}, 5e-324}};
  ASSERT_TRUE(write_rates(path, changes).ok());
  EXPECT_EQ(read_rates(path).value(), changes);
  ASSERT_TRUE(write_rates(path, {}).ok());
  EXPECT_EQ(read_rates(path).value(), RateChanges());
}

TEST(RateList, any_byte_that_is_another_is_noticed) {
  const os::TemporaryFolder folder;
  const std::string path = folder / "changes.json";
  const RateChanges changes = {{7, 0.25}, {900, 0.125}};
  ASSERT_TRUE(write_rates(path, changes).ok());
  const std::string text = os::get_file(path);
  for (std::size_t at = 0; at + 1 < text.size(); ++at) {
    for (const char byte : {'0', '9', ' ', '{', '\0'}) {
      std::string damaged = text;
      damaged[at] = byte;
      os::put_file(path, damaged);
      const auto read = read_rates(path);
      if (read.ok()) {
        EXPECT_EQ(*read, changes) << damaged;
        continue;
      }
      EXPECT_EQ(read.error().kind, ErrorKind::data);
    }
    os::put_file(path, text.substr(0, at));
    EXPECT_FALSE(read_rates(path).ok()) << at;
  }
}

TEST(RateList, a_change_takes_the_place_of_those_that_would_come_later) {
  const RateChanges changes = {{3, 0.3}, {5, 0.5}, {7, 0.7}};
  EXPECT_EQ(changed_from(changes, 9, 1), (RateChanges{{3, 0.3}, {5, 0.5}, {7, 0.7}, {9, 1}}));
  EXPECT_EQ(changed_from(changes, 5, 1), (RateChanges{{3, 0.3}, {5, 1}}));
  EXPECT_EQ(changed_from(changes, 0, 1), (RateChanges{{0, 1}}));
  EXPECT_EQ(changed_from({}, 4, 1), (RateChanges{{4, 1}}));
}

}  // namespace
}  // namespace forknet::run
