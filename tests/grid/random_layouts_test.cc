// Random nets, batches, leaves and layouts: always the bits of one thread.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "grid/drawn_runs.h"

namespace forknet::run {
namespace {

// The weights' digest and what the run said of its steps, or the message of a failure.
std::string outcome_of(const Config& config) {
  std::string losses;
  TrainOptions options;
  options.on_metrics = [&](const Metrics& metrics) {
    if (metrics.kind != Metrics::Kind::tick) losses += fmt::format(" {:a}", metrics.loss);
  };
  const auto result = train(config, options);
  return result.ok() ? result->weights_digest + losses : "failed: " + result.error().message;
}

TEST(RandomLayouts, have_the_bits_of_one_thread) {
  holds("have the bits of one thread", 200, [] {
    const auto training = *drawn_training();
    Config config = config_of(training);
    const std::string serial = outcome_of(config);
    if (serial.starts_with("failed")) RC_FAIL(serial);
    for (const char* const turn : {"one layout", "another"}) {
      lay_out(*drawn_layout().as(turn), config);
      RC_ASSERT(outcome_of(config) == serial);
    }
  });
}

}  // namespace
}  // namespace forknet::run
