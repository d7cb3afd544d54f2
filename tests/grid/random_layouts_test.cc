// Random nets, batches, leaves and layouts: always the bits of one thread.
#include <gtest/gtest.h>

#include <string>

#include "grid/drawn_runs.h"

namespace forknet::run {
namespace {

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
