#include "os/pipe.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <array>
#include <numeric>
#include <thread>
#include <vector>

#include "base/clock.h"

namespace forknet::os {
namespace {

class Pipe : public ::testing::Test {
 protected:
  Pipe() : former_(::signal(SIGPIPE, SIG_IGN)) {}
  ~Pipe() override { ::signal(SIGPIPE, former_); }

  Moved write(std::span<const std::byte> bytes) const {
    const std::array pieces = {bytes};
    return write_some(ends_.write, pieces);
  }
  Moved read(std::span<std::byte> bytes) const {
    const std::array pieces = {bytes};
    return read_some(ends_.read, pieces);
  }
  // How many bytes went in until no more would.
  std::size_t fill() const {
    const std::vector<std::byte> bytes(1 << 16);
    std::size_t filled = 0;
    for (Moved moved = write(bytes); moved.bytes > 0; moved = write(bytes)) filled += moved.bytes;
    return filled;
  }

  void (*const former_)(int);
  PipeEnds ends_ = make_pipe(1 << 16).value();
};

std::vector<std::byte> counting(std::size_t size) {
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i);
  return bytes;
}

TEST_F(Pipe, carries_pieces_in_order_and_gathers_them_in_other_ones) {
  const auto sent = counting(100);
  const std::span<const std::byte> all = sent;
  const std::array out = {all.first(10), all.subspan(10, 0), all.subspan(10, 60), all.subspan(70)};
  EXPECT_EQ(write_some(ends_.write, out).bytes, 100U);
  std::vector<std::byte> got(100);
  const std::span<std::byte> room = got;
  const std::array in = {room.first(33), room.subspan(33, 1), room.subspan(34)};
  EXPECT_EQ(read_some(ends_.read, in).bytes, 100U);
  EXPECT_EQ(got, sent);
}

TEST_F(Pipe, more_pieces_than_one_call_takes_are_left_over) {
  const auto sent = counting(kMostPieces + 10);
  std::vector<std::span<const std::byte>> pieces;
  for (const std::byte& byte : sent) pieces.emplace_back(&byte, 1);
  EXPECT_EQ(write_some(ends_.write, pieces).bytes, kMostPieces);
}

TEST_F(Pipe, an_empty_one_gives_nothing_and_is_not_closed) {
  std::array<std::byte, 8> room;
  const Moved moved = read(room);
  EXPECT_EQ(moved.bytes, 0U);
  EXPECT_FALSE(moved.closed);
  EXPECT_EQ(moved.error, 0);
}

TEST_F(Pipe, a_full_one_takes_nothing_and_is_not_closed) {
  EXPECT_GE(fill(), 4096U);
  const Moved moved = write(counting(1));
  EXPECT_EQ(moved.bytes, 0U);
  EXPECT_FALSE(moved.closed);
  EXPECT_EQ(moved.error, 0);
}

TEST_F(Pipe, is_closed_for_the_reader_once_all_has_been_read) {
  (void)write(counting(5));
  ends_.write.close();
  std::array<std::byte, 8> room;
  EXPECT_EQ(read(room).bytes, 5U);
  EXPECT_TRUE(read(room).closed);
}

TEST_F(Pipe, is_closed_for_the_writer_without_a_reader) {
  ends_.read.close();
  const Moved moved = write(counting(5));
  EXPECT_EQ(moved.bytes, 0U);
  EXPECT_TRUE(moved.closed);
}

TEST_F(Pipe, a_descriptor_that_is_none_is_an_error) {
  std::array<std::byte, 8> room;
  ends_.read.close();
  EXPECT_EQ(read(room).error, EBADF);
}

TEST_F(Pipe, closes_on_exec_and_never_blocks) {
  for (const Fd* end : {&ends_.read, &ends_.write}) {
    EXPECT_NE(::fcntl(end->get(), F_GETFD) & FD_CLOEXEC, 0);
    EXPECT_NE(::fcntl(end->get(), F_GETFL) & O_NONBLOCK, 0);
  }
}

TEST_F(Pipe, waiting_ends_with_bytes_room_or_the_other_end_gone) {
  EXPECT_TRUE(wait_for_pipes(nullptr, &ends_.write, {}, -1));
  (void)write(counting(1));
  EXPECT_TRUE(wait_for_pipes(&ends_.read, nullptr, {}, -1));
  const std::array<const Fd*, 1> also = {&ends_.read};
  (void)fill();
  EXPECT_TRUE(wait_for_pipes(nullptr, &ends_.write, also, -1));
  ends_.read.close();
  EXPECT_TRUE(wait_for_pipes(nullptr, &ends_.write, {}, -1));
}

TEST_F(Pipe, waiting_for_a_reader_ends_when_the_writer_is_gone) {
  ends_.write.close();
  EXPECT_TRUE(wait_for_pipes(&ends_.read, nullptr, {}, -1));
}

TEST_F(Pipe, waiting_ends_with_its_time) {
  constexpr std::int64_t kTime = 20'000'000;
  const std::int64_t begun = monotonic_ns();
  EXPECT_FALSE(wait_for_pipes(&ends_.read, nullptr, {}, kTime));
  EXPECT_GE(monotonic_ns() - begun, kTime);
  EXPECT_FALSE(wait_for_pipes(&ends_.read, nullptr, {}, 0));
  (void)fill();
  EXPECT_FALSE(wait_for_pipes(nullptr, &ends_.write, {}, 0));
}

TEST_F(Pipe, waiting_wakes_when_the_other_thread_writes) {
  std::thread writer([&] { (void)write(counting(3)); });
  EXPECT_TRUE(wait_for_pipes(&ends_.read, nullptr, {}, -1));
  std::array<std::byte, 8> room;
  EXPECT_EQ(read(room).bytes, 3U);
  writer.join();
}

TEST(WithoutSigpipe, a_reader_that_is_gone_is_told_and_nothing_is_left_pending) {
  auto pipe = make_pipe(1).value();
  pipe.read.close();
  {
    const WithoutSigpipe quiet;
    const std::byte byte{};
    const std::array<std::span<const std::byte>, 1> pieces = {std::span(&byte, 1)};
    EXPECT_TRUE(write_some(pipe.write, pieces).closed);
  }
  sigset_t pending;
  ::sigpending(&pending);
  EXPECT_EQ(::sigismember(&pending, SIGPIPE), 0);
}

}  // namespace
}  // namespace forknet::os
