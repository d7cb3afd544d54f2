// Rows of MNIST in 70 layouts over stages, replicas, threads, threads a neuron, microbatches,
// loaders, hosts, channels and schedules: the same weights after every epoch. FORKNET_TEST_DATA
// names the folder that holds mnist/; without it the digits are drawn, of the same size.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <string>
#include <vector>

#include "data/digits.h"
#include "random_cases.h"
#include "settings/enum_names.h"
#include "small_runs.h"

namespace forknet::run {
namespace {

constexpr std::size_t kRows = 330;  // batches of 64, the last one of 10
constexpr std::size_t kPixels = data::kDigitPixels;

// Bytes of an image as numbers that any way of reading them keeps.
std::vector<double> numbers_of(const std::uint8_t* bytes) {
  std::vector<double> numbers;
  for (std::size_t i = 0; i < kPixels; ++i) numbers.push_back(bytes[i] / 256.0);
  return numbers;
}

DataSource drawn_digits() {
  DataSource source;
  for (std::size_t row = 0; row < kRows; ++row) {
    std::array<std::uint8_t, kPixels> image = {};
    data::draw_digit(1, row, image);
    source.input_rows.push_back(numbers_of(image.data()));
    source.target_rows.push_back({static_cast<double>(data::digit_label(1, row))});
  }
  return source;
}

DataSource mnist() {
  const char* const folder = std::getenv("FORKNET_TEST_DATA");
  if (folder == nullptr || !std::filesystem::exists(std::string(folder) + "/mnist")) {
    return drawn_digits();
  }
  Config files = small_config();
  files.data = {};
  files.data.train.inputs = std::string(folder) + "/mnist/train-images-idx3-ubyte.gz";
  files.data.train.labels = std::string(folder) + "/mnist/train-labels-idx1-ubyte.gz";
  files.model.layers = {dense(10)};
  const Prepared prepared = prepare(files).value();
  const data::Table& table = *prepared.data.train.table;
  DataSource source;
  for (std::size_t row = 0; row < kRows; ++row) {
    source.input_rows.push_back(numbers_of(table.u8_row(row)));
    source.target_rows.push_back({static_cast<double>(table.labels()[row])});
  }
  return source;
}

// Four dense layers, one of them 1,100 wide, dropout between them.
Config mnist_config(const std::string& optimizer, std::int64_t leaf) {
  Config config;
  config.data.format = "arrays";
  config.data.train = mnist();
  config.data.loader_threads = 0;
  config.model.layers = {dense(48, "relu"), dropout(0.2),      dense(1100, "relu"),
                         dropout(0.1),      dense(33, "tanh"), dense(10)};
  config.train.epochs = 2;
  config.train.batch = 64;
  config.train.leaf = leaf;
  config.optimizer.type = optimizer;
  config.optimizer.lr = 0.01;
  return config;
}

// Host and channel as they stand, then stages, replicas, threads, microbatches, schedule, loaders.
struct Place {
  Host host;
  std::string_view channel;
};
constexpr Place kOneMemory = {Host::thread, "shm"};
constexpr Place kThreadsBehindPipes = {Host::thread, "pipe"};
constexpr Place kProcessesInShm = {Host::process, "shm"};
constexpr Place kProcessesBehindPipes = {Host::process, "pipe"};
constexpr Place kPlaces[] = {kOneMemory, kThreadsBehindPipes, kProcessesInShm,
                             kProcessesBehindPipes};

GridConfig grid_of(const Place& place, std::int64_t stages, std::int64_t replicas,
                   std::int64_t threads) {
  GridConfig grid;
  grid.host = place.host;
  grid.channel = place.channel;
  grid.stages = stages;
  grid.replicas = replicas;
  grid.threads = threads;
  return grid;
}

// Every place with every number of stages, replicas and threads of the issue, if not all at once:
// microbatches, schedules and loaders go round beside them.
std::vector<std::pair<GridConfig, std::int64_t>> layouts(std::int64_t most_replicas) {
  constexpr std::int64_t kShapes[][3] = {{1, 1, 2}, {1, 1, 3}, {1, 2, 1}, {1, 3, 1}, {1, 5, 1},
                                         {1, 8, 1}, {1, 2, 4}, {2, 1, 1}, {2, 2, 1}, {2, 3, 2},
                                         {2, 5, 1}, {3, 1, 1}, {3, 2, 1}, {3, 1, 3}, {4, 1, 1},
                                         {4, 3, 1}, {4, 1, 4}};
  constexpr std::int64_t kMicrobatches[] = {0, 1, 2, 3, 4};
  constexpr std::int64_t kLoaders[] = {1, 4, 0};
  constexpr Schedule kAll[] = {Schedule::one_f_one_b, Schedule::gpipe, Schedule::zero_bubble};
  std::vector<std::pair<GridConfig, std::int64_t>> all;
  for (const auto& [stages, replicas, threads] : kShapes) {
    if (replicas > most_replicas) continue;
    for (const Place& place : kPlaces) {
      GridConfig grid = grid_of(place, stages, replicas, threads);
      grid.microbatches = kMicrobatches[all.size() % 5];
      grid.schedule = kAll[all.size() % 3];
      all.emplace_back(grid, kLoaders[all.size() / 4 % 3]);
    }
  }
  for (const Place& place : {kOneMemory, kProcessesBehindPipes}) {
    all.emplace_back(grid_of(place, 2, 1, GridConfig::kNeurons), 1);
  }
  return all;
}

std::string name_of(const GridConfig& grid) {
  return std::string(word_of(grid.host)) + " " + std::string(word_of(grid.channel)) + " " +
         std::to_string(grid.stages) + " x " + std::to_string(grid.replicas) + " x " +
         std::to_string(grid.threads) + ", " + std::to_string(grid.microbatches) +
         " microbatches, " + std::string(word_of(grid.schedule));
}

// All of them after every epoch. Where fewer cases are to be tried, every third, which is each
// place; after the last epoch those or all.
enum class AtTheEnd { a_third, all };
void expect_the_same_in(const std::vector<std::pair<GridConfig, std::int64_t>>& layouts,
                        Config config, AtTheEnd at_the_end) {
  const std::int64_t all = config.train.epochs;
  for (std::int64_t epochs = all; epochs > 0; --epochs) {
    config.train.epochs = epochs;
    config.grid = grid_of(kOneMemory, 1, 1, 1);
    const std::string serial = trained(config).weights_digest;
    ASSERT_EQ(serial.size(), 32U);
    const bool each = test_in_full() || (at_the_end == AtTheEnd::all && epochs == all);
    const std::size_t every = each ? 1 : 3;
    for (std::size_t number = 0; number < layouts.size(); number += every) {
      const auto& [grid, loaders] = layouts[number];
      config.grid = grid;
      config.data.loader_threads = loaders;
      EXPECT_EQ(trained(config).weights_digest, serial)
          << name_of(grid) << ", after epoch " << epochs;
    }
  }
}

TEST(MnistLayouts, momentum_has_the_same_weights_in_seventy_layouts_after_every_epoch) {
  const auto all = layouts(8);
  ASSERT_GE(all.size(), 60U);
  expect_the_same_in(all, mnist_config("momentum", 8), AtTheEnd::all);
}

TEST(MnistLayouts, adam_has_the_same_weights_in_them_with_leaves_of_sixteen_and_of_sixty_four) {
  expect_the_same_in(layouts(3), mnist_config("adam", 16), AtTheEnd::a_third);
  expect_the_same_in(layouts(1), mnist_config("adam", 64), AtTheEnd::a_third);
}

}  // namespace
}  // namespace forknet::run
