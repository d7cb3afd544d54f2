// Orders from many clients to one trainer, and their answers at the end of the run.
#include "train/orders/orders.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "base/clock.h"
#include "patience.h"

namespace forknet::run {
namespace {

OrderAnswer wait_for_answer(Orders& orders, std::uint64_t number) {
  while (true) {
    if (auto answer = orders.answer_to(number)) return std::move(*answer);
    std::this_thread::yield();
  }
}

TEST(Orders, come_in_the_order_in_which_they_were_given) {
  Orders orders;
  EXPECT_FALSE(orders.pending());
  EXPECT_FALSE(orders.take());
  const std::uint64_t first = orders.give({LifeEvent::scale, 3, true});
  const std::uint64_t second = orders.give({LifeEvent::stop});
  EXPECT_NE(first, second);
  EXPECT_TRUE(orders.pending());
  const auto given = orders.take();
  ASSERT_TRUE(given);
  EXPECT_EQ(given->number, first);
  EXPECT_EQ(given->order.event, LifeEvent::scale);
  EXPECT_EQ(given->order.replicas, 3);
  EXPECT_TRUE(given->order.relative);
  EXPECT_TRUE(orders.pending());
  EXPECT_EQ(orders.take()->number, second);
  EXPECT_FALSE(orders.pending());
  EXPECT_FALSE(orders.take());
}

TEST(Orders, those_out_of_reach_stay_in_their_order) {
  Orders orders;
  (void)orders.give({LifeEvent::scale, 3});
  (void)orders.give({LifeEvent::checkpoint});
  (void)orders.give({LifeEvent::pause});
  EXPECT_EQ(orders.take(OrderReach::lifecycle)->order.event, LifeEvent::pause);
  EXPECT_FALSE(orders.take(OrderReach::lifecycle));
  EXPECT_TRUE(orders.pending());
  (void)orders.give({LifeEvent::reload});
  EXPECT_EQ(orders.take(OrderReach::in_place)->order.event, LifeEvent::checkpoint);
  EXPECT_FALSE(orders.take(OrderReach::in_place));
  EXPECT_EQ(orders.take()->order.event, LifeEvent::scale);
  EXPECT_EQ(orders.take()->order.event, LifeEvent::reload);
  EXPECT_FALSE(orders.pending());
}

TEST(Orders, those_that_came_later_are_left_for_the_next_time) {
  Orders orders;
  EXPECT_EQ(orders.newest(), 0U);
  const std::uint64_t first = orders.give({LifeEvent::checkpoint});
  EXPECT_EQ(orders.newest(), first);
  (void)orders.give({LifeEvent::pause});
  EXPECT_TRUE(orders.take(OrderReach::all, first));
  EXPECT_FALSE(orders.take(OrderReach::all, first));
  EXPECT_TRUE(orders.waits(is_urgent));
  EXPECT_FALSE(orders.waits(moves_cells));
}

TEST(Orders, an_answer_is_taken_out_once) {
  Orders orders;
  const std::uint64_t number = orders.give({LifeEvent::pause});
  EXPECT_FALSE(orders.answer_to(number));
  ASSERT_TRUE(orders.take());
  EXPECT_FALSE(orders.answer_to(number));
  orders.answer(number, {7, "paused", ""});
  EXPECT_FALSE(orders.answer_to(number + 1));
  const auto answer = orders.answer_to(number);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->step, 7U);
  EXPECT_EQ(answer->state, "paused");
  EXPECT_EQ(answer->fault, "");
  EXPECT_FALSE(orders.answer_to(number));
}

TEST(Orders, waiting_ends_at_once_when_one_waits_already) {
  Orders orders;
  (void)orders.give({LifeEvent::pause});
  const std::int64_t begun = monotonic_ns();
  orders.wait(kTimeout);
  EXPECT_LT(monotonic_ns() - begun, kTimeout);
}

TEST(Orders, waiting_ends_with_its_time) {
  constexpr std::int64_t kTime = 20'000'000;
  Orders orders;
  const std::int64_t begun = monotonic_ns();
  orders.wait(kTime);
  EXPECT_GE(monotonic_ns() - begun, kTime);
}

TEST(Orders, giving_one_wakes_who_waits) {
  Orders orders;
  std::thread asker([&] { (void)orders.give({LifeEvent::hold}); });
  const std::int64_t begun = monotonic_ns();
  orders.wait(kTimeout);
  EXPECT_LT(monotonic_ns() - begun, kTimeout);
  EXPECT_TRUE(orders.take());
  asker.join();
}

// Gives `count` orders, one after the other; each must get its own answer once.
void ask_often(Orders& orders, std::int64_t from, std::int64_t count) {
  std::uint64_t step = 0;
  for (std::int64_t i = from; i < from + count; ++i) {
    const std::uint64_t number = orders.give({LifeEvent::scale, i});
    const OrderAnswer answer = wait_for_answer(orders, number);
    ASSERT_EQ(answer.state, std::to_string(i));
    ASSERT_GT(answer.step, step);
    ASSERT_FALSE(orders.answer_to(number));
    step = answer.step;
  }
}

TEST(Orders, of_many_askers_are_each_answered_once_by_one_who_obeys) {
  constexpr std::int64_t kAskers = 8;
  constexpr std::int64_t kEach = 500;
  Orders orders;
  std::vector<std::thread> askers;
  for (std::int64_t i = 0; i < kAskers; ++i) {
    askers.emplace_back([&orders, i] { ask_often(orders, i * kEach, kEach); });
  }
  std::vector<int> applied(kAskers * kEach);
  std::uint64_t step = 0;
  while (step < applied.size()) {
    orders.wait(kTimeout);
    while (const auto given = orders.take()) {
      ++applied[static_cast<std::size_t>(given->order.replicas)];
      orders.answer(given->number, {++step, std::to_string(given->order.replicas), ""});
    }
  }
  for (std::thread& asker : askers) asker.join();
  EXPECT_EQ(applied, std::vector<int>(applied.size(), 1));
  EXPECT_FALSE(orders.pending());
}

void expect_ended(Orders& orders, std::uint64_t number) {
  const auto answer = orders.answer_to(number);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->fault, "it is over");
  EXPECT_FALSE(orders.answer_to(number));
}

