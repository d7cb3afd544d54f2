// Threads whose stack does not depend on the limit that the program was started with.
#include "os/thread.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/resource.h>

#include <atomic>
#include <memory>

#include "os/forked_child.h"

namespace forknet::os {
namespace {

std::size_t own_stack_bytes() {
  pthread_attr_t attributes;
  ::pthread_getattr_np(::pthread_self(), &attributes);
  std::size_t bytes = 0;
  ::pthread_attr_getstacksize(&attributes, &bytes);
  ::pthread_attr_destroy(&attributes);
  return bytes;
}

TEST(Thread, does_its_work_once_and_is_joined_by_its_owner) {
  std::atomic<int> done{0};
  {
    const auto thread = Thread::start("a thread", [&] { ++done; });
    ASSERT_TRUE(thread.ok()) << thread.error().message;
    EXPECT_TRUE(thread->runs());
  }
  EXPECT_EQ(done, 1);
}

TEST(Thread, takes_work_that_can_only_be_moved) {
  std::atomic<int> seen{0};
  auto own = std::make_unique<int>(7);
  auto thread = Thread::start("a thread", [&seen, own = std::move(own)] { seen = *own; });
  ASSERT_TRUE(thread.ok());
  Thread moved = std::move(*thread);
  moved.join();
  EXPECT_FALSE(moved.runs());
  EXPECT_EQ(seen, 7);
}

TEST(Thread, has_the_stack_that_it_was_given) {
  std::atomic<std::size_t> bytes{0};
  Thread::start("a thread", [&] { bytes = own_stack_bytes(); }).value().join();
  EXPECT_GE(bytes, kThreadStackBytes) << "the C library may give a larger one that is free again";
  Thread::start(
      "a thread", [&] { bytes = own_stack_bytes(); }, 8 << 20)
      .value()
      .join();
  EXPECT_EQ(bytes, std::size_t{8} << 20);
}

TEST(Thread, one_that_is_not_granted_is_an_error_that_says_which) {
  const auto thread = Thread::start(
      "loader thread 1 of 2", [] {}, std::size_t{1} << 60);
  ASSERT_FALSE(thread.ok());
  EXPECT_EQ(thread.error().message.find("cannot start loader thread 1 of 2: "), 0U)
      << thread.error().message;
}

}  // namespace
}  // namespace forknet::os
