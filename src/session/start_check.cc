#include "session/start_check.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/try.h"
#include "engine/admission.h"
#include "nn/optimizer.h"
#include "os/file.h"
#include "os/limits.h"
#include "os/memory.h"
#include "session/run_folder.h"
#include "session/training_memory.h"
#include "settings/layout.h"
#include "train/cell_process.h"
#include "train/run_steps.h"

namespace forknet::run {
namespace {

Status check_grid(const Prepared& prepared, const cell::GridPlan& layout) {
  const Config& config = prepared.config;
  const data::Sampler sampler = sampler_for(config, prepared.data.train);
  const EngineJob job = {config,
                         prepared.data.train,
                         prepared.plan,
                         sampler,
                         layout,
                         prepared.target,
                         nn::leaf_rows(train_of_model(config))};
  const bool processes = wants_processes(config.grid, layout) && can_start_cells();
  FORKNET_TRY(
      admit_descriptors(descriptors_of(config.grid, layout, processes), os::descriptors_left()));
  return admit(demand_of(job, processes), room_now());
}

Status check_memory(const Prepared& prepared, const cell::GridPlan& layout) {
  const auto room = os::available_memory_bytes();
  const std::size_t needed = training_bytes(prepared, layout);
  const std::size_t held = data_bytes(prepared.data);  // in memory already
  if (!room || needed <= *room + held) return {};
  return Error{ErrorKind::config,
               fmt::format("this run needs about {} MiB of memory, {} are available\n"
                           "  take a smaller model, a smaller batch or fewer replicas",
                           needed >> 20, (*room + held) >> 20)};
}

}  // namespace

Status check_start(const Prepared& prepared, const cell::GridPlan& layout,
                   const std::optional<std::string>& exact) {
  FORKNET_TRY(RunFolder::check(prepared.config.run, exact));
  FORKNET_TRY(check_grid(prepared, layout));
  return check_memory(prepared, layout);
}

}  // namespace forknet::run
