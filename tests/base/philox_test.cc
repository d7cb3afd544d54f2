#include "base/philox.h"

#include <gtest/gtest.h>

namespace forknet {
namespace {

// Known answers of the Random123 distribution (kat_vectors, philox4x32 with 10 rounds).

TEST(Philox, counter_and_key_zero_give_the_published_answer) {
  const PhiloxBlock expected = {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, 0), expected);
}

TEST(Philox, counter_and_key_of_all_ones_give_the_published_answer) {
  const PhiloxBlock ones = {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff};
  const PhiloxBlock expected = {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd};
  EXPECT_EQ(philox4x32(ones, 0xffffffffffffffff), expected);
}

TEST(Philox, the_digits_of_pi_give_the_published_answer) {
  const PhiloxBlock counter = {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344};
  const PhiloxBlock expected = {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1};
  EXPECT_EQ(philox4x32(counter, 0x299f31d0a4093822), expected);
}

TEST(Philox, a_random_block_is_the_block_of_its_counter_words_with_the_purpose_last) {
  EXPECT_EQ(random_block(7, Purpose::dropout, 1, 2, 3), philox4x32({1, 2, 3, 3}, 7));
  EXPECT_NE(random_block(7, Purpose::dropout, 1, 2, 3), random_block(7, Purpose::shuffle, 1, 2, 3));
  EXPECT_NE(random_block(7, Purpose::dropout, 1, 2, 3), random_block(8, Purpose::dropout, 1, 2, 3));
}

static_assert(philox4x32({0, 0, 0, 0}, 0)[0] == 0x6627e8d5, "known at compile time as well");

}  // namespace
}  // namespace forknet
