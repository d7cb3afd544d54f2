#include "session/last_state.h"

#include <fmt/format.h>

#include "average/models_fault.h"
#include "average/models_shape.h"
#include "base/try.h"
#include "nn/optimizer.h"
#include "train/open_state.h"

namespace forknet::run {
namespace {

template <class T>
std::string fault_of(const Recovered& recovered, const Prepared& prepared) {
  const Config& config = prepared.config;
  if (recovered.list.models != averages(config.grid)) return "it holds other models";
  const store::WeightsLayout wanted = {sizeof(T), prepared.plan.numbers,
                                       nn::moment_count(config.optimizer), kVersions};
  if (auto fault = fault_of_weights(recovered, prepared.plan, wanted); !fault.empty()) return fault;
  if (!recovered.list.models) return "";
  return fault_of_models(recovered, models_shape<T>(config, prepared.plan));
}

std::string fault_of_state(const Recovered& recovered, const Prepared& prepared) {
  const bool wide = prepared.config.numerics.precision == Precision::fp64;
  return wide ? fault_of<double>(recovered, prepared) : fault_of<float>(recovered, prepared);
}

// Where the run continues instead of its last step, and what that costs.
std::string cost_of(const StateLoss& loss, const std::optional<store::Checkpoint>& checkpoint) {
  const auto step = checkpoint ? static_cast<std::uint64_t>(checkpoint->step) : 0;
  const std::string from =
      checkpoint ? fmt::format("continues from the checkpoint at step {}", step) : "starts again";
  if (!loss.committed) return from + "; the steps since then are trained again";
  if (*loss.committed <= step) return from + ", which has all of its steps";
  return fmt::format("{}; {} steps are trained again", from, *loss.committed - step);
}

}  // namespace

Result<std::optional<Recovered>> last_state(const StatePlace& place, const Prepared& prepared,
                                            const std::optional<store::Checkpoint>& checkpoint,
                                            const store::Note& note) {
  const auto lost = [&](const StateLoss& loss) {
    note(fmt::format("the state of the last step cannot be used ({})\n  the run {}", loss.why,
                     cost_of(loss, checkpoint)));
  };
  FORKNET_ASSIGN(auto live, recover_state(place, lost));
  if (!live) return live;
  if (checkpoint && static_cast<std::uint64_t>(checkpoint->step) > live->committed) {
    return std::optional<Recovered>();
  }
  if (const std::string fault = fault_of_state(*live, prepared); !fault.empty()) {
    lost({fault, live->committed});
    live.reset();
  }
  if (live && !live->list_fault.empty()) {
    note(
        fmt::format("{} does not say where the state of the last step is ({}); the state was found "
                    "by its files",
                    place.list().text(), live->list_fault));
  }
  return live;
}

}  // namespace forknet::run
