// Which file something is.
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

}  // namespace
}  // namespace forknet::os
