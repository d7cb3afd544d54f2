// Whether memory is visible to processes that start after a container.
#include "os/container.h"

#include <gtest/gtest.h>

namespace forknet::os {
namespace {

constexpr const char* kPids = "pid:[4026531836]";
constexpr const char* kIpc = "ipc:[4026531839]";

std::string mounts(const std::string& device) {
  return "22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n"
         "25 22 0:23 / /dev rw - devtmpfs udev rw\n"
         "26 25 " +
         device +
         " / /dev/shm rw,nosuid,nodev - tmpfs tmpfs rw\n"
         "27 25 0:99 / /dev/shm/below rw - tmpfs tmpfs rw\n";
}

TEST(MemoryIsPrivate, on_a_machine_it_is_not) {
  EXPECT_FALSE(memory_is_private({mounts("0:27"), mounts("0:27"), kPids, kIpc}));
}

TEST(MemoryIsPrivate, behind_a_mount_of_its_own_it_is) {
  EXPECT_TRUE(memory_is_private({mounts("0:50"), mounts("0:27"), kPids, kIpc}));
  EXPECT_TRUE(memory_is_private(
      {mounts("0:27") + "90 26 0:51 / /dev/shm rw - tmpfs none rw\n", mounts("0:27"), kPids, kIpc}))
      << "the last mount hides the others";
}

TEST(MemoryIsPrivate, in_a_container_it_is_unless_that_shares_the_machines) {
  EXPECT_TRUE(
      memory_is_private({mounts("0:50"), mounts("0:50"), "pid:[4026532200]", "ipc:[4026532199]"}));
  EXPECT_FALSE(memory_is_private({mounts("0:27"), mounts("0:27"), "pid:[4026532200]", kIpc}));
}

TEST(MemoryIsPrivate, where_nothing_can_be_read_it_is_not) {
  EXPECT_FALSE(memory_is_private({}));
  EXPECT_FALSE(memory_is_private({mounts("0:50"), "", kPids, kIpc}))
      << "another process's mounts are hidden";
}

TEST(MemoryIsPrivate, of_this_process_can_be_asked) {
  const ContainerSigns signs = container_signs();
  EXPECT_FALSE(signs.own_mounts.empty());
  EXPECT_EQ(memory_folder_is_private(), memory_is_private(signs));
}

}  // namespace
}  // namespace forknet::os
