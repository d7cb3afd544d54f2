// Specific to pipes: data that arrives in any pieces, and neighbours that write to each other.
#include "wire/pipe/pipe.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>

#include "wire/payloads.h"

namespace forknet::wire {
namespace {

class PipeChannel : public ::testing::Test {
 protected:
  static constexpr std::size_t kBytes = 60;

  PipeChannel() {
    os::PipeEnds ends = os::make_pipe(4096).value();
    write_ = std::move(ends.write);
    receiver_ = std::make_unique<PipeReceiver>(std::move(ends.read), ChannelOptions{});
  }
  // Consecutive frames as a sender writes them.
  static std::vector<std::byte> stream(std::uint32_t frames) {
    std::vector<std::byte> stream;
    for (std::uint32_t number = 0; number < frames; ++number) {
      const Head head = encode(numbered(number, kBytes));
      stream.insert(stream.end(), head.begin(), head.end());
      for (std::size_t i = 0; i < kBytes; ++i) stream.push_back(byte_of(number, i));
    }
    return stream;
  }
  void write(std::span<const std::byte> bytes) const {
    if (bytes.empty()) return;
    const std::array pieces = {bytes};
    ASSERT_EQ(os::write_some(write_, pieces).bytes, bytes.size());
  }
  void expect(std::uint32_t number, Payload& payload) {
    ASSERT_TRUE(is_ok(receiver_->expect(numbered(number, payload.bytes()), payload.in())));
  }

