// A simulated machine: with k runs at a time each does speed(k) steps a second.
#include "sweep/side_by_side.h"

#include <gtest/gtest.h>

#include <functional>

namespace forknet::sweep {
namespace {

constexpr std::int64_t kLook = 100'000'000;

class Machine {
 public:
  Machine(std::size_t most, std::function<double(std::size_t)> speed)
      : side_by_side(most), speed_(std::move(speed)) {}

  // Lets the runs train for that long; starts others as soon as there is room.
  void train(double seconds, double each_lasts = 1e9) {
    for (double past = 0; past < seconds; past += 0.1) {
      std::erase_if(running_, [&](const Run& run) { return run.age >= each_lasts; });
      while (running_.size() < side_by_side.allowed()) running_.push_back({next_++, 0, 0});
      const double rate = speed_(running_.size());
      std::vector<Pace> paces;
      for (Run& run : running_) {
        run.age += 0.1;
        if (run.age > kReading) run.steps += rate * 0.1;
        paces.push_back({run.trial, static_cast<std::uint64_t>(run.steps)});
      }
      side_by_side.look(now_ += kLook, paces);
    }
  }
  SideBySide side_by_side;

 private:
  static constexpr double kReading = 0.35;  // seconds without a step
  struct Run {
    std::size_t trial;
    double age;
    double steps;
  };
  std::function<double(std::size_t)> speed_;
  std::vector<Run> running_;
  std::size_t next_ = 0;
  std::int64_t now_ = 0;
};

TEST(SideBySide, begins_with_one_and_takes_every_cpu_where_runs_do_not_disturb_each_other) {
  Machine machine(6, [](std::size_t) { return 1000.0; });
  EXPECT_EQ(machine.side_by_side.allowed(), 1U);
  machine.train(20);
  EXPECT_EQ(machine.side_by_side.allowed(), 6U);
  EXPECT_TRUE(machine.side_by_side.settled());
  EXPECT_NEAR(machine.side_by_side.gain().value(), 6, 0.1);
}

TEST(SideBySide, stops_where_more_runs_do_no_more_work) {
  // Four memory channels' worth: from two runs on the machine does no more.
  Machine machine(8, [](std::size_t runs) { return runs < 2 ? 1000.0 : 2000.0 / double(runs); });
  machine.train(20);
  EXPECT_TRUE(machine.side_by_side.settled());
  EXPECT_EQ(machine.side_by_side.allowed(), 2U);
  EXPECT_NEAR(machine.side_by_side.gain().value(), 2, 0.05);
}

TEST(SideBySide, stays_with_one_where_two_disturb_each_other) {
  Machine machine(2, [](std::size_t runs) { return runs == 1 ? 1000.0 : 480.0; });
  machine.train(10);
  EXPECT_TRUE(machine.side_by_side.settled());
  EXPECT_EQ(machine.side_by_side.allowed(), 1U);
  EXPECT_FALSE(machine.side_by_side.gain());
}

TEST(SideBySide, of_slow_steps_waits_for_enough_of_them) {
  Machine machine(2, [](std::size_t) { return 10.0; });
  machine.train(5);
  EXPECT_EQ(machine.side_by_side.allowed(), 1U);  // 50 steps have not been counted yet
  machine.train(40);
  EXPECT_EQ(machine.side_by_side.allowed(), 2U);
  EXPECT_TRUE(machine.side_by_side.settled());
}

TEST(SideBySide, of_runs_too_short_to_measure_takes_what_the_cpus_allow) {
  Machine machine(4, [](std::size_t) { return 1000.0; });
  machine.train(10, 0.8);
  EXPECT_EQ(machine.side_by_side.allowed(), 4U);
  EXPECT_TRUE(machine.side_by_side.settled());
  EXPECT_FALSE(machine.side_by_side.gain());
}

TEST(SideBySide, is_not_held_up_by_a_run_that_does_not_go_on) {
  SideBySide two(2);
  const Pace paused = {0, 9};
  for (std::int64_t now = 0; now < 59'000'000'000; now += kLook) two.look(now, {&paused, 1});
  EXPECT_EQ(two.allowed(), 1U);
  for (std::int64_t now = 59'000'000'000; now < 62'000'000'000; now += kLook) {
    two.look(now, {&paused, 1});
  }
  EXPECT_EQ(two.allowed(), 2U);
}

TEST(SideBySide, of_one_cpu_has_nothing_to_measure) {
  SideBySide one(1);
  one.look(0, {});
  EXPECT_TRUE(one.settled());
  EXPECT_EQ(one.allowed(), 1U);
}

TEST(SideBySide, is_not_misled_by_a_run_that_goes_on_from_an_earlier_step) {
  SideBySide two(2);
  std::int64_t now = 0;
  for (const std::uint64_t steps : {1000U, 500U, 560U, 620U, 680U, 740U, 800U, 860U, 920U}) {
    const Pace pace = {7, steps};
    two.look(now += kLook, {&pace, 1});
  }
  EXPECT_EQ(two.allowed(), 1U);  // one window of two
  EXPECT_FALSE(two.settled());
}

}  // namespace
}  // namespace forknet::sweep
