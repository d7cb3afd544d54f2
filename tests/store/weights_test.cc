// Weights and moments in one version and in two.
#include "store/weights.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>

namespace forknet::store {
namespace {

constexpr std::size_t kNumbers = 1500;
constexpr std::size_t kMoments = 2;

template <class T>
class WeightsOf : public ::testing::Test {
 protected:
  // A step: what it writes is what it read, plus one.
  static void step(Weights<T>& weights, std::uint64_t number) {
    weights.turn_to(number);
    add_one(weights.parameters(), weights.next_parameters());
    for (std::size_t i = 0; i < kMoments; ++i) add_one(weights.moment(i), weights.next_moment(i));
    weights.turn_to(number + 1);
  }
  static void add_one(std::span<const T> from, std::span<T> to) {
    std::transform(from.begin(), from.end(), to.begin(), [](T number) { return number + 1; });
  }
  static bool all(std::span<const T> numbers, T value) {
    return std::all_of(numbers.begin(), numbers.end(), [&](T number) { return number == value; });
  }
};
using Precisions = ::testing::Types<float, double>;
TYPED_TEST_SUITE(WeightsOf, Precisions);

TYPED_TEST(WeightsOf, begin_with_zeros_on_pages) {
  for (const std::size_t versions : {1U, 2U}) {
    auto weights = Weights<TypeParam>::create(kNumbers, kMoments, versions).value();
    EXPECT_EQ(weights.parameters().size(), kNumbers);
    EXPECT_EQ(weights.moments(), kMoments);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(weights.parameters().data()) % 4096, 0U);
    for (std::size_t i = 0; i < kMoments; ++i) {
      EXPECT_EQ(weights.moment(i).size(), kNumbers);
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(weights.next_moment(i).data()) % 4096, 0U);
      EXPECT_TRUE(this->all(weights.moment(i), 0));
    }
  }
}

TYPED_TEST(WeightsOf, one_version_is_changed_in_place) {
  auto weights = Weights<TypeParam>::create(kNumbers, kMoments).value();
  const auto* const place = weights.parameters().data();
  for (const std::uint64_t step : {0U, 1U, 2U, 7U}) {
    weights.turn_to(step);
    EXPECT_EQ(weights.parameters().data(), place);
    EXPECT_EQ(weights.next_parameters().data(), place);
    EXPECT_EQ(weights.next_moment(1).data(), weights.moment(1).data());
  }
}

TYPED_TEST(WeightsOf, a_step_writes_the_version_that_the_next_one_begins_with) {
  auto weights = Weights<TypeParam>::create(kNumbers, kMoments, 2).value();
  for (std::uint64_t step = 0; step < 5; ++step) {
    this->step(weights, step);
    const auto done = static_cast<TypeParam>(step + 1);
    EXPECT_TRUE(this->all(weights.parameters(), done));
    EXPECT_TRUE(this->all(weights.moment(1), done));
    EXPECT_TRUE(this->all(weights.next_parameters(), done - 1)) << "what the step began with";
    weights.turn_to(step);
    EXPECT_TRUE(this->all(weights.parameters(), done - 1));
    EXPECT_TRUE(this->all(weights.moment(0), done - 1));
  }
}

TYPED_TEST(WeightsOf, no_region_touches_another) {
  auto weights = Weights<TypeParam>::create(kNumbers, kMoments, 2).value();
  TypeParam value = 1;
  for (std::uint64_t step = 0; step < 2; ++step) {
    weights.turn_to(step);
    std::ranges::fill(weights.parameters(), value++);
    for (std::size_t i = 0; i < kMoments; ++i) std::ranges::fill(weights.moment(i), value++);
  }
  value = 1;
  for (std::uint64_t step = 0; step < 2; ++step) {
    weights.turn_to(step);
    EXPECT_TRUE(this->all(weights.parameters(), value++));
    for (std::size_t i = 0; i < kMoments; ++i) EXPECT_TRUE(this->all(weights.moment(i), value++));
  }
}

TYPED_TEST(WeightsOf, regions_are_the_parameters_and_then_the_moments_and_are_copied_whole) {
  auto from = Weights<TypeParam>::create(kNumbers, kMoments, 2).value();
  auto to = Weights<TypeParam>::create(kNumbers, kMoments, 2).value();
  from.turn_to(1);
  ASSERT_EQ(from.regions(), kMoments + 1);
  EXPECT_EQ(from.region(0).data(), from.parameters().data());
  EXPECT_EQ(from.region(kMoments).data(), from.moment(kMoments - 1).data());
  for (std::size_t i = 0; i < from.regions(); ++i) {
    std::ranges::fill(from.region(i), static_cast<TypeParam>(i + 1));
  }
  to.copy_from(from);
  for (std::size_t i = 0; i < to.regions(); ++i) {
    EXPECT_TRUE(this->all(to.region(i), static_cast<TypeParam>(i + 1))) << i;
  }
  EXPECT_TRUE(this->all(to.next_parameters(), 0)) << "the other version";
}

TYPED_TEST(WeightsOf, every_mapping_turns_for_itself) {
  auto one = Weights<TypeParam>::create_shared(kNumbers, kMoments, 2).value();
  auto two = Weights<TypeParam>::of(one.mapping().fd().duplicate(), kNumbers, kMoments, 2).value();
  one.next_parameters()[3] = 5;
  one.next_moment(1)[kNumbers - 1] = 6;
  EXPECT_EQ(two.parameters()[3], 0);
  two.turn_to(1);
  EXPECT_EQ(two.parameters()[3], 5);
  EXPECT_EQ(two.moment(1)[kNumbers - 1], 6);
  EXPECT_EQ(one.parameters()[3], 0);
}

TEST(Weights, memory_of_one_version_does_not_do_for_two) {
  const auto one = Weights<float>::create_shared(kNumbers, kMoments, 1).value();
  const auto refused = Weights<float>::of(one.mapping().fd().duplicate(), kNumbers, kMoments, 2);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().message, "the shared weights are of another model");
}

TEST(Weights, only_a_second_version_that_the_caches_cannot_hold_is_worth_no_place_in_them) {
  EXPECT_GE(Weights<float>::cached_bytes(), std::size_t{8} << 20);
  EXPECT_GE(Weights<float>::cached_bytes(), os::third_level_cache_bytes() / 8);
  const std::size_t most = Weights<float>::cached_bytes() / 4096 * 4096 / sizeof(float);
  EXPECT_FALSE(Weights<float>::create(most, 0, 2)->outgrows_caches());
  EXPECT_TRUE(Weights<float>::create(most + 1024, 0, 2)->outgrows_caches());
  EXPECT_TRUE(Weights<float>::create(most, 1, 2)->outgrows_caches()) << "moments count";
  EXPECT_FALSE(Weights<float>::create(2 * most, 1, 1)->outgrows_caches());
}

TEST(Weights, more_numbers_than_memory_holds_are_an_error) {
  for (const std::size_t numbers : {SIZE_MAX / 4, SIZE_MAX / 8, SIZE_MAX / 16}) {
    const auto refused = Weights<float>::create(numbers, 1, 2);
    ASSERT_FALSE(refused.ok()) << numbers;
    EXPECT_EQ(refused.error().kind, ErrorKind::config);
  }
}

}  // namespace
}  // namespace forknet::store
