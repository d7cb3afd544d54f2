// The limit on the time that orders take from training.
#include "train/orders/order_budget.h"

#include <gtest/gtest.h>

namespace forknet::run {
namespace {

constexpr std::int64_t kMillisecond = 1'000'000;
constexpr std::int64_t kStart = 1'000'000 * kMillisecond;  // of the machine's clock

TEST(OrderBudget, the_first_order_is_not_late) {
  EXPECT_TRUE(OrderBudget().allows(0));
  EXPECT_TRUE(OrderBudget().allows(kStart));
}

TEST(OrderBudget, after_an_expensive_order_training_has_as_long) {
  OrderBudget budget;
  const std::int64_t end = kStart + 500 * kMillisecond;
  budget.spend(kStart, end);
  EXPECT_FALSE(budget.allows(end));
  EXPECT_FALSE(budget.allows(end + 449 * kMillisecond));
  EXPECT_TRUE(budget.allows(end + 450 * kMillisecond));  // the rest is the credit in advance
}

TEST(OrderBudget, orders_now_and_then_are_never_late) {
  OrderBudget budget;
  for (std::int64_t now = kStart; now < kStart + 10'000 * kMillisecond; now += 80 * kMillisecond) {
    EXPECT_TRUE(budget.allows(now));
    budget.spend(now, now + 40 * kMillisecond);
  }
}

// Whatever the cost of orders, a loop of them leaves half of the time to training.
TEST(OrderBudget, a_loop_of_orders_gets_half_of_the_time_at_most) {
  for (const std::int64_t cost : {std::int64_t{0}, kMillisecond / 10, 7 * kMillisecond,
                                  300 * kMillisecond, 5'000 * kMillisecond}) {
    OrderBudget budget;
    std::int64_t now = kStart;
    std::int64_t trained = 0;
    std::int64_t ordered = 0;
    for (int i = 0; i < 1'000; ++i) {
      while (!budget.allows(now)) {
        now += kMillisecond / 10;  // a step
        trained += kMillisecond / 10;
      }
      budget.spend(now, now + cost);
      now += cost;
      ordered += cost;
    }
    EXPECT_GE(trained + OrderBudget::kAdvanceNs + cost, ordered) << cost;  // the last is not repaid
    EXPECT_GE(trained, 900 * OrderBudget::kLeastNs) << cost;
  }
}

// The time of urgent orders is counted afterwards.
TEST(OrderBudget, an_urgent_order_is_counted_too) {
  OrderBudget budget;
  budget.spend(kStart, kStart + 100 * kMillisecond);
  budget.spend(kStart + 100 * kMillisecond, kStart + 200 * kMillisecond);
  EXPECT_FALSE(budget.allows(kStart + 349 * kMillisecond));
  EXPECT_TRUE(budget.allows(kStart + 350 * kMillisecond));
}

}  // namespace
}  // namespace forknet::run
