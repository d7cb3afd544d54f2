#include "wire/frame.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <set>
#include <string>

#include "wire/channel.h"

namespace forknet::wire {
namespace {

Frame random_frame(std::mt19937_64& engine) {
  return {static_cast<FrameKind>(engine() % kFrameKinds),
          static_cast<std::uint32_t>(engine()),
          static_cast<std::uint32_t>(engine()),
          engine(),
          engine(),
          static_cast<std::uint32_t>(engine()),
          static_cast<std::uint32_t>(engine())};
}

TEST(Frame, comes_back_from_its_head) {
  std::mt19937_64 engine(1);
  for (int i = 0; i < 1000; ++i) {
    const Frame frame = random_frame(engine);
    ASSERT_EQ(decode(encode(frame)), frame) << describe(frame);
  }
  EXPECT_EQ(decode(encode({})), Frame{});
}

TEST(Frame, a_head_with_any_bit_flipped_is_refused) {
  std::mt19937_64 engine(2);
  for (int i = 0; i < 20; ++i) {
    const Head head = encode(i == 0 ? Frame{} : random_frame(engine));
    for (std::size_t bit = 0; bit < 8 * kHeadBytes; ++bit) {
      Head damaged = head;
      damaged[bit / 8] ^= std::byte{1} << (bit % 8);
      EXPECT_FALSE(decode(damaged).has_value()) << "bit " << bit;
    }
  }
}

TEST(Frame, bytes_that_are_no_head_are_refused) {
  std::mt19937_64 engine(3);
  EXPECT_FALSE(decode(Head{}).has_value());
  Head ones;
  ones.fill(std::byte{0xFF});
  EXPECT_FALSE(decode(ones).has_value());
  for (int i = 0; i < 1000; ++i) {
    Head noise;
    for (std::byte& byte : noise) byte = static_cast<std::byte>(engine());
    EXPECT_FALSE(decode(noise).has_value());
  }
}

TEST(Frame, a_kind_that_nobody_knows_is_refused) {
  EXPECT_TRUE(decode(encode({static_cast<FrameKind>(kFrameKinds - 1), 0, 0, 0, 0})).has_value());
  EXPECT_FALSE(decode(encode({static_cast<FrameKind>(kFrameKinds), 0, 0, 0, 0})).has_value());
}

TEST(Frame, a_head_read_at_the_wrong_place_is_refused) {
  const Head head = encode({FrameKind::error, 1, 2, 3, 4});
  std::array<std::byte, 3 * kHeadBytes> stream;
  for (std::size_t i = 0; i < 3; ++i) {
    std::memcpy(stream.data() + i * kHeadBytes, head.data(), kHeadBytes);
  }
  for (std::size_t at = 0; at <= 2 * kHeadBytes; ++at) {
    Head read;
    std::memcpy(read.data(), stream.data() + at, kHeadBytes);
    EXPECT_EQ(decode(read).has_value(), at % kHeadBytes == 0) << "at " << at;
  }
}

TEST(Frame, every_kind_has_a_name_of_its_own) {
  std::set<std::string_view> names;
  for (std::size_t kind = 0; kind < kFrameKinds; ++kind) {
    names.insert(name_of(static_cast<FrameKind>(kind)));
  }
  EXPECT_EQ(names.size(), kFrameKinds);
  EXPECT_EQ(describe({FrameKind::activation, 0, 3, 17, 4096}),
            "activation 3 of step 17, generation 0, 4096 bytes");
}

TEST(Frame, says_which_layer_and_part_of_it_it_carries) {
  const Frame moment = {
      .kind = FrameKind::weight, .generation = 1, .step = 17, .bytes = 64, .layer = 2, .part = 1};
  EXPECT_EQ(describe(moment), "weight of layer 2, part 1, of step 17, generation 1, 64 bytes");
  const Frame message = {.kind = FrameKind::control, .step = 17, .bytes = 8, .part = 1};
  EXPECT_EQ(describe(message), "control 1 of step 17, generation 0, 8 bytes");
}

TEST(Blocks, lead_from_run_to_run) {
  std::array<std::byte, 20> memory;
  const MutableBlocks blocks = {memory.data(), 3, 4, 7};
  EXPECT_EQ(blocks.bytes(), 12U);
  for (std::size_t offset = 0; offset < blocks.bytes(); ++offset) {
    const auto run = blocks.run_from(offset);
    EXPECT_EQ(run.data(), memory.data() + offset / 4 * 7 + offset % 4);
    EXPECT_EQ(run.size(), 4 - offset % 4);
  }
  EXPECT_EQ(MutableBlocks{}.bytes(), 0U);
}

TEST(CheckFrame, says_what_came_and_what_was_expected) {
  const Frame expected = {FrameKind::activation, 0, 3, 17, 4096};
  const Frame other = {FrameKind::error, 0, 3, 17, 4096};
  EXPECT_TRUE(check_frame("a", encode(expected), expected).ok());
  const Status refused = check_frame("a", encode(other), expected);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::cell);
  EXPECT_EQ(refused.error().message,
            "channel a: got error 3 of step 17, generation 0, 4096 bytes, expected activation 3 of "
            "step 17, generation 0, 4096 bytes");
  const Status noise = check_frame("a", Head{}, expected);
  ASSERT_FALSE(noise.ok());
  EXPECT_EQ(noise.error().message,
            "channel a: the received data is not a frame (expected activation 3 of step 17, "
            "generation 0, 4096 "
            "bytes)");
}

}  // namespace
}  // namespace forknet::wire
