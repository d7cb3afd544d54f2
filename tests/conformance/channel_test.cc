// The contract of wire/channel.h, tested on every kind of channel.
#include "wire/channel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/clock.h"
#include "conformance/wires.h"
#include "wire/payloads.h"

namespace forknet::wire {
namespace {

constexpr std::int64_t kDeadline = 30'000'000;

class Channel : public ::testing::TestWithParam<WireKind> {
 protected:
  // Both ends of a new channel.
  void join(ChannelOptions sender = {}, ChannelOptions receiver = {}) {
    sender_.reset();
    receiver_.reset();
    wire_ = GetParam().make();
    sender.name = receiver.name = "a to b";
    sender_ = wire_->sender(sender);
    receiver_ = wire_->receiver(receiver);
  }
  void join_with_deadline() {
    ChannelOptions options;
    options.deadline_ns = kDeadline;
    join(options, options);
  }
  // Expects the payload, waits for it and checks it.
  ::testing::AssertionResult receives(std::uint32_t number, Payload& payload) {
    Status status = receiver_->expect(numbered(number, payload.bytes()), payload.in());
    if (status.ok()) status = receiver_->wait();
    if (!status.ok()) return is_ok(status);
    if (payload.holds(number)) return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure() << "frame " << number << " has other bytes";
  }
  Status send(std::uint32_t number, const Payload& payload) {
    return sender_->send(numbered(number, payload.bytes()), payload.out());
  }
  Status send(std::uint32_t number, std::size_t bytes = 10) {
    return send(number, Payload(1, bytes).fill(number));
  }
  // Sends frames until one fails; returns that Error.
  Status send_until_it_fails() {
    for (std::uint32_t number = 0;; ++number) {
      if (Status sent = send(number, 500); !sent.ok()) return sent;
    }
  }