TEST(Orders, closing_answers_what_waits_and_what_comes) {
  Orders orders;
  const std::vector<std::uint64_t> waiting = {orders.give({LifeEvent::pause}),
                                              orders.give({LifeEvent::hold})};
  orders.close("it is over");
  EXPECT_FALSE(orders.pending());
  EXPECT_FALSE(orders.take());
  for (const std::uint64_t number : waiting) expect_ended(orders, number);
  const std::uint64_t late = orders.give({LifeEvent::stop});
  EXPECT_FALSE(orders.pending());
  EXPECT_FALSE(orders.take());
  expect_ended(orders, late);
}

TEST(Orders, closing_leaves_answers_that_were_given_as_they_are) {
  Orders orders;
  const std::uint64_t answered = orders.give({LifeEvent::pause});
  const std::uint64_t taken = orders.give({LifeEvent::checkpoint});
  ASSERT_TRUE(orders.take());
  ASSERT_TRUE(orders.take());
  orders.answer(answered, {3, "paused", ""});
  orders.close("it is over");
  EXPECT_EQ(orders.answer_to(answered)->fault, "");
  // An order taken before the end is still answered by the trainer.
  EXPECT_FALSE(orders.answer_to(taken));
  orders.answer(taken, {4, "paused", ""});
  EXPECT_EQ(orders.answer_to(taken)->step, 4U);
}

TEST(Orders, closing_in_the_midst_of_askers_answers_all_of_them) {
  constexpr int kAskers = 8;
  Orders orders;
  std::vector<std::thread> askers;
  for (int i = 0; i < kAskers; ++i) {
    askers.emplace_back([&orders] {
      while (wait_for_answer(orders, orders.give({LifeEvent::checkpoint})).fault.empty()) {
      }
    });
  }
  for (std::uint64_t step = 0; step < 100;) {
    orders.wait(kTimeout);
    if (const auto given = orders.take()) orders.answer(given->number, {++step, "running", ""});
  }
  orders.close("it is over");
  for (std::thread& asker : askers) asker.join();
  EXPECT_FALSE(orders.take());
}

}  // namespace
}  // namespace forknet::run
