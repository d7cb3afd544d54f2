// Weights that several processes map, and the pages that each may write.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "store/weights.h"

namespace forknet::store {
namespace {

constexpr std::size_t kPageNumbers = 4096 / sizeof(float);
constexpr std::size_t kSharedNumbers = 3 * kPageNumbers + 5;
constexpr std::size_t kOwn = kPageNumbers + 7;  // on the second page

os::Fd descriptor_of(const Weights<float>& weights) {
  return os::Fd(::dup(weights.mapping().fd().get()));
}

Weights<float> shared() { return Weights<float>::create_shared(kSharedNumbers, 1).value(); }
Weights<float> again(const Weights<float>& weights) {
  return Weights<float>::of(descriptor_of(weights), kSharedNumbers, 1).value();
}

TEST(SharedWeights, two_mappings_see_the_same_numbers) {
  auto one = shared();
  auto two = again(one);
  EXPECT_NE(one.parameters().data(), two.parameters().data());
  EXPECT_EQ(two.parameters().size(), kSharedNumbers);
  EXPECT_EQ(two.moments(), 1U);
  EXPECT_EQ(two.parameters()[kSharedNumbers - 1], 0.0F);
  one.parameters()[kSharedNumbers - 1] = 3;
  two.moment(0)[0] = 4;
  EXPECT_EQ(two.parameters()[kSharedNumbers - 1], 3.0F);
  EXPECT_EQ(one.moment(0)[0], 4.0F);
  EXPECT_EQ(one.moment(0)[kSharedNumbers - 1], 0.0F);
}

TEST(SharedWeights, those_of_another_model_are_refused) {
  const auto weights = shared();
  const auto larger = Weights<float>::of(descriptor_of(weights), 2 * kSharedNumbers, 1);
  ASSERT_FALSE(larger.ok());
  EXPECT_EQ(larger.error().message, "the shared weights are of another model");
  EXPECT_FALSE(Weights<float>::of(descriptor_of(weights), kSharedNumbers, 2).ok());
}

TEST(SharedWeights, more_than_memory_holds_is_an_error) {
  EXPECT_FALSE(Weights<double>::create_shared(SIZE_MAX / 4, 2).ok());
}

// In a child: writes there once only kOwn may be written. Without a sanitizer's handler the kernel
// ends it.
void write_with_only_own_page(Weights<float>& weights, float& number, float value) {
  ::signal(SIGSEGV, SIG_DFL);
  const std::array<Weights<float>::Numbers, 2> ranges = {
      {{kOwn, kOwn + 10}, {kPageNumbers + 100, 2 * kPageNumbers}}};
  if (!weights.write_only(ranges).ok()) std::_Exit(1);
  number = value;
  std::_Exit(0);
}

TEST(WriteOnlyDeathTest, a_write_to_an_own_page_is_seen_by_the_other_mapping) {
  auto one = shared();
  auto two = again(one);
  EXPECT_EXIT(write_with_only_own_page(two, two.parameters()[kOwn], 8), testing::ExitedWithCode(0),
              "");
  EXPECT_EQ(one.parameters()[kOwn], 8.0F);
  EXPECT_EXIT(write_with_only_own_page(two, two.moment(0)[kOwn + 3], 9), testing::ExitedWithCode(0),
              "");
  EXPECT_EQ(one.moment(0)[kOwn + 3], 9.0F);
}

TEST(WriteOnlyDeathTest, a_write_to_another_page_ends_the_process) {
  auto one = shared();
  auto two = again(one);
  for (const std::size_t number :
       {std::size_t{0}, kPageNumbers - 1, 2 * kPageNumbers, kSharedNumbers - 1}) {
    EXPECT_EXIT(write_with_only_own_page(two, two.parameters()[number], 8),
                testing::KilledBySignal(SIGSEGV), "");
    EXPECT_EXIT(write_with_only_own_page(two, two.moment(0)[number], 8),
                testing::KilledBySignal(SIGSEGV), "");
    EXPECT_EQ(one.parameters()[number], 0.0F);
    EXPECT_EQ(one.moment(0)[number], 0.0F);
  }
}

// Large ones are read at other addresses than they are written at.
TEST(WriteOnlyDeathTest, own_numbers_of_large_weights_are_written_and_read_in_every_version) {
  constexpr std::size_t kMany = (5 << 20) / sizeof(float);
  constexpr std::size_t kVersions = 2;
  auto one = Weights<float>::create_shared(kMany, 1, kVersions).value();
  auto two = Weights<float>::of(descriptor_of(one), kMany, 1, kVersions).value();
  const std::array<Weights<float>::Numbers, 1> own = {{{kMany / 2, kMany}}};
  ASSERT_TRUE(two.write_only(own).ok());
  const Weights<float>& read = two;
  for (const std::uint64_t step : {0, 1}) {
    two.turn_to(step);
    one.turn_to(step + 1);
    two.next_parameters()[kMany - 1] = 5;
    two.next_moment(0)[kMany / 2] = 6;
    EXPECT_EQ(one.parameters()[kMany - 1], 5.0F);
    EXPECT_EQ(one.moment(0)[kMany / 2], 6.0F);
    one.parameters()[0] = 7;
    two.turn_to(step + 1);
    EXPECT_EQ(read.parameters()[0], 7.0F);
    EXPECT_EQ(read.parameters()[kMany - 1], 5.0F);
    EXPECT_EQ(read.region(1)[kMany / 2], 6.0F);
  }
  auto* const elsewhere = const_cast<float*>(&read.parameters()[kMany - 1]);
  EXPECT_NE(elsewhere, &two.parameters()[kMany - 1]);
  EXPECT_EXIT((::signal(SIGSEGV, SIG_DFL), *elsewhere = 1), testing::KilledBySignal(SIGSEGV), "");
  EXPECT_EXIT((::signal(SIGSEGV, SIG_DFL), two.next_parameters()[0] = 1),
              testing::KilledBySignal(SIGSEGV), "");
}

TEST(WriteOnlyDeathTest, who_owns_nothing_writes_nothing_and_reads_everything) {
  auto one = shared();
  auto two = again(one);
  ASSERT_TRUE(two.write_only({}).ok());
  one.parameters()[kOwn] = 6;
  EXPECT_EQ(two.parameters()[kOwn], 6.0F);
  EXPECT_EXIT((::signal(SIGSEGV, SIG_DFL), two.parameters()[kOwn] = 1),
              testing::KilledBySignal(SIGSEGV), "");
  EXPECT_EQ(one.parameters()[kOwn], 6.0F);
}

}  // namespace
}  // namespace forknet::store