  const WithoutSigpipe without_sigpipe_;
  std::unique_ptr<Wire> wire_;
  std::unique_ptr<Sender> sender_;
  std::unique_ptr<Receiver> receiver_;
};

TEST_P(Channel, frames_arrive_in_order_with_their_bytes) {
  constexpr std::uint32_t kFrames = 2000;
  for (const std::uint32_t spins : {0U, 200U}) {
    ChannelOptions options;
    options.spins = spins;
    join(options, options);
    std::thread other([&] {
      for (std::uint32_t i = 0; i < kFrames; ++i) ASSERT_TRUE(is_ok(send(i, 1 + i % 700)));
    });
    for (std::uint32_t i = 0; i < kFrames; ++i) {
      Payload payload(1, 1 + i % 700);
      EXPECT_TRUE(receives(i, payload));
    }
    other.join();
  }
}

TEST_P(Channel, runs_arrive_where_they_belong_and_the_gaps_stay) {
  const std::size_t shapes[][2] = {{1, 600}, {600, 1}, {6, 100}, {100, 6}, {24, 25}};
  std::uint32_t number = 0;
  for (const auto& from : shapes) {
    for (const auto& to : shapes) {
      join();
      std::thread other(
          [&] { ASSERT_TRUE(is_ok(send(number, Payload(from[0], from[1], 13).fill(number)))); });
      Payload payload(to[0], to[1], 7);
      EXPECT_TRUE(receives(number, payload)) << from[0] << " runs to " << to[0];
      other.join();
      ++number;
    }
  }
}

TEST_P(Channel, a_frame_larger_than_all_the_channel_holds_arrives) {
  join();
  std::thread other([&] {
    for (std::uint32_t i = 0; i < 3; ++i) {
      ASSERT_TRUE(is_ok(send(i, Payload(1000, 333, 3).fill(i))));
    }
  });
  for (std::uint32_t i = 0; i < 3; ++i) {
    Payload payload(333, 1000, 5);
    EXPECT_TRUE(receives(i, payload));
  }
  other.join();
}

TEST_P(Channel, a_sender_is_held_back_by_a_receiver_that_does_not_come) {
  constexpr std::uint32_t kFrames = 3000;
  constexpr std::uint32_t kRoom = 100;  // more than any of these channels can hold
  join();
  std::atomic<std::uint32_t> sent{0};
  std::thread other([&] {
    for (std::uint32_t i = 0; i < kFrames; ++i) {
      ASSERT_TRUE(is_ok(send(i, 50)));
      sent.fetch_add(1);
    }
  });
  for (std::uint32_t i = 0; i < kFrames; ++i) {
    EXPECT_LE(sent.load(), i + kRoom);
    Payload payload(5, 10, 6);
    ASSERT_TRUE(receives(i, payload));
  }
  other.join();
}

TEST_P(Channel, frames_without_bytes_arrive) {
  join();
  std::thread other([&] {
    for (std::uint32_t i = 0; i < 100; ++i) {
      ASSERT_TRUE(is_ok(i % 3 == 0 ? send(i, 9) : sender_->send(numbered(i, 0), {})));
    }
  });
  for (std::uint32_t i = 0; i < 100; ++i) {
    Payload payload(1, 9);
    if (i % 3 == 0) {
      EXPECT_TRUE(receives(i, payload));
    } else {
      EXPECT_TRUE(is_ok(receiver_->expect(numbered(i, 0), {})));
      EXPECT_TRUE(is_ok(receiver_->wait()));
    }
  }
  other.join();
}

TEST_P(Channel, as_many_frames_as_a_step_can_have_may_be_expected_beforehand) {
  join();
  std::vector<Payload> payloads(kMostExpected, Payload(1, 10));
  for (std::uint32_t i = 0; i < kMostExpected; ++i) {
    ASSERT_TRUE(is_ok(receiver_->expect(numbered(i, 10), payloads[i].in())));
  }
  std::thread other([&] {
    for (std::uint32_t i = 0; i < kMostExpected; ++i) ASSERT_TRUE(is_ok(send(i)));
  });
  for (std::uint32_t i = 0; i < kMostExpected; ++i) {
    EXPECT_TRUE(is_ok(receiver_->wait()));
    EXPECT_TRUE(payloads[i].holds(i));
  }
  other.join();
}

TEST_P(Channel, a_frame_that_is_not_the_expected_one_is_refused) {
  const Frame expected = {FrameKind::activation, 3, 2, 17, 10};
  std::vector<Frame> others(7, expected);
  others[0].kind = FrameKind::error;
  others[1].generation = 2;
  others[2].microbatch = 1;
  others[3].step = 18;
  others[4].bytes = 9;
  others[5].layer = 1;
  others[6].part = 1;
  for (const Frame& other : others) {
    join();
    Payload payload(1, 10);
    ASSERT_TRUE(is_ok(sender_->send(other, Payload(1, other.bytes).out())));
    ASSERT_TRUE(is_ok(receiver_->expect(expected, payload.in())));
    EXPECT_TRUE(fails_with(receiver_->wait(), "a to b",
                           {"got " + describe(other), "expected " + describe(expected)}));
    EXPECT_TRUE(payload.untouched());
  }
}

TEST_P(Channel, waiting_ends_when_the_sender_is_gone) {
  for (int i = 0; i < 20; ++i) {
    join();
    Payload payload(1, 10);
    ASSERT_TRUE(is_ok(receiver_->expect(numbered(0, 10), payload.in())));
    std::thread other([&] { sender_.reset(); });
    EXPECT_TRUE(fails_with(receiver_->wait(), "a to b", {"the other end is gone"}));
    other.join();
  }
}

TEST_P(Channel, what_was_sent_before_the_sender_went_still_arrives) {
  join();
  Payload first(1, 10);
  Payload second(1, 10);
  ASSERT_TRUE(is_ok(receiver_->expect(numbered(0, 10), first.in())));
  ASSERT_TRUE(is_ok(receiver_->expect(numbered(1, 10), second.in())));
  ASSERT_TRUE(is_ok(send(0)));
  sender_.reset();
  EXPECT_TRUE(is_ok(receiver_->wait()));
  EXPECT_TRUE(first.holds(0));
  EXPECT_TRUE(fails_with(receiver_->wait(), "a to b", {"the other end is gone"}));
}

TEST_P(Channel, what_was_sent_before_an_unexpected_frame_still_arrives) {
  join();
  Payload first(1, 10);
  Payload second(1, 10);
  ASSERT_TRUE(is_ok(receiver_->expect(numbered(0, 10), first.in())));
  ASSERT_TRUE(is_ok(receiver_->expect(numbered(1, 10), second.in())));
  ASSERT_TRUE(is_ok(send(0)));
  ASSERT_TRUE(is_ok(send(2)));
  EXPECT_TRUE(is_ok(receiver_->wait()));
  EXPECT_TRUE(first.holds(0));
  EXPECT_TRUE(fails_with(receiver_->wait(), "a to b", {"got activation 2", "activation 1"}));
}

TEST_P(Channel, sending_into_a_full_channel_ends_when_the_receiver_is_gone) {
  for (int i = 0; i < 20; ++i) {
    join();
    std::thread other([&] {
      Payload payload(1, 500);
      EXPECT_TRUE(receives(0, payload));
      receiver_.reset();
    });
    EXPECT_TRUE(fails_with(send_until_it_fails(), "a to b", {"the other end is gone"}));
    other.join();
  }
}

TEST_P(Channel, waiting_ends_at_the_deadline) {
  join_with_deadline();
  Payload payload(1, 10);
  ASSERT_TRUE(is_ok(receiver_->expect(numbered(0, 10), payload.in())));
  const std::int64_t begun = monotonic_ns();
  EXPECT_TRUE(fails_with(receiver_->wait(), "a to b", {"deadline"}));
  EXPECT_GE(monotonic_ns() - begun, kDeadline);
}

TEST_P(Channel, sending_into_a_full_channel_ends_at_the_deadline) {
  join_with_deadline();
  const std::int64_t begun = monotonic_ns();
  EXPECT_TRUE(fails_with(send_until_it_fails(), "a to b", {"deadline"}));
  EXPECT_GE(monotonic_ns() - begun, kDeadline);
}

TEST_P(Channel, both_ends_count_what_has_passed) {
  Traffic out;
  Traffic in;
  ChannelOptions sender;
  ChannelOptions receiver;
  sender.traffic = &out;
  receiver.traffic = &in;
  join(sender, receiver);
  const Frame frames[] = {{FrameKind::weight, 0, 0, 1, 2000},
                          {FrameKind::error, 0, 0, 1, 30},
                          {FrameKind::weight, 0, 1, 1, 400},
                          {FrameKind::control, 0, 0, 1, 0}};
  std::thread other([&] {
    for (const Frame& frame : frames) {
      ASSERT_TRUE(is_ok(sender_->send(frame, Payload(1, frame.bytes).out())));
    }
  });
  for (const Frame& frame : frames) {
    Payload payload(1, frame.bytes);
    ASSERT_TRUE(is_ok(receiver_->expect(frame, payload.in())));
    ASSERT_TRUE(is_ok(receiver_->wait()));
  }
  other.join();
  for (const Traffic* traffic : {&out, &in}) {
    const auto of = [](const auto& counts, FrameKind kind) {
      return counts[static_cast<std::size_t>(kind)].load();
    };
    EXPECT_EQ(of(traffic->frames, FrameKind::weight), 2U);
    EXPECT_EQ(of(traffic->bytes, FrameKind::weight), 2400U);
    EXPECT_EQ(of(traffic->frames, FrameKind::error), 1U);
    EXPECT_EQ(of(traffic->bytes, FrameKind::error), 30U);
    EXPECT_EQ(of(traffic->frames, FrameKind::control), 1U);
    EXPECT_EQ(of(traffic->frames, FrameKind::activation), 0U);
  }
}

INSTANTIATE_TEST_SUITE_P(Wires, Channel, ::testing::ValuesIn(wires_between_threads()), wire_name);

}  // namespace
}  // namespace forknet::wire
