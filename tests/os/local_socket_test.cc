// Sockets of a folder: which users may connect, what is transmitted, and what never waits.
#include "os/local_socket.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "base/clock.h"
#include "os/event.h"
#include "os/forked_child.h"
#include "os/temporary_folder.h"
#include "patience.h"

namespace forknet::os {
namespace {

const char* const kName = "a.sock";

struct Ends {
  Fd ours, theirs;
};

class LocalSocket : public ::testing::Test {
 protected:
  // The connected end and the accepted one.
  [[nodiscard]] Ends join() const {
    Ends ends;
    ends.ours = connect_to(folder_.path(), kName).value();
    ends.theirs = std::move(*accept_own_user(listener_));
    return ends;
  }
  static std::string error_of(const Result<Fd>& result) {
    return result.ok() ? "no error" : result.error().message;
  }

  const TemporaryFolder folder_;
  const Fd listener_ = listen_at(folder_.path(), kName).value();
};

TEST_F(LocalSocket, messages_go_both_ways_whole_and_in_order) {
  const Ends ends = join();
  EXPECT_TRUE(send_message(ends.ours, "one"));
  EXPECT_TRUE(send_message(ends.ours, "two"));
  EXPECT_TRUE(send_message(ends.theirs, "three"));
  EXPECT_EQ(receive_message(ends.theirs).text, "one");
  EXPECT_EQ(receive_message(ends.theirs).text, "two");
  EXPECT_EQ(receive_message(ends.ours).text, "three");
}

TEST_F(LocalSocket, any_bytes_go_through_up_to_the_longest_message) {
  const Ends ends = join();
  for (const std::string& text :
       {std::string(1, '\0'), std::string("a\0\xFF\n", 4), std::string(kMostMessage, 'x')}) {
    ASSERT_TRUE(send_message(ends.ours, text));
    const Received received = receive_message(ends.theirs);
    EXPECT_EQ(received.text, text);
    EXPECT_FALSE(received.closed);
  }
}

TEST_F(LocalSocket, a_message_that_is_too_long_counts_as_the_end) {
  const Ends ends = join();
  ASSERT_TRUE(send_message(ends.ours, std::string(kMostMessage + 1, 'x')));
  const Received received = receive_message(ends.theirs);
  EXPECT_TRUE(received.closed);
  EXPECT_EQ(received.text, "");
}

TEST_F(LocalSocket, receiving_does_not_wait) {
  const Ends ends = join();
  const Received received = receive_message(ends.ours);
  EXPECT_EQ(received.text, "");
  EXPECT_FALSE(received.closed);
}

TEST_F(LocalSocket, what_was_sent_before_the_end_comes_first) {
  Ends ends = join();
  ASSERT_TRUE(send_message(ends.ours, "last"));
  ends.ours.close();
  EXPECT_EQ(receive_message(ends.theirs).text, "last");
  EXPECT_TRUE(receive_message(ends.theirs).closed);
  EXPECT_FALSE(send_message(ends.theirs, "too late"));  // and no SIGPIPE
}

TEST_F(LocalSocket, sending_to_somebody_who_does_not_read_fails_and_does_not_wait) {
  const Ends ends = join();
  int sent = 0;
  while (send_message(ends.ours, std::string(kMostMessage, 'x'))) ++sent;
  EXPECT_GT(sent, 0);
  for (int i = 0; i < sent; ++i) ASSERT_EQ(receive_message(ends.theirs).text.size(), kMostMessage);
  EXPECT_TRUE(receive_message(ends.theirs).text.empty());
}

TEST_F(LocalSocket, accepting_does_not_wait) { EXPECT_FALSE(accept_own_user(listener_)); }

TEST_F(LocalSocket, all_ends_close_on_exec) {
  const Ends ends = join();
  for (const Fd* fd : {&listener_, &ends.ours, &ends.theirs}) {
    EXPECT_NE(::fcntl(fd->get(), F_GETFD) & FD_CLOEXEC, 0);
  }
}

TEST_F(LocalSocket, the_file_is_its_users_alone_whatever_the_mask_and_leaves_that_as_it_was) {
  for (const mode_t mask : {0U, 022U, 0777U}) {
    const mode_t former = ::umask(mask);
    const Fd listener = listen_at(folder_.path(), "b.sock").value();
    EXPECT_EQ(::umask(former), mask);
    struct stat status = {};
    ASSERT_EQ(::stat((folder_ / "b.sock").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0600U);
  }
}

TEST_F(LocalSocket, a_former_socket_or_file_of_that_name_is_replaced) {
  put_file(folder_ / "file", "text");
  for (const char* name : {kName, "file"}) {
    const Fd listener = listen_at(folder_.path(), name).value();
    const Fd client = connect_to(folder_.path(), name).value();
    EXPECT_TRUE(accept_own_user(listener));
  }
  EXPECT_FALSE(accept_own_user(listener_));
}

TEST_F(LocalSocket, folders_longer_than_a_sockets_name_work) {
  const std::string deep = folder_ / (std::string(150, 'a') + "/" + std::string(250, 'b'));
  std::filesystem::create_directories(deep);
  const Fd listener = listen_at(deep, kName).value();
  EXPECT_TRUE(std::filesystem::is_socket(deep + "/" + kName));
  const Fd client = connect_to(deep, kName).value();
  EXPECT_TRUE(accept_own_user(listener));
}

TEST_F(LocalSocket, what_cannot_be_is_an_error_with_its_path) {
  const std::string nowhere = folder_ / "nowhere";
  const std::string long_name(200, 'n');
  EXPECT_EQ(error_of(listen_at(nowhere, kName)), "open " + nowhere + ": No such file or directory");
  EXPECT_EQ(error_of(connect_to(nowhere, kName)),
            "open " + nowhere + ": No such file or directory");
  EXPECT_NE(error_of(connect_to(folder_.path(), "none")).find(folder_ / "none"), std::string::npos);
  EXPECT_NE(error_of(listen_at(folder_.path(), long_name)).find("too long for a socket"),
            std::string::npos);
  put_file(folder_ / "text", "");
  EXPECT_NE(error_of(connect_to(folder_.path(), "text")).find("is not a socket"),
            std::string::npos);
}

TEST_F(LocalSocket, more_than_the_listener_takes_in_are_told_that_it_is_too_busy) {
  std::vector<Fd> waiting;
  std::string error;
  for (int i = 0; i < 1000 && error.empty(); ++i) {
    auto socket = connect_to(folder_.path(), kName, 1'000'000);
    if (socket.ok()) {
      waiting.push_back(std::move(*socket));
    } else {
      error = socket.error().message;
    }
  }
  EXPECT_FALSE(waiting.empty());
  EXPECT_EQ(error, (folder_ / kName) + ": too many requests at once; try again");
}

TEST_F(LocalSocket, somebody_of_another_user_is_not_let_in) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  ASSERT_EQ(::chmod(folder_.path().c_str(), 0777), 0);
  ASSERT_EQ(::chmod((folder_ / kName).c_str(), 0777), 0);
  ForkedChild stranger([&] {
    if (::setuid(65534) != 0) return 2;
    const auto socket = connect_to(folder_.path(), kName);
    if (!socket.ok()) return 3;
    (void)wait_for_readable({&*socket}, kTimeout);
    return receive_message(*socket).closed ? 0 : 1;
  });
  ASSERT_TRUE(wait_for_readable({&listener_}, kTimeout)[0]);
  EXPECT_FALSE(accept_own_user(listener_));
  EXPECT_EQ(stranger.wait(), 0);
}

TEST_F(LocalSocket, waiting_tells_which_can_be_read) {
  const Ends quiet = join();
  const Ends busy = join();
  ASSERT_TRUE(send_message(busy.ours, "x"));
  EXPECT_EQ(wait_for_readable({&quiet.theirs, &busy.theirs, &listener_}, kTimeout),
            (std::vector<bool>{false, true, false}));
  EXPECT_EQ(wait_for_readable({&quiet.theirs}, 0), std::vector<bool>{false});
  EXPECT_TRUE(wait_for_readable({}, 0).empty());
}

TEST_F(LocalSocket, waiting_ends_with_its_time_with_a_message_and_with_the_other_end) {
  constexpr std::int64_t kTime = 20'000'000;
  Ends ends = join();
  const std::int64_t begun = monotonic_ns();
  EXPECT_FALSE(wait_for_readable({&ends.theirs}, kTime)[0]);
  EXPECT_GE(monotonic_ns() - begun, kTime);
  std::thread sender([&] { EXPECT_TRUE(send_message(ends.ours, "x")); });
  EXPECT_TRUE(wait_for_readable({&ends.theirs}, kTimeout)[0]);
  sender.join();
  EXPECT_EQ(receive_message(ends.theirs).text, "x");
  std::thread closer([&] { ends.ours.close(); });
  EXPECT_TRUE(wait_for_readable({&ends.theirs}, kTimeout)[0]);
  closer.join();
  EXPECT_TRUE(receive_message(ends.theirs).closed);
}

}  // namespace
}  // namespace forknet::os
