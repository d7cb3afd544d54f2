// The course of the learning rate: by hand, and by the examples of PyTorch's documentation.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "nn/optimizer.h"
#include "nn/schedules/list.h"

namespace forknet::nn {
namespace {

OptimizerConfig scheduled(const std::string& schedule, double lr, const Settings& settings = {}) {
  OptimizerConfig config;
  config.type = "sgd";
  config.lr = lr;
  config.schedule = schedule;
  config.settings = settings;
  return config;
}

double rate_at(const OptimizerConfig& config, std::uint64_t step, std::uint64_t total_steps) {
  return Optimizer(config).learning_rate(step, total_steps);
}

TEST(LearningRate, warms_up_in_equal_steps_before_every_schedule) {
  for (const SchedulePart& part : schedules().all()) {
    SCOPED_TRACE(part.kind->name());
    auto config = scheduled(std::string(part.kind->name()), 0.8);
    const double begins = rate_at(config, 0, 96);
    config.warmup_steps = 4;
    EXPECT_DOUBLE_EQ(rate_at(config, 0, 100), 0.2);
    EXPECT_DOUBLE_EQ(rate_at(config, 3, 100), 0.8);
    EXPECT_EQ(rate_at(config, 4, 100), begins);
  }
}

// No rate below zero, above lr or not a number, also past the end and in runs of no length.
TEST(LearningRate, lies_between_zero_and_the_rate_for_every_schedule) {
  for (const SchedulePart& part : schedules().all()) {
    for (const int decay_steps : {0, 1, 7}) {
      const auto config =
          scheduled(std::string(part.kind->name()), 0.5, {{"decay_steps", decay_steps}});
      for (const std::uint64_t total : {0, 1, 2, 10}) {
        for (std::uint64_t step = 0; step < 14; ++step) {
          const double rate = rate_at(config, step, total);
          EXPECT_TRUE(rate >= 0 && rate <= 0.5) << part.kind->name() << " " << rate;
        }
      }
    }
  }
}

TEST(LearningRate, constant_stays) { EXPECT_EQ(rate_at(scheduled("constant", 0.8), 50, 100), 0.8); }

TEST(LearningRate, cosine_falls_from_the_rate_to_the_final_one_over_the_run) {
  auto config = scheduled("cosine", 1.0, {{"final_lr", 0.1}});
  EXPECT_DOUBLE_EQ(rate_at(config, 0, 100), 1.0);
  EXPECT_NEAR(rate_at(config, 50, 100), 0.55, 1e-12);
  EXPECT_NEAR(rate_at(config, 25, 100), 0.1 + 0.9 * (1 + std::cos(M_PI / 4)) / 2, 1e-12);
  EXPECT_NEAR(rate_at(config, 100, 100), 0.1, 1e-12);
  config.settings.set("decay_steps", 10);
  EXPECT_NEAR(rate_at(config, 10, 100), 0.1, 1e-12);
  EXPECT_NEAR(rate_at(config, 60, 100), 0.1, 1e-12);
}

// StepLR: 0.05 for 30 epochs, 0.005 for 30 more, then 0.0005.
TEST(LearningRate, step_decays_after_every_so_many_steps) {
  auto config = scheduled("step", 0.05, {{"decay_steps", 30}});
  EXPECT_EQ(rate_at(config, 0, 100), 0.05);
  EXPECT_EQ(rate_at(config, 29, 100), 0.05);
  EXPECT_DOUBLE_EQ(rate_at(config, 30, 100), 0.005);
  EXPECT_DOUBLE_EQ(rate_at(config, 59, 100), 0.005);
  EXPECT_DOUBLE_EQ(rate_at(config, 60, 100), 0.0005);
  config.settings.set("decay_rate", 0.5);
  EXPECT_EQ(rate_at(config, 60, 100), 0.05 * 0.25);
}

TEST(LearningRate, step_without_a_number_of_steps_decays_twice_in_a_run) {
  const auto config = scheduled("step", 1.0, {{"decay_rate", 0.5}});
  const double expected[] = {1.0, 1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25};
  for (std::uint64_t step = 0; step < 10; ++step) {
    EXPECT_EQ(rate_at(config, step, 10), expected[step]) << step;
  }
}

TEST(LearningRate, linear_falls_in_equal_steps_to_the_final_one) {
  auto config = scheduled("linear", 1.0, {{"final_lr", 0.5}, {"decay_steps", 4}});
  const double expected[] = {1.0, 0.875, 0.75, 0.625, 0.5, 0.5};
  for (std::uint64_t step = 0; step < 6; ++step) {
    EXPECT_EQ(rate_at(config, step, 100), expected[step]) << step;
  }
  config.settings.set("decay_steps", 0);
  EXPECT_EQ(rate_at(config, 50, 100), 0.75);
}

// PolynomialLR: 0.001, 0.00075, 0.0005, 0.00025, 0 for four steps of power 1.
TEST(LearningRate, polynomial_falls_along_a_power_of_what_is_left) {
  auto config = scheduled("polynomial", 0.001, {{"decay_steps", 4}});
  const double expected[] = {0.001, 0.00075, 0.0005, 0.00025, 0.0, 0.0};
  for (std::uint64_t step = 0; step < 6; ++step) {
    EXPECT_DOUBLE_EQ(rate_at(config, step, 100), expected[step]) << step;
    EXPECT_EQ(rate_at(config, step, 100),
              rate_at(scheduled("linear", 0.001, config.settings), step, 100));
  }
  config.settings.set("power", 2.0);
  EXPECT_DOUBLE_EQ(rate_at(config, 1, 100), 0.001 * 0.5625);
  config.settings.set("power", 0.9);
  EXPECT_NEAR(rate_at(config, 1, 100), 0.001 * std::pow(0.75, 0.9), 1e-18);
  EXPECT_EQ(rate_at(config, 4, 100), 0.0);
}

// Half waves from 1 / 25 to 1 in 3 steps, then to 0.1 in 7.
TEST(LearningRate, one_cycle_rises_and_falls_once) {
  auto config = scheduled("one_cycle", 1.0, {{"final_lr", 0.1}});
  EXPECT_NEAR(rate_at(config, 0, 10), 0.04, 1e-15);
  EXPECT_NEAR(rate_at(config, 1, 10), 1.0 - 0.96 * (1 + std::cos(M_PI / 3)) / 2, 1e-15);
  EXPECT_DOUBLE_EQ(rate_at(config, 3, 10), 1.0);
  EXPECT_NEAR(rate_at(config, 4, 10), 0.1 + 0.9 * (1 + std::cos(M_PI / 7)) / 2, 1e-15);
  EXPECT_NEAR(rate_at(config, 10, 10), 0.1, 1e-15);
  config.settings.set("pct_start", 0.0);
  EXPECT_EQ(rate_at(config, 0, 10), 1.0);
  config.settings.set("pct_start", 0.5);
  config.settings.set("div_factor", 10.0);
  EXPECT_NEAR(rate_at(config, 0, 10), 0.1, 1e-15);
  EXPECT_DOUBLE_EQ(rate_at(config, 5, 10), 1.0);
}

// A resume that changes the length of the run then says that the rates change.
TEST(LearningRate, follows_the_length_of_the_run_unless_steps_are_given) {
  EXPECT_FALSE(Optimizer(scheduled("constant", 0.5)).follows_length());
  for (const std::string schedule : {"step", "cosine", "linear", "one_cycle", "polynomial"}) {
    auto config = scheduled(schedule, 0.5);
    EXPECT_TRUE(Optimizer(config).follows_length()) << schedule;
    config.settings.set("decay_steps", 5);
    EXPECT_FALSE(Optimizer(config).follows_length()) << schedule;
  }
}

// The example of PyTorch's ReduceLROnPlateau with patience 2, which here counts one evaluation
// less.
TEST(Plateau, lowers_the_rate_after_so_many_evaluations_without_a_better_loss) {
  const Optimizer optimizer(
      scheduled("plateau", 0.1, {{"decay_rate", 0.5}, {"patience", 2}, {"final_lr", 0.02}}));
  ASSERT_TRUE(optimizer.follows_validation());
  ScheduleMemory memory;
  double lr = 0.1;
  const auto evaluated = [&](double loss) { return lr = optimizer.next_base(lr, 1, loss, memory); };
  EXPECT_EQ(evaluated(1.0), 0.1);
  EXPECT_EQ(evaluated(0.9), 0.1);
  EXPECT_EQ(evaluated(0.9), 0.1) << "a tie is not better";
  EXPECT_EQ(evaluated(0.95), 0.05);
  EXPECT_EQ(memory, (ScheduleMemory{0.9, 0})) << "counted anew, and the best stays";
  EXPECT_EQ(evaluated(0.91), 0.05);
  EXPECT_EQ(evaluated(0.8), 0.05) << "better";
  EXPECT_EQ(evaluated(0.8), 0.05);
  EXPECT_EQ(evaluated(0.8), 0.025);
  EXPECT_EQ(evaluated(0.8), 0.025);
  EXPECT_EQ(evaluated(0.8), 0.02) << "not below final_lr";
  EXPECT_EQ(evaluated(0.8), 0.02);
  EXPECT_EQ(evaluated(0.8), 0.02);
}

TEST(Plateau, takes_only_what_is_better_by_the_threshold) {
  const Optimizer optimizer(scheduled("plateau", 0.1, {{"patience", 1}, {"threshold", 0.1}}));
  ScheduleMemory memory;
  EXPECT_EQ(optimizer.next_base(0.1, 1, 1.0, memory), 0.1);
  EXPECT_DOUBLE_EQ(optimizer.next_base(0.1, 1, 0.95, memory), 0.01);
  EXPECT_EQ(memory.best, 1.0);
  EXPECT_EQ(optimizer.next_base(0.1, 1, 0.89, memory), 0.1);
  // Losses below 0, such as those of poisson.
  EXPECT_EQ(optimizer.next_base(0.1, 1, -1.0, memory), 0.1);
  EXPECT_DOUBLE_EQ(optimizer.next_base(0.1, 1, -1.05, memory), 0.01);
  EXPECT_EQ(optimizer.next_base(0.1, 1, -1.2, memory), 0.1);
}

TEST(Plateau, counts_no_evaluation_within_the_warm_up_and_takes_none_that_is_not_finite) {
  OptimizerConfig config = scheduled("plateau", 0.1, {{"patience", 1}});
  config.warmup_steps = 5;
  const Optimizer optimizer(config);
  ScheduleMemory memory;
  EXPECT_EQ(optimizer.next_base(0.1, 4, 1.0, memory), 0.1);
  EXPECT_EQ(memory, ScheduleMemory());
  EXPECT_DOUBLE_EQ(optimizer.next_base(0.1, 5, std::nan(""), memory), 0.01);
  EXPECT_FALSE(memory.best.has_value());
}

}  // namespace
}  // namespace forknet::nn
