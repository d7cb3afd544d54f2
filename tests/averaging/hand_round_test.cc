// Rounds of two models by hand: each trained alone on its share as a separate data set, then the
// mean. And a linear model with all expected numbers written here.
#include <gtest/gtest.h>

#include <variant>

#include "averaging/averaging.h"
#include "train/model/model_state.h"
#include "train/trainer.h"

namespace forknet::run {
namespace {

DataSource slice(const DataSource& all, std::size_t begin, std::size_t end) {
  DataSource part;
  for (std::size_t row = begin; row < end; ++row) {
    part.input_rows.push_back(all.input_rows[row]);
    part.target_rows.push_back(all.target_rows[row]);
  }
  return part;
}

// Weights after `steps` steps.
template <class T>
std::vector<T> weights_after(const Config& config, std::uint64_t steps) {
  const Prepared prepared = std::move(prepare(config)).value();
  const TrainOptions options;
  const TrainJob job{prepared.config, prepared.data, prepared.plan, prepared.target, options};
  const auto trainer = Trainer<T>::create(job).value();
  EXPECT_EQ(trainer->total_steps(), steps);
  for (std::uint64_t i = 0; i < steps; ++i) EXPECT_TRUE(trainer->step().value());
  const auto numbers = trainer->weights().parameters();
  return {numbers.begin(), numbers.end()};
}

// No shuffling, scaling or dropout, because they depend on a row's place in the whole set.
Config two_shares(const std::string& type) {
  Config config = averaging(2);
  config.data.train = clouds(61);
  config.data.validation = {};
  config.data.scale = Scale::none;
  config.data.shuffle = false;
  config.model.layers = {dense(20, "relu"), dense(9, "tanh"), dense(kClasses)};
  config.train.epochs = 1;
  config.optimizer.type = type;
  config.optimizer.schedule = "constant";
  config.optimizer.warmup_steps = 0;
  return config;
}

template <class T>
void expect_the_mean_of_two_runs(const Config& both) {
  Config alone = both;
  alone.grid = {};
  alone.data.train = slice(both.data.train, 0, 31);  // the first share is larger
  const auto first = weights_after<T>(alone, 2);
  alone.data.train = slice(both.data.train, 31, 61);
  const auto second = weights_after<T>(alone, 2);
  ASSERT_NE(first, second);
  std::vector<T> mean(first.size());
  for (std::size_t i = 0; i < mean.size(); ++i) {
    mean[i] = static_cast<T>(
        (31.0 * static_cast<double>(first[i]) + 30.0 * static_cast<double>(second[i])) / 61.0);
  }
  for (const Workers& workers : std::vector<Workers>{{1}, {2}, {2, Host::process}}) {
    EXPECT_EQ(weights_after<T>(carried_by(both, workers), 2), mean) << name_of(workers);
  }
}

TEST(HandRound, two_models_are_two_runs_and_their_mean) {
  for (const std::string type : {"sgd", "momentum", "adam"}) {
    Config config = two_shares(type);
    expect_the_mean_of_two_runs<float>(config);
    config.numerics.precision = Precision::fp64;
    expect_the_mean_of_two_runs<double>(config);
  }
}

// y = w x + b, mse, sgd. Rows (x, y): (1, 1) (2, 0) | (4, 2): the first model takes a row at a
// time, twice; the second one has no row left in the second step.
struct Line {
  double w, b;
  void step(double x, double y, double rate, double slope_factor) {
    const double error = slope_factor * (w * x + b - y);
    w -= rate * error * x;
    b -= rate * error;
  }
};

std::vector<double> lines_of(const Config& config, std::uint64_t steps,
                             std::vector<double>* first = nullptr) {
  const Prepared prepared = std::move(prepare(config)).value();
  const TrainOptions options;
  const TrainJob job{prepared.config, prepared.data, prepared.plan, prepared.target, options};
  const auto trainer = Trainer<double>::create(job).value();
  const auto read = [&] {
    const auto numbers = trainer->weights().parameters();
    // A panel of 16 columns: the weights of the one input, then the biases.
    return std::vector<double>{numbers[0], numbers[16]};
  };
  if (first != nullptr) *first = read();
  for (std::uint64_t i = 0; i < steps; ++i) EXPECT_TRUE(trainer->step().value());
  return read();
}

TEST(HandRound, two_rounds_of_a_line_are_the_arithmetic) {
  Config config = averaging(2);
  config.data.train = {};
  config.data.train.input_rows = {{1}, {2}, {4}};
  config.data.train.target_rows = {{1}, {0}, {2}};
  config.data.validation = {};
  config.data.scale = Scale::none;
  config.data.shuffle = false;
  config.model.loss = "mse";
  config.model.layers = {dense(1)};
  config.train.batch = 1;
  config.train.leaf = 1;
  config.train.epochs = 2;
  config.numerics.precision = Precision::fp64;
  config.optimizer = {};
  config.optimizer.type = "sgd";
  config.optimizer.lr = 0.0625;
  std::vector<double> start;
  const auto trained_line = lines_of(config, 4, &start);

  // One step of one row shows how mse is scaled: by 1 or by 2.
  Config single = config;
  single.grid = {};
  single.train.max_steps = 1;
  const auto moved = lines_of(single, 1);
  const double pull = start[0] + start[1] - 1;
  const double factor = (start[1] - moved[1]) / (0.0625 * pull);
  ASSERT_TRUE(std::abs(factor - 1) < 1e-12 || std::abs(factor - 2) < 1e-12) << factor;

  Line center = {start[0], start[1]};
  for (int round = 0; round < 2; ++round) {
    Line first = center;
    first.step(1, 1, 0.0625, std::round(factor));
    first.step(2, 0, 0.0625, std::round(factor));
    Line second = center;
    second.step(4, 2, 0.0625, std::round(factor));
    center = {(2 * first.w + second.w) / 3, (2 * first.b + second.b) / 3};
  }
  EXPECT_NEAR(trained_line[0], center.w, 1e-12);
  EXPECT_NEAR(trained_line[1], center.b, 1e-12);
}

}  // namespace
}  // namespace forknet::run
