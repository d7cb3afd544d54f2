// Orders while an evaluation is due or running: given in the callback of an epoch's last step, so
// that the evaluation follows immediately.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "failpoints.h"
#include "os/failpoint.h"
#include "patience.h"
#include "small_runs.h"
#include "train/orders/orders.h"

namespace forknet::run {
namespace {

// A run that gets orders when its callback sees a step; keeps their answers in order.
class OrderedRun {
 public:
  OrderedRun(Config config, std::uint64_t step, std::vector<Order> orders)
      : prepared_(prepare(config).value()) {
    options_.on_metrics = [this, step, orders = std::move(orders)](const Metrics& metrics) {
      if (metrics.kind == Metrics::Kind::epoch) epochs_.push_back(metrics.epoch);
      if (metrics.kind != Metrics::Kind::log || metrics.step != step) return;
      for (const Order& order : orders) numbers_.push_back(orders_.give(order));
      asked_ = true;
    };
  }
  TrainResult run() {
    return train_prepared(prepared_, options_, nullptr, {.orders = &orders_}).value();
  }
  OrderAnswer answer(std::size_t order) { return orders_.answer_to(numbers_.at(order)).value(); }
  // Called from another thread once the order is given.
  OrderAnswer awaited(std::size_t order) {
    const std::int64_t until = monotonic_ns() + kTimeout;
    while (monotonic_ns() < until) {
      if (asked_) {
        if (auto answer = orders_.answer_to(numbers_.at(order))) return *answer;
      }
      std::this_thread::yield();
    }
    return {0, "", "nothing came"};
  }
  [[nodiscard]] const std::vector<std::uint64_t>& epochs() const { return epochs_; }
  Orders& orders() { return orders_; }

