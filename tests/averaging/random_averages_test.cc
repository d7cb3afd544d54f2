// Random nets, models, rounds and workers: always the same bits as one worker per model in one
// thread.
#include <gtest/gtest.h>

#include <string>

#include "grid/drawn_runs.h"

namespace forknet::run {
namespace {

// All settings of averaging that change bits.
struct DrawnAverage {
  std::int64_t models = 1;
  std::int64_t every = GridConfig::kEpoch;
  AverageBatch batch = AverageBatch::shared;
  AverageMoments moments = AverageMoments::mean;
  double outer_lr = 1;
  double outer_momentum = 0;
  bool shuffle = true;
};

void showValue(const DrawnAverage& drawn, std::ostream& out) {
  out << drawn.models << " models, every " << drawn.every << ", batch " << word_of(drawn.batch)
      << ", moments " << word_of(drawn.moments) << ", outer " << drawn.outer_lr << " "
      << drawn.outer_momentum << (drawn.shuffle ? ", shuffled" : ", as they come");
}

rc::Gen<DrawnAverage> drawn_average() {
  return rc::gen::build<DrawnAverage>(
      rc::gen::set(&DrawnAverage::models, between<std::int64_t>(1, 9)),
      rc::gen::set(&DrawnAverage::every,
                   one_of<std::int64_t>(
                       {GridConfig::kAuto, GridConfig::kEpoch, GridConfig::kEnd, 1, 2, 3, 7})),
      rc::gen::set(&DrawnAverage::batch,
                   one_of<AverageBatch>({AverageBatch::shared, AverageBatch::each})),
      rc::gen::set(&DrawnAverage::moments,
                   one_of<AverageMoments>(
                       {AverageMoments::mean, AverageMoments::keep, AverageMoments::reset})),
      rc::gen::set(&DrawnAverage::outer_lr, one_of<double>({1.0, 0.7})),
      rc::gen::set(&DrawnAverage::outer_momentum, one_of<double>({0.0, 0.9})),
      rc::gen::set(&DrawnAverage::shuffle, one_of<bool>({true, true, false})));
}

void take(const DrawnAverage& drawn, Config& config) {
  config.grid.sync = Sync::average;
  config.grid.models = drawn.models;
  config.grid.average_every = drawn.every;
  config.average.batch = drawn.batch;
  config.average.moments = drawn.moments;
  config.average.outer_lr = drawn.outer_lr;
  config.average.outer_momentum = drawn.outer_momentum;
  config.data.shuffle = drawn.shuffle;
}

void carry(const DrawnLayout& drawn, Config& config) {
  lay_out(drawn, config);
  config.grid.replicas = std::min(drawn.replicas, config.grid.models);
}

TEST(RandomAverages, have_the_bits_of_a_thread_for_each_model) {
  holds("have the bits of a thread for each model", 150, [] {
    const auto training = *drawn_training();
    const auto average = *drawn_average();
    Config config = config_of(training);
    const Config serial = config;
    take(average, config);
    DrawnLayout first;
    first.replicas = average.models;
    carry(first, config);
    const std::string expected = outcome_of(config);
    if (expected.starts_with("failed")) RC_FAIL(expected);
    for (const char* const turn : {"some workers", "others"}) {
      carry(*drawn_layout().as(turn), config);
      RC_ASSERT(outcome_of(config) == expected);
    }
    if (average.models > 1) return;
    Config alone = serial;
    alone.data.shuffle = average.shuffle;
    RC_ASSERT(outcome_of(alone) == expected);
  });
}

}  // namespace
}  // namespace forknet::run
