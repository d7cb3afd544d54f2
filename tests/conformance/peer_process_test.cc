// Channels with the other end in another process, which sends, is killed, or is stopped.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <thread>

#include "conformance/wires.h"
#include "wire/payloads.h"

namespace forknet::wire {
namespace {

constexpr std::int64_t kPeerDeadline = 50'000'000;

// A child process that ends with this object at the latest.
class Child {
 public:
  // Its exit status is 0 when `work` is true.
  explicit Child(const std::function<bool()>& work) : pid_(::fork()) {
    if (pid_ == 0) ::_exit(work() ? 0 : 1);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (ended_) return;
    ::kill(pid_, SIGKILL);
    (void)end();
  }
  void signal(int signal) const { ::kill(pid_, signal); }
  [[nodiscard]] bool stopped() const {
    int status = 0;
    return ::waitpid(pid_, &status, WUNTRACED) == pid_ && WIFSTOPPED(status);
  }
  int end() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    ended_ = true;
    return status;
  }

 private:
  const pid_t pid_;
  bool ended_ = false;
};

class PeerProcess : public ::testing::TestWithParam<WireKind> {
 protected:
  static ChannelOptions options(std::int64_t deadline_ns = -1) {
    ChannelOptions options;
    options.name = "child to parent";
    options.deadline_ns = deadline_ns;
    return options;
  }
  // In the child: keeps only its own end.
  std::unique_ptr<Sender> only_sender() {
    auto sender = wire_->sender(options());
    wire_->let_go();
    return sender;
  }
  std::unique_ptr<Receiver> only_receiver(std::int64_t deadline_ns = -1) {
    auto receiver = wire_->receiver(options(deadline_ns));
    wire_->let_go();
    return receiver;
  }
  static bool sends(Sender& sender, std::uint32_t number, std::size_t bytes) {
    return sender.send(numbered(number, bytes), Payload(1, bytes).fill(number).out()).ok();
  }
  static ::testing::AssertionResult receives(Receiver& receiver, std::uint32_t number,
                                             std::size_t bytes) {
    Payload payload(1, bytes);
    Status status = receiver.expect(numbered(number, bytes), payload.in());
    if (status.ok()) status = receiver.wait();
    if (!status.ok()) return is_ok(status);
    return payload.holds(number) ? ::testing::AssertionSuccess() : ::testing::AssertionFailure();
  }

  const WithoutSigpipe without_sigpipe_;
  const std::unique_ptr<Wire> wire_ = GetParam().make();
};

TEST_P(PeerProcess, frames_come_over) {
  Child child([&] {
    const auto sender = only_sender();
    for (std::uint32_t i = 0; i < 500; ++i) {
      if (!sends(*sender, i, 1 + i * 5)) return false;
    }
    return true;
  });
  const auto receiver = only_receiver();
  for (std::uint32_t i = 0; i < 500; ++i) EXPECT_TRUE(receives(*receiver, i, 1 + i * 5));
  EXPECT_EQ(child.end(), 0);
}

TEST_P(PeerProcess, a_receiver_that_ends_is_gone_for_the_sender) {
  Child child([&] { return receives(*only_receiver(), 0, 500) == true; });
  const auto sender = only_sender();
  Status sent;
  for (std::uint32_t i = 0; sent.ok(); ++i) {
    sent = sender->send(numbered(i, 500), Payload(1, 500).fill(i).out());
  }
  EXPECT_TRUE(fails_with(sent, "child to parent", {"the other end is gone"}));
  EXPECT_EQ(child.end(), 0);
}

TEST_P(PeerProcess, a_sender_that_is_killed_is_noticed) {
  Child child([&] {
    const auto sender = only_sender();
    if (!sends(*sender, 0, 10)) return false;
    while (true) ::pause();
  });
  const auto receiver = only_receiver(kPeerDeadline);
  ASSERT_TRUE(receives(*receiver, 0, 10));
  child.signal(SIGKILL);
  EXPECT_TRUE(WIFSIGNALED(child.end()));
  Payload payload(1, 10);
  ASSERT_TRUE(is_ok(receiver->expect(numbered(1, 10), payload.in())));
  EXPECT_TRUE(fails_with(receiver->wait(), "child to parent", {GetParam().when_killed()}));
}

TEST_P(PeerProcess, a_sender_that_is_stopped_runs_into_the_deadline) {
  Child child([&] {
    const auto sender = only_sender();
    ::raise(SIGSTOP);
    return sends(*sender, 0, 10);
  });
  const auto receiver = only_receiver(kPeerDeadline);
  ASSERT_TRUE(child.stopped());
  Payload payload(1, 10);
  ASSERT_TRUE(is_ok(receiver->expect(numbered(0, 10), payload.in())));
  EXPECT_TRUE(fails_with(receiver->wait(), "child to parent", {"deadline"}));
}

TEST_P(PeerProcess, a_sender_that_goes_on_after_a_stop_has_lost_nothing) {
  Child child([&] {
    const auto sender = only_sender();
    for (std::uint32_t i = 0; i < 10; ++i) {
      ::raise(SIGSTOP);
      if (!sends(*sender, i, 3000)) return false;
    }
    return true;
  });
  const auto receiver = only_receiver();
  for (std::uint32_t i = 0; i < 10; ++i) {
    ASSERT_TRUE(child.stopped());
    std::thread waker([&] { child.signal(SIGCONT); });
    EXPECT_TRUE(receives(*receiver, i, 3000));
    waker.join();
  }
  EXPECT_EQ(child.end(), 0);
}

INSTANTIATE_TEST_SUITE_P(Wires, PeerProcess, ::testing::ValuesIn(wires_between_processes()),
                         wire_name);

// A line in memory cannot detect that its peer was killed; the detecting process interrupts it.
TEST(PeerInSharedMemory, that_is_killed_is_told_by_a_new_generation) {
  Wire wire(memory_transport(), Wire::Memory::shared);
  Child child([&]() -> bool {
    const auto sender = wire.sender({});
    while (true) ::pause();
  });
  const auto receiver = wire.receiver({});
  std::thread supervisor([&] {
    child.signal(SIGKILL);
    (void)child.end();
    memory_transport().reset(wire.memory(), 1);
  });
  Payload payload(1, 10);
  ASSERT_TRUE(is_ok(receiver->expect(numbered(0, 10), payload.in())));
  EXPECT_TRUE(fails_with(receiver->wait(), "channel", {"the generation has changed"}));
  supervisor.join();
}

}  // namespace
}  // namespace forknet::wire