  const WithoutSigpipe without_sigpipe_;
  os::Fd write_;
  std::unique_ptr<PipeReceiver> receiver_;
};

TEST_F(PipeChannel, a_stream_that_comes_byte_by_byte_is_taken) {
  constexpr std::uint32_t kFrames = 5;
  std::vector<Payload> payloads(kFrames, Payload(6, 10, 3));
  for (std::uint32_t i = 0; i < kFrames; ++i) expect(i, payloads[i]);
  for (const std::byte& byte : stream(kFrames)) {
    write({&byte, 1});
    ASSERT_TRUE(is_ok(receiver_->take()));
  }
  EXPECT_FALSE(receiver_->hungry());
  for (std::uint32_t i = 0; i < kFrames; ++i) {
    EXPECT_TRUE(is_ok(receiver_->wait()));
    EXPECT_TRUE(payloads[i].holds(i));
  }
}

TEST_F(PipeChannel, a_stream_that_comes_in_two_pieces_is_taken_wherever_it_was_cut) {
  const auto bytes = stream(2);
  const std::span<const std::byte> all = bytes;
  for (std::size_t cut = 0; cut <= all.size(); ++cut) {
    std::vector<Payload> payloads(2, Payload(4, 15, 1));
    for (std::uint32_t i = 0; i < 2; ++i) expect(i, payloads[i]);
    write(all.first(cut));
    ASSERT_TRUE(is_ok(receiver_->take())) << cut;
    write(all.subspan(cut));
    for (std::uint32_t i = 0; i < 2; ++i) {
      ASSERT_TRUE(is_ok(receiver_->wait())) << cut;
      EXPECT_TRUE(payloads[i].holds(i)) << cut;
    }
  }
}

TEST_F(PipeChannel, what_nobody_expects_stays_in_the_pipe) {
  Payload first(1, kBytes);
  Payload second(1, kBytes);
  write(stream(2));
  expect(0, first);
  EXPECT_TRUE(is_ok(receiver_->wait()));
  EXPECT_FALSE(receiver_->hungry());
  EXPECT_TRUE(is_ok(receiver_->take()));
  expect(1, second);
  EXPECT_TRUE(is_ok(receiver_->wait()));
  EXPECT_TRUE(second.holds(1));
}

TEST_F(PipeChannel, a_garbled_head_is_refused) {
  auto bytes = stream(1);
  bytes[20] ^= std::byte{1};
  write(bytes);
  Payload payload(1, kBytes);
  expect(0, payload);
  EXPECT_TRUE(fails_with(receiver_->wait(), "channel",
                         {"the received data is not a frame", describe(numbered(0, kBytes))}));
  EXPECT_TRUE(payload.untouched());
}

class TruncatedPipeChannel : public PipeChannel,
                             public ::testing::WithParamInterface<std::size_t> {};

TEST_P(TruncatedPipeChannel, a_frame_that_ends_too_early_is_refused) {
  const auto bytes = stream(1);
  const std::size_t cut = GetParam();
  write(std::span(bytes).first(cut));
  write_.close();
  Payload payload(1, kBytes);
  expect(0, payload);
  EXPECT_TRUE(fails_with(receiver_->wait(), "channel",
                         {cut == 0 ? "the other end is gone" : "in the middle of a frame"}));
}

INSTANTIATE_TEST_SUITE_P(At, TruncatedPipeChannel, ::testing::Values(0, 1, 39, 40, 41, 99));

// One of two cells that each send a frame before they receive the other's.
void exchange(Sender& sender, Receiver& receiver, std::uint32_t rounds, std::size_t bytes) {
  for (std::uint32_t i = 0; i < rounds; ++i) {
    Payload payload(1, bytes);
    ASSERT_TRUE(is_ok(receiver.expect(numbered(i, bytes), payload.in())));
    ASSERT_TRUE(is_ok(sender.send(numbered(i, bytes), Payload(1, bytes).fill(i).out())));
    ASSERT_TRUE(is_ok(receiver.wait()));
    EXPECT_TRUE(payload.holds(i));
  }
}

TEST(PipeNeighbours, that_both_send_large_frames_do_not_wait_for_each_other_for_ever) {
  const WithoutSigpipe without_sigpipe;
  os::PipeEnds up = os::make_pipe(4096).value();
  os::PipeEnds down = os::make_pipe(4096).value();
  PipeReceiver to_a(std::move(down.read), {});
  PipeReceiver to_b(std::move(up.read), {});
  PipeSender from_a(std::move(up.write), {}, {&to_a});
  PipeSender from_b(std::move(down.write), {}, {&to_b});
  std::thread b([&] { exchange(from_b, to_b, 5, 300'000); });
  exchange(from_a, to_a, 5, 300'000);
  b.join();
}

TEST(PipeNeighbours, a_sender_that_waits_hears_that_its_cell_has_lost_another_neighbour) {
  const WithoutSigpipe without_sigpipe;
  os::PipeEnds up = os::make_pipe(4096).value();
  os::PipeEnds down = os::make_pipe(4096).value();
  ChannelOptions options;
  options.name = "from above";
  PipeReceiver from_above(std::move(down.read), options);
  PipeSender sender(std::move(up.write), {}, {&from_above});
  Payload payload(1, 10);
  ASSERT_TRUE(is_ok(from_above.expect(numbered(0, 10), payload.in())));
  std::thread other([&] { down.write.close(); });
  EXPECT_TRUE(fails_with(sender.send(numbered(0, 100'000), Payload(1, 100'000).out()), "from above",
                         {"the other end is gone"}));
  other.join();
}

// A grid whose cells begin a new generation while one of them waits.
class PipeGenerations : public ::testing::Test {
 protected:
  ChannelOptions in_generation(std::uint32_t generation) {
    ChannelOptions options;
    options.generation = generation;
    options.generation_now = &now_;
    return options;
  }
  static ::testing::AssertionResult is_out_of_date(const Status& status) {
    return fails_with(status, "channel", {"the generation has changed"});
  }
  // Sends frames without a receiver until one fails; returns that Error.
  static Status send_until_it_fails(PipeSender& sender) {
    const Payload payload(1, 1000);
    for (std::uint32_t i = 0;; ++i) {
      if (Status sent = sender.send(numbered(i, 1000), payload.out()); !sent.ok()) return sent;
    }
  }

  const WithoutSigpipe without_sigpipe_;
  os::PipeEnds ends_ = os::make_pipe(4096).value();
  std::atomic<std::uint32_t> now_{0};
};

TEST_F(PipeGenerations, a_new_one_ends_the_wait_of_a_receiver) {
  PipeReceiver receiver(std::move(ends_.read), in_generation(0));
  Payload payload(1, 10);
  ASSERT_TRUE(is_ok(receiver.expect(numbered(0, 10), payload.in())));
  std::thread supervisor([&] { now_.store(1); });
  EXPECT_TRUE(is_out_of_date(receiver.wait()));
  supervisor.join();
  EXPECT_TRUE(is_out_of_date(receiver.wait()));
}

TEST_F(PipeGenerations, a_new_one_ends_the_wait_in_the_middle_of_a_frame) {
  PipeReceiver receiver(std::move(ends_.read), in_generation(0));
  Payload payload(1, 10);
  const Head head = encode(numbered(0, 10));
  const std::array pieces = {std::span<const std::byte>(head)};
  ASSERT_EQ(os::write_some(ends_.write, pieces).bytes, kHeadBytes);
  ASSERT_TRUE(is_ok(receiver.expect(numbered(0, 10), payload.in())));
  std::thread supervisor([&] { now_.store(1); });
  EXPECT_TRUE(is_out_of_date(receiver.wait()));
  supervisor.join();
}

TEST_F(PipeGenerations, a_new_one_ends_the_wait_of_a_sender_whose_pipe_is_full) {
  PipeSender sender(std::move(ends_.write), in_generation(0));
  std::thread supervisor([&] { now_.store(1); });
  EXPECT_TRUE(is_out_of_date(send_until_it_fails(sender)));
  supervisor.join();
}

TEST_F(PipeGenerations, a_new_one_ends_the_wait_of_a_sender_that_takes_in_meanwhile) {
  os::PipeEnds down = os::make_pipe(4096).value();
  PipeReceiver receiver(std::move(down.read), in_generation(0));
  PipeSender sender(std::move(ends_.write), in_generation(0), {&receiver});
  Payload payload(1, 10);
  ASSERT_TRUE(is_ok(receiver.expect(numbered(0, 10), payload.in())));
  std::thread supervisor([&] { now_.store(1); });
  EXPECT_TRUE(is_out_of_date(send_until_it_fails(sender)));
  supervisor.join();
}

TEST_F(PipeGenerations, what_need_not_wait_is_done_in_an_older_one) {
  PipeReceiver receiver(std::move(ends_.read), in_generation(0));
  PipeSender sender(std::move(ends_.write), in_generation(0));
  now_.store(1);
  Payload payload(1, 10);
  ASSERT_TRUE(is_ok(sender.send(numbered(0, 10), Payload(1, 10).fill(0).out())));
  ASSERT_TRUE(is_ok(receiver.expect(numbered(0, 10), payload.in())));
  EXPECT_TRUE(is_ok(receiver.wait()));
  EXPECT_TRUE(payload.holds(0));
}

TEST_F(PipeGenerations, ends_of_the_one_at_hand_are_not_disturbed) {
  now_.store(5);
  PipeReceiver receiver(std::move(ends_.read), in_generation(5));
  PipeSender sender(std::move(ends_.write), in_generation(5));
  const auto frame = [](std::uint32_t number) {
    return Frame{FrameKind::activation, 5, number, 7, 5000};
  };
  std::thread other([&] {
    for (std::uint32_t i = 0; i < 20; ++i) {
      ASSERT_TRUE(is_ok(sender.send(frame(i), Payload(1, 5000).fill(i).out())));
    }
  });
  for (std::uint32_t i = 0; i < 20; ++i) {
    Payload payload(1, 5000);
    ASSERT_TRUE(is_ok(receiver.expect(frame(i), payload.in())));
    ASSERT_TRUE(is_ok(receiver.wait()));
    EXPECT_TRUE(payload.holds(i));
  }
  other.join();
}

TEST_F(PipeGenerations, a_deadline_holds_while_the_generation_stays) {
  ChannelOptions options = in_generation(0);
  options.deadline_ns = 30'000'000;  // longer than the interval of checks of the generation
  PipeReceiver receiver(std::move(ends_.read), options);
  PipeSender sender(std::move(ends_.write), options);
  EXPECT_TRUE(fails_with(send_until_it_fails(sender), "channel", {"nothing was taken"}));
  os::PipeEnds empty = os::make_pipe(4096).value();
  PipeReceiver waiting(std::move(empty.read), options);
  Payload payload(1, 10);
  ASSERT_TRUE(is_ok(waiting.expect(numbered(0, 10), payload.in())));
  EXPECT_TRUE(fails_with(waiting.wait(), "channel", {"nothing came within the deadline"}));
}

}  // namespace
}  // namespace forknet::wire
