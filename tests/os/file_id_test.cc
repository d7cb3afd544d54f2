// The identity of a file.
#include "os/file_id.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "os/file.h"
#include "os/temporary_folder.h"

namespace forknet::os {
namespace {

TEST(FileId, stays_when_a_file_is_renamed_and_is_another_for_a_copy) {
  const TemporaryFolder folder;
  put_file(folder / "a", "x");
  const auto id = file_id(folder / "a");
  ASSERT_TRUE(id.has_value());
  std::filesystem::copy_file(folder / "a", folder / "copy");
  EXPECT_NE(file_id(folder / "copy"), id);
  std::filesystem::rename(folder / "a", folder / "b");
  EXPECT_EQ(file_id(folder / "b"), id);
  EXPECT_EQ(file_id(open_read(folder / "b").value()), id);
  EXPECT_EQ(file_id(folder / "a"), std::nullopt);
}

TEST(FileStamp,
     is_another_for_a_file_that_is_written_or_replaced_and_the_same_for_one_that_is_read) {
  const TemporaryFolder folder;
  put_file(folder / "a", "x");
  const auto stamp = file_stamp(folder / "a");
  ASSERT_TRUE(stamp.has_value());
  EXPECT_EQ(get_file(folder / "a"), "x");
  EXPECT_EQ(file_stamp(folder / "a"), stamp);
  const auto written = std::filesystem::last_write_time(folder / "a");
  put_file(folder / "b", "x");
  std::filesystem::last_write_time(folder / "b", written);
  std::filesystem::rename(folder / "b", folder / "a");
  const auto replaced = file_stamp(folder / "a");
  EXPECT_NE(replaced, stamp);
  put_file(folder / "a", "xy");
  EXPECT_NE(file_stamp(folder / "a"), replaced);
  EXPECT_EQ(file_stamp(folder / "none"), std::nullopt);
}

}  // namespace
}  // namespace forknet::os
