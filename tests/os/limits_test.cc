#include "os/limits.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <limits>

#include "os/cgroup.h"
#include "os/temporary_folder.h"

namespace forknet::os {
namespace {

// A root folder with the files that the kernel would show.
class TaskLimits : public ::testing::Test {
 protected:
  void show(const std::string& path, const std::string& content) const {
    const std::string file = root_ / path;
    std::filesystem::create_directories(std::filesystem::path(file).parent_path());
    put_file(file, content);
  }
  [[nodiscard]] auto tasks() const { return cgroup_tasks(root_.path()); }
  [[nodiscard]] TaskLimit limit() const { return task_limit(root_.path()); }
  TemporaryFolder root_;
};

TEST_F(TaskLimits, version_2_takes_the_tightest_on_the_way_up) {
  show("proc/self/cgroup", "0::/a/b\n");
  show("sys/fs/cgroup/a/b/pids.max", "100\n");
  show("sys/fs/cgroup/a/b/pids.current", "10\n");
  show("sys/fs/cgroup/a/pids.max", "200\n");
  show("sys/fs/cgroup/a/pids.current", "130\n");
  EXPECT_EQ(tasks(), 70U);
}

TEST_F(TaskLimits, version_1_has_a_folder_for_them) {
  show("proc/self/cgroup", "7:pids:/p\n5:memory:/m\n");
  show("sys/fs/cgroup/pids/p/pids.max", "64\n");
  show("sys/fs/cgroup/pids/p/pids.current", "4\n");
  EXPECT_EQ(tasks(), 60U);
  show("sys/fs/cgroup/pids/pids.max", "50\n");
  show("sys/fs/cgroup/pids/pids.current", "20\n");
  EXPECT_EQ(tasks(), 30U);
}

TEST_F(TaskLimits, max_limits_nothing) {
  show("proc/self/cgroup", "0::/\n");
  show("sys/fs/cgroup/pids.max", "max\n");
  show("sys/fs/cgroup/pids.current", "10\n");
  EXPECT_FALSE(tasks().has_value());
}

TEST_F(TaskLimits, a_group_with_more_than_it_may_have_leaves_none) {
  show("proc/self/cgroup", "0::/\n");
  show("sys/fs/cgroup/pids.max", "10\n");
  show("sys/fs/cgroup/pids.current", "12\n");
  EXPECT_EQ(tasks(), 0U);
}

TEST_F(TaskLimits, half_of_the_truth_limits_nothing) {
  show("proc/self/cgroup", "0::/\n");
  show("sys/fs/cgroup/pids.max", "10\n");
  EXPECT_FALSE(tasks().has_value());
}

TEST_F(TaskLimits, of_the_group_are_named) {
  show("proc/self/cgroup", "0::/\n");
  show("sys/fs/cgroup/pids.max", "10\n");
  show("sys/fs/cgroup/pids.current", "3\n");
  EXPECT_EQ(limit().left, 7U);
  EXPECT_EQ(limit().source, "pids.max of the control group");
}

TEST_F(TaskLimits, of_the_kernel_are_named) {
  show("proc/sys/kernel/threads-max", "100\n");
  show("proc/loadavg", "0.20 0.18 0.12 1/80 11206\n");
  EXPECT_EQ(limit().left, 20U);
  EXPECT_EQ(limit().source, "kernel.threads-max");
}

TEST_F(TaskLimits, the_tightest_one_is_named) {
  show("proc/self/cgroup", "0::/\n");
  show("sys/fs/cgroup/pids.max", "30\n");
  show("sys/fs/cgroup/pids.current", "3\n");
  show("proc/sys/kernel/threads-max", "100\n");
  show("proc/loadavg", "0.20 0.18 0.12 1/80 11206\n");
  EXPECT_EQ(limit().left, 20U);
  EXPECT_EQ(limit().source, "kernel.threads-max");
  show("proc/loadavg", "0.20 0.18 0.12 1/50 11206\n");
  EXPECT_EQ(limit().left, 27U);
  EXPECT_EQ(limit().source, "pids.max of the control group");
}

TEST_F(TaskLimits, more_threads_than_the_kernel_allows_leave_none) {
  show("proc/sys/kernel/threads-max", "100\n");
  show("proc/loadavg", "0.20 0.18 0.12 1/180 11206\n");
  EXPECT_EQ(limit().left, 0U);
}

TEST_F(TaskLimits, numbers_of_processes_run_out_too) {
  show("proc/sys/kernel/threads-max", "5000\n");
  show("proc/sys/kernel/pid_max", "1000\n");
  show("proc/loadavg", "0.20 0.18 0.12 1/100 11206\n");
  EXPECT_EQ(limit().left, 1000U - 100 - 300);
  EXPECT_EQ(limit().source, "kernel.pid_max");
}

TEST_F(TaskLimits, a_stack_takes_two_mappings_of_its_process) {
  EXPECT_FALSE(threads_of_process(root_.path()).has_value());
  show("proc/sys/vm/max_map_count", "65530\n");
  EXPECT_EQ(threads_of_process(root_.path()), (65530U - 1024) / 2);
  show("proc/sys/vm/max_map_count", "100\n");
  EXPECT_EQ(threads_of_process(root_.path()), 0U);
  EXPECT_GT(threads_of_process().value(), 0U);
}

constexpr rlim_t kMost = 50;
constexpr uid_t kNobody = 65534;

// In a child that is not root and may have kMost threads, prints what is left and why.
[[noreturn]] void say_limit_of_user(const std::string& root) {
  const rlimit most = {kMost, kMost};
  if (::setrlimit(RLIMIT_NPROC, &most) != 0) std::_Exit(2);
  if (::getuid() == 0 && ::setuid(kNobody) != 0) std::_Exit(3);
  const TaskLimit limit = task_limit(root);
  std::fprintf(stderr, "%s leaves %d\n", limit.source.c_str(), static_cast<int>(limit.left));
  std::_Exit(0);
}

TEST_F(TaskLimits, of_the_user_count_the_threads_of_all_its_processes) {
  const uid_t user = ::getuid() == 0 ? kNobody : ::getuid();
  const auto process = [&](uid_t uid, int threads) {
    const std::string id = std::to_string(uid) + "\t";
    return "Name:\tx\nUid:\t" + id + id + id + id + "\nThreads:\t" + std::to_string(threads) + "\n";
  };
  show("proc/11/status", process(user, 7));
  show("proc/12/status", process(user + 1, 20));
  show("proc/13/status", process(user, 3));
  show("proc/net/status", process(user, 30));  // no process
  std::filesystem::permissions(root_.path(), std::filesystem::perms(0755));
  EXPECT_EXIT(say_limit_of_user(root_.path()), testing::ExitedWithCode(0),
              "RLIMIT_NPROC leaves 40");
}

TEST_F(TaskLimits, of_root_are_not_the_users) {
  if (::getuid() != 0) GTEST_SKIP() << "RLIMIT_NPROC does not apply to root";
  EXPECT_EQ(limit().left, std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(limit().source, "nothing");
}

TEST(TaskLimit, of_this_machine_leaves_some) {
  EXPECT_GT(task_limit().left, 0U);
  EXPECT_FALSE(task_limit().source.empty());
}

}  // namespace
}  // namespace forknet::os
