// Every layer with every activation and loss of the lists, and each of these with every optimizer,
// in random layouts against one thread; in full (random_cases.h) all four with each other. The
// parts come from the lists: a new part is here by itself.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <numeric>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "grid/traces.h"
#include "math/activations/list.h"
#include "nn/layers/list.h"
#include "nn/losses/list.h"
#include "nn/optimizers/list.h"
#include "random_cases.h"

namespace forknet::run::every_part {
namespace {

constexpr std::int64_t kUnits = 9;
constexpr std::size_t kRows = 27;

// A value for a setting that has no default.
SettingValue some_value(const SettingSpec& setting) {
  if (setting.value.as<std::int64_t>() != nullptr) return std::int64_t{5};
  if (setting.value.as<double>() != nullptr) return 0.25;
  return setting.value;
}

// A layer of that kind for kUnits numbers, with as many outputs where it may choose.
LayerConfig layer_of(const nn::LayerKind& kind, const std::string& activation) {
  LayerConfig layer = {std::string(kind.name())};
  for (const SettingSpec& setting : kind.settings()) {
    if (setting.required) layer.settings.set(setting.name, some_value(setting));
    if (setting.name == kind.traits().outputs) layer.settings.set(setting.name, kUnits);
  }
  if (kind.traits().closing != nullptr) layer.layers = {dense(5, activation), dense(kUnits)};
  return layer;
}

// Whole numbers, which are codes as well; targets from 0 to 1 fit every loss of numbers.
DataSource drawn_data(bool classes) {
  std::mt19937 engine(7);
  DataSource source;
  for (std::size_t row = 0; row < kRows; ++row) {
    std::vector<double> inputs;
    for (int i = 0; i < 6; ++i) inputs.push_back(static_cast<double>(engine() % 4));
    source.input_rows.push_back(std::move(inputs));
    std::vector<double> targets = {static_cast<double>(engine() % kClasses)};
    if (!classes) targets.assign(kClasses, static_cast<double>(engine() % 5) / 4);
    source.target_rows.push_back(std::move(targets));
  }
  return source;
}

// All but the optimizer, which needs neither data nor a plan of its own.
Prepared prepared_with(const nn::LayerKind& kind, const std::string& activation,
                       const nn::LossEntry& loss, std::int64_t members) {
  Config config = small_config();
  config.data.train = drawn_data(nn::make_loss(loss.name).value()->classifies());
  config.data.validation = {};
  config.data.scale = Scale::none;
  config.model.layers = {dense(kUnits, activation), dense(kClasses)};
  config.model.layers.insert(config.model.layers.begin() + (kind.traits().only_first ? 0 : 1),
                             layer_of(kind, activation));
  config.model.loss = loss.name;
  config.model.members = members;
  config.train.epochs = 1;
  config.train.batch = 18;  // and a last batch that is short
  config.train.leaf = 8;
  EXPECT_TRUE(validate(config).ok());
  return std::move(prepare(config)).value();
}

// Stages, replicas and threads; mostly two workers, because there are many runs.
constexpr std::int64_t kShapes[][3] = {{2, 1, 1}, {2, 1, 1}, {1, 2, 1}, {1, 1, 2},
                                       {1, 3, 1}, {2, 2, 1}, {2, 1, 2}, {1, 2, 2}};

// In threads, because processes take longer to start; those have every layer in
// tests/apps/*_test.py.
GridConfig drawn_grid(std::mt19937_64& engine) {
  const auto& [stages, replicas, threads] = kShapes[engine() % std::size(kShapes)];
  GridConfig grid;
  grid.host = Host::thread;
  grid.stages = stages;
  grid.replicas = replicas;
  grid.threads = threads;
  grid.microbatches = 1 + static_cast<std::int64_t>(engine() % 2);
  constexpr Schedule kSchedules[] = {Schedule::one_f_one_b, Schedule::gpipe, Schedule::zero_bubble};
  grid.schedule = kSchedules[engine() % std::size(kSchedules)];
  return grid;
}

// The weights and the loss of every step.
Trace trace_with(Prepared& prepared, const GridConfig& grid) {
  prepared.config.grid = grid;
  Trace trace;
  TrainOptions options;
  options.on_metrics = [&](const Metrics& metrics) {
    if (metrics.kind != Metrics::Kind::tick) trace.figures.push_back(metrics.loss);
  };
  trace.digest = train_prepared(prepared, options, nullptr, {}).value().weights_digest;
  return trace;
}

void expect_the_same(Prepared& prepared, const std::string& optimizer, std::mt19937_64& engine) {
  prepared.config.optimizer = {optimizer, 0.01, "constant", 0, {}};
  prepared.config.numerics.precision = engine() % 4 == 0 ? Precision::fp64 : Precision::fp32;
  const GridConfig grid = drawn_grid(engine);
  const Trace expected = trace_with(prepared, {});
  EXPECT_EQ(trace_with(prepared, grid), expected)
      << optimizer << ": " << grid.stages << " stages, " << grid.replicas << " replicas, "
      << grid.threads << " threads, " << grid.microbatches << " microbatches";
}

// Numbers of the optimizers that layer, activation and loss of these numbers are tried with: two of
// them, or all in full. So every layer, every activation and every loss meets every optimizer,
// unless there are more optimizers than parts in any two of the other lists.
std::vector<std::size_t> optimizers_of(std::size_t layer, std::size_t activation,
                                       std::size_t loss) {
  std::vector<std::size_t> all(nn::optimizers().all().size());
  std::iota(all.begin(), all.end(), 0);
  if (test_in_full()) return all;
  const std::size_t first = layer + activation + loss;
  return {first % all.size(), (first + all.size() / 2) % all.size()};
}

// Which optimizers have met which parts of the other three lists.
using Met = std::set<std::array<std::size_t, 3>>;

void meets_optimizers(std::array<std::size_t, 3> parts, std::mt19937_64& engine, Met& met) {
  const nn::LayerKind& layer = *nn::layers().all()[parts[0]].kind;
  const std::string activation(math::all_activations()[parts[1]]->name);
  const nn::LossEntry& loss = nn::losses()[parts[2]];
  // Half of them are one net.
  const auto members = std::max<std::int64_t>(static_cast<std::int64_t>(engine() % 6) - 1, 1);
  SCOPED_TRACE(std::string(layer.name()) + ", " + activation + ", " + loss.name + ", " +
               std::to_string(members) + " members");
  Prepared prepared = prepared_with(layer, activation, loss, members);
  for (const std::size_t optimizer : optimizers_of(parts[0], parts[1], parts[2])) {
    const auto& kind = *nn::optimizers().all()[optimizer].kind;
    expect_the_same(prepared, std::string(kind.name()), engine);
    for (std::size_t list = 0; list < parts.size(); ++list) {
      met.insert({list, parts[list], optimizer});
    }
  }
}

TEST(EveryPart, with_every_other_has_the_bits_of_one_thread_in_a_random_layout) {
  const std::uint64_t seed = test_seed();
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  std::mt19937_64 engine(seed);
  const std::size_t layers = nn::layers().all().size();
  const std::size_t activations = math::all_activations().size();
  const std::size_t losses = nn::losses().size();
  Met met;
  for (std::size_t layer = 0; layer < layers; ++layer) {
    for (std::size_t activation = 0; activation < activations; ++activation) {
      for (std::size_t loss = 0; loss < losses; ++loss) {
        meets_optimizers({layer, activation, loss}, engine, met);
        ASSERT_FALSE(HasFailure());
      }
    }
  }
  EXPECT_EQ(met.size(), nn::optimizers().all().size() * (layers + activations + losses));
}

}  // namespace
}  // namespace forknet::run::every_part
