// Descriptors sent through a socket: usable where they arrive, all of them or none.
#include "os/fd_passing.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <thread>
#include <utility>

#include "os/child_process.h"
#include "os/pipe.h"

namespace forknet::os {
namespace {

constexpr std::size_t kPacket = 250;  // descriptors that go at a time

// Numbers of descriptors per message, at the limits where it needs one packet more.
const std::vector<std::size_t> kCounts = {0, 1, 2, 249, 250, 251, 500, 501, 600};

ino_t file_of(const Fd& fd) {
  struct stat status = {};
  EXPECT_EQ(::fstat(fd.get(), &status), 0);
  return status.st_ino;
}

class FdPassing : public ::testing::Test {
 protected:
  FdPassing() {
    for (Fd& file : files_) file = Fd(::memfd_create("a file", 0));  // not close-on-exec here
  }
  // So many pointers to a few files, one after the other.
  [[nodiscard]] std::vector<const Fd*> some(std::size_t count) const {
    std::vector<const Fd*> fds;
    for (std::size_t i = 0; i < count; ++i) fds.push_back(&files_[i % files_.size()]);
    return fds;
  }
  [[nodiscard]] Status send(std::uint32_t number, std::size_t count) const {
    return send_fds(ends_.parent, number, some(count));
  }
  // Exactly that message comes next.
  void expect_message(std::uint32_t number, std::size_t count) const {
    const auto received = receive_fds(ends_.child);
    ASSERT_TRUE(received.ok()) << received.error().message;
    EXPECT_EQ(received.value().number, number);
    ASSERT_EQ(received.value().fds.size(), count);
    for (std::size_t i = 0; i < count; ++i) {
      const Fd& fd = received.value().fds[i];
      ASSERT_EQ(file_of(fd), file_of(files_[i % files_.size()])) << i;
      ASSERT_NE(::fcntl(fd.get(), F_GETFD) & FD_CLOEXEC, 0) << i;
    }
  }
  static void expect_error(const Status& status, const std::string& words) {
    ASSERT_FALSE(status.ok());
    EXPECT_NE(status.error().message.find(words), std::string::npos) << status.error().message;
  }
  static Status of(const Result<ReceivedFds>& received) {
    return received.ok() ? Status() : Status(received.error());
  }

  SocketEnds ends_ = make_socket_pair().value();
  std::array<Fd, 7> files_;
};

TEST_F(FdPassing, both_ends_close_on_exec) {
  for (const Fd* end : {&ends_.parent, &ends_.child}) {
    EXPECT_NE(::fcntl(end->get(), F_GETFD) & FD_CLOEXEC, 0);
  }
}

TEST_F(FdPassing, a_message_of_any_number_of_descriptors_comes_whole_and_in_order) {
  const std::size_t before = open_descriptors();
  for (const std::size_t count : kCounts) {
    SCOPED_TRACE(count);
    const auto number = static_cast<std::uint32_t>(0xFFFFFFFF - count);
    ASSERT_TRUE(send(number, count).ok());
    expect_message(number, count);
    EXPECT_EQ(open_descriptors(), before);
  }
}

TEST_F(FdPassing, what_arrives_can_be_used_when_the_senders_own_is_closed) {
  PipeEnds pipe = make_pipe(4096).value();
  const std::array<const Fd*, 1> write = {&pipe.write};
  ASSERT_TRUE(send_fds(ends_.parent, 3, write).ok());
  pipe.write.close();
  ReceivedFds received = receive_fds(ends_.child).value();
  ASSERT_EQ(received.fds.size(), 1U);
  EXPECT_EQ(::write(received.fds[0].get(), "abc", 3), 3);
  std::array<char, 8> room = {};
  EXPECT_EQ(::read(pipe.read.get(), room.data(), room.size()), 3);
  EXPECT_STREQ(room.data(), "abc");
  received.fds.clear();
  EXPECT_EQ(::read(pipe.read.get(), room.data(), room.size()), 0);  // no other process has it
}

TEST_F(FdPassing, messages_come_one_after_the_other_each_with_its_own_descriptors) {
  for (const std::uint32_t number : {7U, 8U, 9U}) ASSERT_TRUE(send(number, number - 7).ok());
  for (const std::uint32_t number : {7U, 8U, 9U}) expect_message(number, number - 7);
}

TEST_F(FdPassing, receiving_waits_for_the_next_message) {
  std::thread sender([&] { EXPECT_TRUE(send(5, 600).ok()); });
  expect_message(5, 600);
  sender.join();
}

TEST_F(FdPassing, sending_to_an_end_that_is_gone_is_an_error) {
  ends_.child.close();
  for (const std::size_t count : kCounts) expect_error(send(1, count), "Broken pipe");
}

TEST_F(FdPassing, what_was_sent_before_the_end_went_still_comes_and_then_an_error) {
  ASSERT_TRUE(send(1, 251).ok());
  ends_.parent.close();
  expect_message(1, 251);
  expect_error(of(receive_fds(ends_.child)), "the supervisor is gone");
}

TEST_F(FdPassing, a_full_socket_is_an_error_and_what_went_in_comes_out) {
  std::uint32_t sent = 0;
  Status status = send(sent, 1);
  while (status.ok()) status = send(++sent, 1);
  EXPECT_GT(sent, 0U);
  expect_error(status, "Resource temporarily unavailable");
  expect_error(send(sent, 600), "Resource temporarily unavailable");
  for (std::uint32_t number = 0; number < sent; ++number) expect_message(number, 1);
}

TEST_F(FdPassing, descriptors_of_a_message_whose_rest_is_missing_are_closed) {
  const std::size_t before = open_descriptors();
  const Fd none;
  for (const std::size_t whole : {kPacket, 2 * kPacket}) {
    SocketEnds ends = make_socket_pair().value();
    std::vector<const Fd*> fds = some(whole);
    fds.push_back(&none);  // the last packet cannot go
    expect_error(send_fds(ends.parent, 1, fds), "Bad file descriptor");
    ends.parent.close();
    expect_error(of(receive_fds(ends.child)), "the supervisor is gone");
    EXPECT_EQ(open_descriptors(), before + 1);
  }
}

// Lowers what the system grants this process, for as long as it lives.
class FewDescriptors {
 public:
  explicit FewDescriptors(std::size_t most) {
    ::getrlimit(RLIMIT_NOFILE, &former_);
    const rlimit few = {most, former_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &few);
  }
  FewDescriptors(const FewDescriptors&) = delete;
  FewDescriptors& operator=(const FewDescriptors&) = delete;
  ~FewDescriptors() { ::setrlimit(RLIMIT_NOFILE, &former_); }

 private:
  rlimit former_ = {};
};

TEST_F(FdPassing, more_descriptors_than_the_system_grants_are_an_error_and_none_stays) {
  for (const std::size_t count : {std::size_t{200}, std::size_t{600}}) {
    ends_ = make_socket_pair().value();
    const std::size_t before = open_descriptors();
    ASSERT_TRUE(send(1, count).ok());
    {
      const FewDescriptors few(before + count - 10);
      expect_error(of(receive_fds(ends_.child)), "Too many open files");
    }
    EXPECT_EQ(open_descriptors(), before);
  }
}

}  // namespace
}  // namespace forknet::os
