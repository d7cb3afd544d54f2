// Memory that several processes map and write.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>

#include "os/mapping.h"

namespace forknet::os {
namespace {

constexpr std::size_t kSmallPage = 4096;
constexpr std::size_t kSharedBytes = 4 * kSmallPage + 100;

Mapping shared() { return Mapping::shared("test", kSharedBytes).value(); }
Fd descriptor_of(const Mapping& mapping) { return Fd(::dup(mapping.fd().get())); }
Mapping again(const Mapping& mapping, Mapping::Access access) {
  return Mapping::of(descriptor_of(mapping), access).value();
}

TEST(SharedMapping, is_zeroed_and_writable) {
  auto mapping = shared();
  ASSERT_EQ(mapping.bytes().size(), kSharedBytes);
  EXPECT_TRUE(std::all_of(mapping.bytes().begin(), mapping.bytes().end(),
                          [](std::byte byte) { return byte == std::byte{0}; }));
  mapping.writable().back() = std::byte{1};
  EXPECT_EQ(mapping.bytes().back(), std::byte{1});
}

TEST(SharedMapping, nobody_can_change_its_size_and_it_closes_on_exec) {
  const auto mapping = shared();
  const int fd = mapping.fd().get();
  EXPECT_EQ(::ftruncate(fd, 5), -1);
  EXPECT_EQ(::ftruncate(fd, kSharedBytes + 1), -1);
  EXPECT_EQ(::fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

TEST(SharedMapping, whoever_has_the_descriptor_sees_what_the_others_write) {
  auto one = shared();
  auto two = again(one, Mapping::Access::write);
  const auto reader = again(one, Mapping::Access::read);
  ASSERT_EQ(two.bytes().size(), kSharedBytes);
  EXPECT_NE(one.bytes().data(), two.bytes().data());
  one.writable()[7] = std::byte{1};
  two.writable()[kSharedBytes - 1] = std::byte{2};
  for (const Mapping* mapping : std::array<const Mapping*, 3>{&one, &two, &reader}) {
    EXPECT_EQ(mapping->bytes()[7], std::byte{1});
    EXPECT_EQ(mapping->bytes()[kSharedBytes - 1], std::byte{2});
  }
}

TEST(SharedMapping, another_process_writes_into_it) {
  auto mapping = shared();
  const pid_t child = ::fork();
  if (child == 0) {
    mapping.writable()[3 * kSmallPage] = std::byte{9};
    ::_exit(0);
  }
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_EQ(mapping.bytes()[3 * kSmallPage], std::byte{9});
}

TEST(SharedMapping, stays_when_its_descriptor_is_forgotten) {
  auto one = shared();
  auto two = again(one, Mapping::Access::write);
  one.forget_fd();
  EXPECT_FALSE(one.fd().open());
  two.writable()[5] = std::byte{4};
  EXPECT_EQ(one.bytes()[5], std::byte{4});
}

TEST(SharedMapping, of_something_that_is_no_memory_is_an_error) {
  EXPECT_FALSE(Mapping::of(Fd(), Mapping::Access::read).ok());
  const auto sealed = Mapping::sealed("test", 10, [](std::span<std::byte>) { return Status(); });
  EXPECT_TRUE(Mapping::of(descriptor_of(*sealed), Mapping::Access::read).ok());
  EXPECT_FALSE(Mapping::of(descriptor_of(*sealed), Mapping::Access::write).ok());
}

TEST(SharedMapping, more_than_there_is_gives_an_error_with_the_sizes) {
  for (const std::size_t bytes : {std::size_t{1} << 55, SIZE_MAX}) {
    const auto mapping = Mapping::shared("grid", bytes);
    ASSERT_FALSE(mapping.ok());
    EXPECT_NE(mapping.error().message.find("grid: " + std::to_string(bytes)), std::string::npos);
  }
}

TEST(SharedMappingDeathTest, one_that_only_reads_hands_out_no_writable_view) {
  const auto mapping = shared();
  auto reader = again(mapping, Mapping::Access::read);
  EXPECT_DEATH((void)reader.writable(), "writable_");
}

// In a child, without a sanitizer's handler.
void write_at(Mapping& mapping, std::size_t at) {
  ::signal(SIGSEGV, SIG_DFL);
  mapping.writable()[at] = std::byte{1};
  std::_Exit(0);
}

TEST(SharedMappingDeathTest, write_only_leaves_the_pages_of_its_ranges_and_no_other) {
  auto one = shared();
  auto two = again(one, Mapping::Access::write);
  // The second page by some bytes in its middle, the fourth and fifth by a range over both.
  const std::array<Mapping::Bytes, 3> ranges = {{{kSmallPage + 10, kSmallPage + 20},
                                                 {2 * kSmallPage, 2 * kSmallPage},
                                                 {4 * kSmallPage - 1, 4 * kSmallPage + 1}}};
  ASSERT_TRUE(two.write_only(ranges).ok());
  for (const std::size_t at :
       {kSmallPage, 2 * kSmallPage - 1, 3 * kSmallPage, 4 * kSmallPage, kSharedBytes - 1}) {
    EXPECT_EXIT(write_at(two, at), testing::ExitedWithCode(0), "");
    EXPECT_EQ(one.bytes()[at], std::byte{1}) << at;
  }
  for (const std::size_t at :
       {std::size_t{0}, kSmallPage - 1, 2 * kSmallPage, 3 * kSmallPage - 1}) {
    EXPECT_EXIT(write_at(two, at), testing::KilledBySignal(SIGSEGV), "");
    EXPECT_EQ(one.bytes()[at], std::byte{0}) << at;
  }
}

// With a view of its own for what is written, or, without a descriptor, in the one that there is.
TEST(SharedMappingDeathTest, of_large_memory_too_only_the_pages_of_its_ranges_are_written) {
  constexpr std::size_t kLarge = 17 << 20;
  constexpr std::size_t kOwn = 3 << 20;
  for (const bool with_fd : {true, false}) {
    auto one = Mapping::shared("test", kLarge).value();
    auto two = again(one, Mapping::Access::write);
    if (!with_fd) two.forget_fd();
    const std::array<Mapping::Bytes, 1> own = {{{kOwn + 1, kOwn + 2}}};
    ASSERT_TRUE(two.write_only(own).ok());
    EXPECT_EQ(two.writable().data() != two.bytes().data(), with_fd);
    EXPECT_EXIT(write_at(two, kOwn), testing::ExitedWithCode(0), "");
    EXPECT_EQ(one.bytes()[kOwn], std::byte{1});
    EXPECT_EQ(two.bytes()[kOwn], std::byte{1});
    for (const std::size_t at : {std::size_t{0}, kOwn - 1, kOwn + kSmallPage, kLarge - 1}) {
      EXPECT_EXIT(write_at(two, at), testing::KilledBySignal(SIGSEGV), "");
    }
    if (!with_fd) continue;
    auto* const read = const_cast<std::byte*>(&two.bytes()[kOwn]);
    EXPECT_EXIT((::signal(SIGSEGV, SIG_DFL), *read = std::byte{2}),
                testing::KilledBySignal(SIGSEGV), "")
        << "where it is read nothing is written";
  }
}

TEST(SharedMappingDeathTest, write_only_can_be_said_again) {
  auto mapping = shared();
  const std::array<Mapping::Bytes, 1> first = {{{0, 1}}};
  const std::array<Mapping::Bytes, 1> second = {{{kSmallPage, kSmallPage + 1}}};
  ASSERT_TRUE(mapping.write_only(first).ok());
  ASSERT_TRUE(mapping.write_only(second).ok());
  EXPECT_EXIT(write_at(mapping, 0), testing::KilledBySignal(SIGSEGV), "");
  EXPECT_EXIT(write_at(mapping, kSmallPage), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace forknet::os
