// Specific to rings: generations, and payloads in place.
#include "wire/ring/ring.h"

#include <gtest/gtest.h>

#include <thread>

#include "os/mapping.h"
#include "wire/payloads.h"

namespace forknet::wire {
namespace {

class Ring : public ::testing::Test {
 protected:
  static constexpr RingSizes kSizes = {4, 64};

  static ChannelOptions of_generation(std::uint32_t generation) {
    ChannelOptions options;
    options.generation = generation;
    return options;
  }
  static Frame frame(std::uint32_t number, std::uint32_t generation) {
    Frame frame = numbered(number, 10);
    frame.generation = generation;
    return frame;
  }
  std::unique_ptr<Sender> sender(std::uint32_t generation = 0) {
    return ring_sender(mapping_.writable(), kSizes, of_generation(generation));
  }
  std::unique_ptr<Receiver> receiver(std::uint32_t generation = 0) {
    return ring_receiver(mapping_.writable(), kSizes, of_generation(generation));
  }
  void reset(std::uint32_t generation) { reset_ring(mapping_.writable(), generation); }
  void interrupt(std::uint32_t generation) { interrupt_ring(mapping_.writable(), generation); }

  static Status send(Sender& sender, std::uint32_t number, std::uint32_t generation = 0) {
    return sender.send(frame(number, generation), Payload(1, 10).fill(number).out());
  }
  static ::testing::AssertionResult receives(Receiver& receiver, std::uint32_t number,
                                             std::uint32_t generation = 0) {
    Payload payload(1, 10);
    Status status = receiver.expect(frame(number, generation), payload.in());
    if (status.ok()) status = receiver.wait();
    if (!status.ok()) return is_ok(status);
    return payload.holds(number) ? ::testing::AssertionSuccess() : ::testing::AssertionFailure();
  }
  static ::testing::AssertionResult is_out_of_date(const Status& status) {
    return fails_with(status, "channel", {"the generation has changed"});
  }

