// Damaged memory of a killed run of models that train apart: the resume continues correctly.
#include <gtest/gtest.h>

#include "averaging/average_sessions.h"
#include "damage.h"
#include "os/mapping.h"
#include "os/reserved_file.h"
#include "state/center.h"

namespace forknet::run {
namespace {

// 18 steps of 3 models in rounds of 5, with every optional part of the models' memory.
Config with_everything() {
  Config config = averaging(3, 5);
  config.average.moments = AverageMoments::keep;
  config.average.outer_lr = 0.7;
  config.average.outer_momentum = 0.9;
  config.checkpoint.every = {Interval::Unit::steps, 4};
  return config;
}

TEST_F(AverageSessions, a_damaged_state_costs_steps_and_nothing_else) {
  const Config config = in_folder(carried_by(with_everything(), {2}));
  const SessionResult undisturbed = whole(config);
  const LeftBehind left(killed_at(config, 12));
  survives_all_damage(left, undisturbed.result->weights_digest, 1);
}

// Control words that a resume reads: it must neither hang nor get another result.
TEST_F(AverageSessions, noise_in_the_words_of_models_costs_steps_and_nothing_else) {
  const Config config = in_folder(carried_by(with_everything(), {3}));
  const SessionResult undisturbed = whole(config);
  const LeftBehind left(killed_at(config, 12));
  const std::string models = read_list({left.folder()})->weights.back();
  std::printf("FORKNET_TEST_SEED=%llu\n", static_cast<unsigned long long>(test_seed()));
  Draws draw(test_seed());
  constexpr std::size_t kPage = 4096;
  for (std::size_t time = 0; time < test_cases(60); ++time) {
    left.restore();
    auto fd = os::open_reserved(models).value();
    auto memory = os::Mapping::of(std::move(fd), os::Mapping::Access::write).value();
    // The center's page, then the control blocks of models.
    const std::size_t at = time < 8 ? 0 : kPage + drawn_below(draw, kPage) / 8 * 8;
    const std::uint64_t noise = draw() >> (time % 3 == 0 ? 60 : 0);
    std::memcpy(memory.writable().data() + at, &noise, sizeof(noise));
    memory = {};
    ASSERT_EQ(resumed_to(left.folder(), undisturbed.result->weights_digest), 0)
        << at << " " << noise;
  }
}

}  // namespace
}  // namespace forknet::run
