// Progress that survives the death of its writer.
#include "state/progress_slots.h"

#include <gtest/gtest.h>

#include <memory>

#include "os/forked_child.h"
#include "os/mapping.h"
#include "random_cases.h"

namespace forknet::run {
namespace {

ProgressState progress_at(std::uint64_t step) {
  ProgressState state;
  state.step = step;
  state.epochs_closed = step / 6;
  state.epoch = {1.0 / 3, step, 2 * step};
  state.validation = Evaluation{10, 1e-300, std::nullopt, 0.25, 0.125, -0.5};
  state.best = 5e-324;
  state.reached = true;
  state.train_seconds = 1.1;
  return state;
}

std::string text_of(const std::optional<ProgressState>& state) {
  return state ? to_json(*state) : "nothing";
}

std::span<std::byte> bytes_of(ProgressSlots& slots) {
  return std::as_writable_bytes(std::span(&slots, 1));
}

TEST(ProgressSlots, without_a_save_there_is_nothing) {
  const ProgressSlots slots;
  EXPECT_FALSE(slots.load().has_value());
}

TEST(ProgressSlots, what_was_saved_last_is_loaded) {
  ProgressSlots slots;
  for (const std::uint64_t step : {0U, 1U, 2U, 3U, 17U, 17U, 5U}) {
    slots.save(progress_at(step));
    EXPECT_EQ(text_of(slots.load()), to_json(progress_at(step)));
    EXPECT_EQ(slots.load()->step, step);
  }
}

TEST(ProgressSlots, a_damaged_byte_costs_one_of_the_two_saves) {
  for (const std::uint64_t saves : {2U, 3U}) {
    ProgressSlots slots;
    for (std::uint64_t step = 1; step <= saves; ++step) slots.save(progress_at(step));
    const auto bytes = bytes_of(slots);
    // Of fewer cases every seventh byte: of each number, some other one in each of them.
    for (std::size_t i = 0; i < bytes.size(); i += test_in_full() ? 1 : 7) {
      for (const std::byte flip : {std::byte{1}, std::byte{0x80}, std::byte{0xff}}) {
        bytes[i] ^= flip;
        const bool in_newest = (i >= bytes.size() / 2) == (saves == 2);
        EXPECT_EQ(text_of(slots.load()), to_json(progress_at(in_newest ? saves - 1 : saves))) << i;
        bytes[i] ^= flip;
      }
    }
  }
}

TEST(ProgressSlots, with_both_damaged_there_is_nothing) {
  ProgressSlots slots;
  slots.save(progress_at(1));
  slots.save(progress_at(2));
  const auto bytes = bytes_of(slots);
  bytes.front() ^= std::byte{1};
  bytes.back() ^= std::byte{1};
  EXPECT_FALSE(slots.load().has_value());
}

TEST(ProgressSlots, a_save_goes_where_the_damage_is) {
  ProgressSlots slots;
  slots.save(progress_at(1));
  slots.save(progress_at(2));
  const auto bytes = bytes_of(slots);
  bytes[bytes.size() - 1] ^= std::byte{1};  // of the newest
  EXPECT_EQ(slots.load()->step, 1U);
  slots.save(progress_at(3));
  EXPECT_EQ(slots.load()->step, 3U);
  bytes[bytes.size() - 1] ^= std::byte{1};
  EXPECT_EQ(slots.load()->step, 1U) << "the one before is whole all the time";
}

TEST(ProgressSlots, what_one_process_saves_another_loads) {
  auto mapping = os::Mapping::shared("test", sizeof(ProgressSlots)).value();
  auto& slots = *new (mapping.writable().data()) ProgressSlots;
  os::ForkedChild child([&] {
    slots.save(progress_at(41));
    slots.save(progress_at(42));
    return 0;
  });
  EXPECT_EQ(child.wait(), 0);
  EXPECT_EQ(text_of(slots.load()), to_json(progress_at(42)));
}

}  // namespace
}  // namespace forknet::run