 private:
  Orders orders_;
  TrainOptions options_;
  Prepared prepared_;
  std::vector<std::uint64_t> numbers_;
  std::vector<std::uint64_t> epochs_;  // reported so far
  std::atomic<bool> asked_{false};
};

Order order_for(LifeEvent event, std::int64_t replicas = 0) { return {event, replicas, false}; }

constexpr std::uint64_t kEpoch = 6;  // steps

TEST(TrainerOrders, a_pause_takes_effect_within_an_evaluation) {
  OrderedRun run(small_config(), kEpoch, {order_for(LifeEvent::pause)});
  OrderAnswer paused;
  std::size_t epochs_told = 99;
  std::thread other([&] {
    paused = run.awaited(0);
    epochs_told = run.epochs().size();  // the run rests
    (void)run.orders().give(order_for(LifeEvent::resume));
  });
  const TrainResult result = run.run();
  other.join();
  EXPECT_EQ(paused.fault, "");
  EXPECT_EQ(paused.state, "paused");
  EXPECT_EQ(paused.step, kEpoch);
  EXPECT_EQ(epochs_told, 0U) << "the epoch's evaluation is not over";
  EXPECT_EQ(run.epochs(), (std::vector<std::uint64_t>{1, 2, 3}));
  EXPECT_EQ(result.weights_digest, trained(small_config()).weights_digest);
}

TEST(TrainerOrders, a_stop_ends_the_evaluation_and_its_epoch_stays_open) {
  OrderedRun run(small_config(), kEpoch, {order_for(LifeEvent::stop)});
  const TrainResult result = run.run();
  EXPECT_EQ(result.state, TrainResult::State::stopped);
  EXPECT_EQ(result.steps, kEpoch);
  EXPECT_EQ(result.epochs, 0U);
  EXPECT_EQ(run.answer(0).state, "stopping");
  EXPECT_TRUE(run.epochs().empty());
}

TEST(TrainerOrders, an_evaluation_makes_room_for_a_scale_and_is_repeated) {
  OrderedRun run(small_config(), kEpoch,
                 {order_for(LifeEvent::scale, 2), order_for(LifeEvent::checkpoint)});
  const TrainResult result = run.run();
  for (const std::size_t order : {0U, 1U}) {
    const OrderAnswer answer = run.answer(order);
    EXPECT_EQ(answer.fault, "") << order;
    EXPECT_EQ(answer.step, kEpoch) << order;
  }
  EXPECT_EQ(result.grid.replicas, 2);
  EXPECT_EQ(run.epochs(), (std::vector<std::uint64_t>{1, 2, 3})) << "each is told once";
  EXPECT_EQ(result.weights_digest, trained(small_config()).weights_digest);
}

TEST(TrainerOrders, a_run_paused_in_its_evaluation_can_be_scaled) {
  OrderedRun run(small_config(), kEpoch,
                 {order_for(LifeEvent::pause), order_for(LifeEvent::scale, 2)});
  std::thread other([&] {
    EXPECT_EQ(run.awaited(1).state, "paused");
    (void)run.orders().give(order_for(LifeEvent::resume));
  });
  const TrainResult result = run.run();
  other.join();
  EXPECT_EQ(result.grid.replicas, 2);
  EXPECT_EQ(result.weights_digest, trained(small_config()).weights_digest);
}

TEST(TrainerOrders, while_only_the_test_set_is_left_cells_are_not_moved_but_a_pause_rests) {
  Config config = small_config();
  config.data.test.share = 0.2;
  config.data.validation.share = 0;
  const TrainResult undisturbed = trained(config);
  OrderedRun run(
      config, undisturbed.steps,
      {order_for(LifeEvent::scale, 2), order_for(LifeEvent::reload), order_for(LifeEvent::pause)});
  std::thread other([&] {
    EXPECT_EQ(run.awaited(2).state, "paused");
    (void)run.orders().give(order_for(LifeEvent::resume));
  });
  const TrainResult result = run.run();
  other.join();
  for (const std::size_t order : {0U, 1U}) {
    EXPECT_EQ(run.answer(order).fault, "the run is ending");
  }
  EXPECT_EQ(result.state, TrainResult::State::finished);
  EXPECT_EQ(result.weights_digest, undisturbed.weights_digest);
  EXPECT_EQ(result.test->loss, undisturbed.test->loss);
}

TEST(TrainerOrders, a_run_without_a_config_file_has_nothing_to_read_again) {
  OrderedRun run(small_config(), 2, {order_for(LifeEvent::reload)});
  const TrainResult result = run.run();
  EXPECT_NE(run.answer(0).fault, "");
  EXPECT_EQ(result.weights_digest, trained(small_config()).weights_digest);
}

// Each client gives the next order as soon as it has its answer, until the run has ended.
class Askers {
 public:
  Askers(Orders& orders, std::vector<Order> loop, int askers) : orders_(orders) {
    for (int i = 0; i < askers; ++i) {
      threads_.emplace_back([this, loop, i] {
        for (auto next = static_cast<std::size_t>(i); ask(loop[next % loop.size()]); ++next) {
        }
      });
    }
  }
  // Call when the run has ended: ends the clients.
  void end() {
    orders_.close("it is over");
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  bool ask(const Order& order) {
    const std::uint64_t number = orders_.give(order);
    while (true) {
      if (const auto answer = orders_.answer_to(number)) return answer->state != "ended";
      std::this_thread::yield();
    }
  }
  Orders& orders_;
  std::vector<std::thread> threads_;
};

void expect_end_among_askers(const std::vector<Order>& loop, int number) {
  Orders orders;
  Askers askers(orders, loop, number);
  const Prepared prepared = prepare(small_config()).value();
  const auto result = train_prepared(prepared, {}, nullptr, {.orders = &orders});
  askers.end();
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->state, TrainResult::State::finished);
  EXPECT_EQ(result->weights_digest, trained(small_config()).weights_digest);
}

TEST(TrainerOrders, a_run_comes_to_its_end_whatever_is_asked_again_and_again) {
  expect_end_among_askers({order_for(LifeEvent::checkpoint), order_for(LifeEvent::hold),
                           order_for(LifeEvent::release), order_for(LifeEvent::reload)},
                          8);
}

TEST(TrainerOrders, a_run_comes_to_its_end_while_it_is_scaled_again_and_again) {
  expect_end_among_askers({order_for(LifeEvent::scale, 2), order_for(LifeEvent::scale, 1)}, 2);
}

TEST(TrainerOrders, a_run_comes_to_its_end_while_it_is_paused_and_resumed_again_and_again) {
  expect_end_among_askers({order_for(LifeEvent::pause), order_for(LifeEvent::resume)}, 1);
}

// Earlier orders cost much more than training, so an order that can wait would wait.
TEST(TrainerOrders, a_pause_does_not_wait_for_the_share_of_training) {
  ASSERT_EQ(set_failpoints("life/order/after:1:delay=500"), "");
  Orders orders;
  std::uint64_t asked_at = 0;
  std::atomic<std::uint64_t> pause{0};
  TrainOptions options;
  options.on_metrics = [&](const Metrics& metrics) {
    if (metrics.kind != Metrics::Kind::log) return;
    if (metrics.step == 2) (void)orders.give(order_for(LifeEvent::checkpoint));
    if (metrics.step != 4) return;
    asked_at = metrics.step;
    pause = orders.give(order_for(LifeEvent::pause));
  };
  OrderAnswer paused;
  std::thread other([&] {
    const std::int64_t until = monotonic_ns() + kTimeout;
    while (monotonic_ns() < until) {
      const auto answer = pause == 0 ? std::nullopt : orders.answer_to(pause);
      if (answer) {
        paused = *answer;
        break;
      }
      std::this_thread::yield();
    }
    (void)orders.give(order_for(LifeEvent::resume));
  });
  const Prepared prepared = prepare(small_config()).value();
  const auto result = train_prepared(prepared, options, nullptr, {.orders = &orders});
  other.join();
  os::failpoints::clear();
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(paused.state, "paused");
  EXPECT_EQ(paused.step, asked_at);
}

}  // namespace
}  // namespace forknet::run