  os::Mapping mapping_ = os::Mapping::anonymous(ring_bytes(kSizes)).value();
};

TEST_F(Ring, a_new_generation_ends_the_wait_of_a_receiver) {
  const auto receiver = this->receiver();
  Payload payload(1, 10);
  ASSERT_TRUE(is_ok(receiver->expect(frame(0, 0), payload.in())));
  std::thread supervisor([&] { reset(1); });
  EXPECT_TRUE(is_out_of_date(receiver->wait()));
  supervisor.join();
}

TEST_F(Ring, a_new_generation_ends_the_wait_of_a_sender) {
  const auto sender = this->sender();
  for (std::uint32_t i = 0; i < kSizes.slots; ++i) ASSERT_TRUE(is_ok(send(*sender, i)));
  std::thread supervisor([&] { reset(1); });
  EXPECT_TRUE(is_out_of_date(send(*sender, 9)));
  supervisor.join();
}

TEST_F(Ring, an_end_of_the_last_generation_takes_and_gives_nothing_any_more) {
  for (std::uint32_t done = 0; done < 10; ++done) {
    reset(0);
    const auto sender = this->sender();
    const auto receiver = this->receiver();
    for (std::uint32_t i = 0; i < done; ++i) {
      ASSERT_TRUE(is_ok(send(*sender, i)));
      ASSERT_TRUE(receives(*receiver, i));
    }
    reset(1);
    Payload payload(1, 10);
    ASSERT_TRUE(is_ok(receiver->expect(frame(done, 0), payload.in())));
    EXPECT_TRUE(is_out_of_date(receiver->wait())) << "after " << done << " frames";
    EXPECT_TRUE(is_out_of_date(send(*sender, done))) << "after " << done << " frames";
  }
}

TEST_F(Ring, the_next_generation_begins_with_an_empty_ring) {
  {
    const auto sender = this->sender();
    for (std::uint32_t i = 0; i < 3; ++i) ASSERT_TRUE(is_ok(send(*sender, i)));
  }
  reset(1);
  const auto sender = this->sender(1);
  const auto receiver = this->receiver(1);
  for (std::uint32_t i = 0; i < 10; ++i) {
    ASSERT_TRUE(is_ok(send(*sender, i, 1)));
    EXPECT_TRUE(receives(*receiver, i, 1));
  }
}

TEST_F(Ring, ends_of_the_last_generation_that_go_late_are_not_those_of_the_next) {
  auto old_sender = sender();
  auto old_receiver = receiver();
  reset(1);
  const auto sender = this->sender(1);
  const auto receiver = this->receiver(1);
  old_sender.reset();
  old_receiver.reset();
  std::thread other([&] {
    for (std::uint32_t i = 0; i < 20; ++i) ASSERT_TRUE(is_ok(send(*sender, i, 1)));
  });
  for (std::uint32_t i = 0; i < 20; ++i) EXPECT_TRUE(receives(*receiver, i, 1));
  other.join();
}

TEST_F(Ring, an_interruption_ends_the_waits_of_both_ends) {
  const auto receiver = this->receiver();
  Payload payload(1, 10);
  ASSERT_TRUE(is_ok(receiver->expect(frame(0, 0), payload.in())));
  std::thread supervisor([&] { interrupt(1); });
  EXPECT_TRUE(is_out_of_date(receiver->wait()));
  supervisor.join();
  reset(2);
  const auto sender = this->sender(2);
  for (std::uint32_t i = 0; i < kSizes.slots; ++i) ASSERT_TRUE(is_ok(send(*sender, i, 2)));
  supervisor = std::thread([&] { interrupt(3); });
  EXPECT_TRUE(is_out_of_date(send(*sender, 9, 2)));
  supervisor.join();
}

TEST_F(Ring, an_end_that_was_interrupted_takes_and_gives_nothing_any_more) {
  const auto sender = this->sender();
  const auto receiver = this->receiver();
  ASSERT_TRUE(is_ok(send(*sender, 0)));
  interrupt(1);
  Payload payload(1, 10);
  ASSERT_TRUE(is_ok(receiver->expect(frame(0, 0), payload.in())));
  EXPECT_TRUE(is_out_of_date(receiver->wait()));
  EXPECT_TRUE(payload.untouched());
  EXPECT_TRUE(is_out_of_date(send(*sender, 1)));
}

TEST_F(Ring, ends_of_a_generation_are_not_disturbed_by_the_interruption_that_began_it) {
  auto old_sender = sender();
  auto old_receiver = receiver();
  ASSERT_TRUE(is_ok(send(*old_sender, 0)));
  interrupt(1);
  const auto sender = this->sender(1);
  const auto receiver = this->receiver(1);
  old_sender.reset();
  old_receiver.reset();
  reset(1);
  std::thread supervisor([&] {  // interrupts repeatedly
    for (int i = 0; i < 200; ++i) interrupt(1);
  });
  std::thread other([&] {
    for (std::uint32_t i = 0; i < 200; ++i) ASSERT_TRUE(is_ok(send(*sender, i, 1)));
  });
  for (std::uint32_t i = 0; i < 200; ++i) EXPECT_TRUE(receives(*receiver, i, 1));
  other.join();
  supervisor.join();
}

TEST(RingInPlace, moves_heads_alone) {
  constexpr RingSizes kHeads = {8, 0};
  EXPECT_LE(ring_bytes(kHeads), sizeof(RingControlBlock) + 8 * 64);
  os::Mapping mapping = os::Mapping::anonymous(ring_bytes(kHeads)).value();
  Traffic traffic;
  ChannelOptions options;
  options.traffic = &traffic;
  const auto sender = ring_sender(mapping.writable(), kHeads, {});
  const auto receiver = ring_receiver(mapping.writable(), kHeads, options);
  Payload sent(100, 100, 4);
  Payload received(100, 100, 4);
  sent.fill(1);
  for (std::uint32_t i = 0; i < 50; ++i) {
    ASSERT_TRUE(is_ok(sender->send(numbered(i, sent.bytes()), sent.out())));
    ASSERT_TRUE(is_ok(receiver->expect(numbered(i, received.bytes()), received.in())));
    ASSERT_TRUE(is_ok(receiver->wait()));
  }
  EXPECT_TRUE(received.untouched());
  EXPECT_EQ(traffic.bytes[static_cast<std::size_t>(FrameKind::activation)], 50U * 10'000);
}

TEST(RingInPlace, what_a_sender_wrote_before_is_there_for_the_receiver) {
  constexpr RingSizes kHeads = {4, 0};
  constexpr std::uint32_t kFrames = 5000;
  os::Mapping mapping = os::Mapping::anonymous(ring_bytes(kHeads)).value();
  const auto sender = ring_sender(mapping.writable(), kHeads, {});
  const auto receiver = ring_receiver(mapping.writable(), kHeads, {});
  std::vector<std::uint32_t> numbers(kFrames, 0);
  const auto place = [&](std::uint32_t i) { return reinterpret_cast<std::byte*>(&numbers[i]); };
  std::thread other([&] {
    for (std::uint32_t i = 0; i < kFrames; ++i) {
      numbers[i] = i + 1;
      ASSERT_TRUE(is_ok(sender->send(numbered(i, 4), {place(i), 1, 4, 4})));
    }
  });
  for (std::uint32_t i = 0; i < kFrames; ++i) {
    ASSERT_TRUE(is_ok(receiver->expect(numbered(i, 4), {place(i), 1, 4, 4})));
    ASSERT_TRUE(is_ok(receiver->wait()));
    ASSERT_EQ(numbers[i], i + 1);
  }
  other.join();
}

}  // namespace
}  // namespace forknet::wire
