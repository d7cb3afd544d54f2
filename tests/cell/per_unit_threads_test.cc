#include "cell/per_unit_threads.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <numeric>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "os/process.h"

namespace forknet::cell {
namespace {

TEST(PerUnitThreads, each_thread_of_a_group_works_once_a_call) {
  const auto unit_threads = PerUnitThreads::create({5}).value();
  ASSERT_EQ(unit_threads->size(0), 5U);
  std::vector<int> done(5, 0);
  for (int call = 1; call <= 200; ++call) {
    unit_threads->run(0, [&](std::size_t i) { ++done[i]; });
    ASSERT_EQ(done, std::vector<int>(5, call));
  }
}

TEST(PerUnitThreads, groups_are_independent) {
  const auto unit_threads = PerUnitThreads::create({3, 1, 4}).value();
  std::vector<std::vector<int>> done = {std::vector<int>(3), std::vector<int>(1),
                                        std::vector<int>(4)};
  const auto call = [&](std::size_t group) {
    unit_threads->run(group, [&](std::size_t i) { ++done[group].at(i); });
  };
  for (int i = 0; i < 10; ++i) call(0);
  for (int i = 0; i < 7; ++i) call(2);
  EXPECT_EQ(done[0], std::vector<int>(3, 10));
  EXPECT_EQ(done[1], std::vector<int>(1, 0));
  EXPECT_EQ(done[2], std::vector<int>(4, 7));
}

TEST(PerUnitThreads, the_threads_of_all_groups_are_different_ones) {
  const auto unit_threads = PerUnitThreads::create({3, 4}).value();
  std::vector<std::thread::id> ids(7);
  unit_threads->run(0, [&](std::size_t i) { ids[i] = std::this_thread::get_id(); });
  unit_threads->run(1, [&](std::size_t i) { ids[3 + i] = std::this_thread::get_id(); });
  std::set<std::thread::id> distinct(ids.begin(), ids.end());
  EXPECT_EQ(distinct.size(), 7U);
  EXPECT_FALSE(distinct.contains(std::this_thread::get_id()));
}

// Every call sees all writes of earlier calls, and the caller sees the writes of the call.
TEST(PerUnitThreads, calls_come_one_after_the_other) {
  const auto unit_threads = PerUnitThreads::create({4, 3}).value();
  std::vector<std::uint64_t> numbers(4, 0);
  std::vector<std::uint64_t> sums(3, 0);
  std::uint64_t expected = 0;
  for (int round = 0; round < 300; ++round) {
    unit_threads->run(0, [&](std::size_t i) { numbers[i] = sums[i % 3] + i; });
    unit_threads->run(1, [&](std::size_t i) {
      sums[i] = std::accumulate(numbers.begin(), numbers.end(), std::uint64_t{0});
    });
    expected = 4 * expected + 6;
    ASSERT_EQ(sums, std::vector<std::uint64_t>(3, expected));
  }
}

TEST(PerUnitThreads, ends_without_having_worked) {
  EXPECT_TRUE(PerUnitThreads::create({}).ok());
  EXPECT_TRUE(PerUnitThreads::create({6, 2}).ok());
}

TEST(PerUnitThreads, ends_when_some_groups_have_worked) {
  const auto unit_threads = PerUnitThreads::create({2, 2}).value();
  unit_threads->run(1, [](std::size_t) {});
}

TEST(PerUnitThreads, two_hundred_threads_work_together) {
  const auto unit_threads = PerUnitThreads::create({150, 50}).value();
  std::atomic<int> done{0};
  for (int call = 0; call < 20; ++call) {
    for (std::size_t group = 0; group < 2; ++group) {
      unit_threads->run(group, [&](std::size_t) { done.fetch_add(1, std::memory_order_relaxed); });
    }
    ASSERT_EQ(done.load(), 200 * (call + 1));
  }
}

TEST(PerUnitThreads, each_thread_has_its_name) {
  const auto unit_threads = PerUnitThreads::create({2, 1}).value();
  unit_threads->run(0, [](std::size_t) {});  // a thread that has worked has set its name
  unit_threads->run(1, [](std::size_t) {});
  std::multiset<std::string> names;
  for (const os::ThreadTime& thread : os::thread_times(os::pid())) names.insert(thread.name);
  for (const char* name : {"neuron 0.0", "neuron 0.1", "neuron 1.0"}) {
    EXPECT_EQ(names.count(name), 1U) << name;
  }
}

}  // namespace
}  // namespace forknet::cell
