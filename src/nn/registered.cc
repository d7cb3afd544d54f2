#include "nn/registered.h"

#include <forknet/optimizer.h>
#include <forknet/schedule.h>

#include <array>
#include <utility>

#include "base/try.h"
#include "math/activations/list.h"
#include "nn/layers/list.h"
#include "nn/losses/list.h"
#include "nn/optimizers/list.h"
#include "nn/schedules/list.h"

namespace forknet {
namespace {

// Settings of [optimizer] that belong to no part.
constexpr std::array<std::string_view, 6> kReserved = {
    "type", "lr", "schedule", "warmup_steps", "decay_biases", "decay_norms"};

// The parts of `own`, and the settings of `others`, which stand in the same section.
std::vector<nn::TakenName> with_settings_of(std::vector<nn::TakenName> own,
                                            std::vector<nn::TakenName> others,
                                            const std::string& where) {
  for (nn::TakenName& other : others) own.push_back({where, "", std::move(other.settings)});
  return own;
}

Status check_state(const OptimizerKind& kind) {
  const std::size_t regions = kind.state().size();
  if (regions <= kMostOptimizerStates) return {};
  return Error{ErrorKind::config, "optimizer \"" + std::string(kind.name()) +
                                      "\" cannot be registered: it has " + std::to_string(regions) +
                                      " regions of state, at most " +
                                      std::to_string(kMostOptimizerStates) + " are possible"};
}

}  // namespace

void nn::close_registration() {
  static_cast<void>(optimizers().all());
  static_cast<void>(schedules().all());
  static_cast<void>(layers().all());
  static_cast<void>(losses());
  static_cast<void>(math::all_activations());
}

Status register_optimizer(std::unique_ptr<OptimizerKind> optimizer) {
  auto& list = nn::optimizers();
  if (list.closed()) return nn::too_late("optimizer", optimizer->name());
  FORKNET_TRY(nn::check_new_part(
      "optimizer", optimizer->name(), optimizer->settings(),
      with_settings_of(list.taken(), nn::schedules().taken(), "a schedule"), kReserved));
  FORKNET_TRY(check_state(*optimizer));
  list.add({std::move(optimizer)});
  return {};
}

Status register_schedule(std::unique_ptr<ScheduleKind> schedule) {
  auto& list = nn::schedules();
  if (list.closed()) return nn::too_late("schedule", schedule->name());
  FORKNET_TRY(nn::check_new_part(
      "schedule", schedule->name(), schedule->settings(),
      with_settings_of(list.taken(), nn::optimizers().taken(), "an optimizer"), kReserved));
  list.add({std::move(schedule)});
  return {};
}

}  // namespace forknet
