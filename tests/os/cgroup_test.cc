#include "os/cgroup.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "os/cpu.h"
#include "os/temporary_folder.h"

namespace forknet::os {
namespace {

// A root folder with the files that the kernel would show.
class CgroupLimitsTest : public ::testing::Test {
 protected:
  void show(const std::string& path, const std::string& content) const {
    const std::string file = root_ / path;
    std::filesystem::create_directories(std::filesystem::path(file).parent_path());
    put_file(file, content);
  }
  TemporaryFolder root_;
};

TEST_F(CgroupLimitsTest, nothing_visible_limits_nothing) {
  EXPECT_FALSE(cgroup_cpus(root_.path()).has_value());
  EXPECT_FALSE(cgroup_memory_bytes(root_.path()).has_value());
}

TEST_F(CgroupLimitsTest, version_2_takes_the_tightest_on_the_way_up) {
  show("proc/self/cgroup", "0::/a/b\n");
  show("sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
  show("sys/fs/cgroup/a/cpu.max", "150000 100000\n");
  show("sys/fs/cgroup/a/b/memory.max", "max\n");
  show("sys/fs/cgroup/a/memory.max", "1000\n");
  show("sys/fs/cgroup/a/memory.current", "700\n");
  show("sys/fs/cgroup/a/memory.stat", "anon 400\nactive_file 50\ninactive_file 100\n");
  EXPECT_EQ(cgroup_cpus(root_.path()), 1.5);
  EXPECT_EQ(cgroup_memory_bytes(root_.path()), 450U);
}

TEST_F(CgroupLimitsTest, version_1_has_a_folder_for_each_controller) {
  show("proc/self/cgroup", "5:memory:/m\n4:cpu,cpuacct:/c\n");
  show("sys/fs/cgroup/cpu/c/cpu.cfs_quota_us", "200000\n");
  show("sys/fs/cgroup/cpu/c/cpu.cfs_period_us", "50000\n");
  show("sys/fs/cgroup/memory/m/memory.limit_in_bytes", "500\n");
  show("sys/fs/cgroup/memory/m/memory.usage_in_bytes", "600\n");
  show("sys/fs/cgroup/memory/m/memory.stat",
       "active_file 1\ntotal_inactive_file 100\ntotal_active_file 30\n");
  EXPECT_EQ(cgroup_cpus(root_.path()), 4.0);
  EXPECT_EQ(cgroup_memory_bytes(root_.path()), 30U);
}

TEST_F(CgroupLimitsTest, version_1_without_a_limit_of_memory_has_more_than_any_machine) {
  show("proc/self/cgroup", "5:memory:/m\n");
  show("sys/fs/cgroup/memory/m/memory.limit_in_bytes", "9223372036854771712\n");
  show("sys/fs/cgroup/memory/m/memory.usage_in_bytes", "600\n");
  EXPECT_FALSE(cgroup_memory_bytes(root_.path()).has_value());
  show("sys/fs/cgroup/memory/memory.limit_in_bytes", "1000\n");
  show("sys/fs/cgroup/memory/memory.usage_in_bytes", "600\n");
  EXPECT_EQ(cgroup_memory_bytes(root_.path()), 400U);
}

TEST_F(CgroupLimitsTest, version_1_without_a_quota_says_minus_one) {
  show("proc/self/cgroup", "4:cpu,cpuacct:/\n");
  show("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
  show("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  EXPECT_FALSE(cgroup_cpus(root_.path()).has_value());
}

TEST_F(CgroupLimitsTest, a_container_that_sees_its_group_as_the_root_is_limited_by_it) {
  show("proc/self/cgroup", "0::/docker/0123\n");
  show("sys/fs/cgroup/cpu.max", "50000 100000\n");
  EXPECT_EQ(cgroup_cpus(root_.path()), 0.5);
}

TEST_F(CgroupLimitsTest, nonsense_limits_nothing) {
  show("proc/self/cgroup", "\n::\n0:\nx\n0::\n");
  show("sys/fs/cgroup/cpu.max", "100000 0\n");
  show("sys/fs/cgroup/memory.max", "");
  EXPECT_FALSE(cgroup_cpus(root_.path()).has_value());
}

TEST(CpuBudget, is_at_least_one_and_at_most_what_the_mask_allows) {
  EXPECT_GE(cpu_budget(), 1);
  EXPECT_LE(cpu_budget(), static_cast<int>(allowed_cpus().size()));
  EXPECT_FALSE(cpu_model_name().empty());
}

TEST(PinThisThread, leaves_one_cpu) {
  EXPECT_EXIT(
      {
        const int cpu = allowed_cpus().back();
        const bool pinned = pin_this_thread(cpu).ok();
        std::_Exit(pinned && allowed_cpus() == std::vector<int>{cpu} && cpu_budget() == 1 ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST(PinThisThread, a_cpu_that_is_not_there_is_an_error) {
  const auto status = pin_this_thread(100'000);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().message, "bind this thread to CPU 100000: Invalid argument");
  EXPECT_FALSE(pin_this_thread(-1).ok());
}

TEST(Memory, is_told) {
  EXPECT_GT(total_memory_bytes(), 0U);
  ASSERT_TRUE(available_memory_bytes().has_value());
  EXPECT_LE(*available_memory_bytes(), total_memory_bytes());
}

}  // namespace
}  // namespace forknet::os
