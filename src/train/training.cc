#include "train/training.h"

#include <utility>
#include <vector>

#include "average/models_shape.h"
#include "base/try.h"
#include "engine/admission.h"
#include "engine/layer_costs.h"
#include "nn/parameters.h"
#include "os/limits.h"
#include "settings/averaging.h"
#include "settings/layout.h"
#include "train/cell_process.h"
#include "train/open_state.h"
#include "train/run_steps.h"

namespace forknet::run {
namespace {

template <class T>
std::optional<Models<T>> models_in(const TrainJob& job, LiveState& live) {
  if (!averages(job.config.grid)) return std::nullopt;
  return std::optional<Models<T>>(std::in_place, live.models(),
                                  models_shape<T>(job.config, job.plan));
}

}  // namespace

template <class T>
Training<T>::Training(const TrainJob& given, LiveState opened, store::Weights<T> empty,
                      cell::GridPlan planned, bool processes)
    : job(given),
      sampler(sampler_for(given.config, given.data.train)),
      leaf_rows(nn::leaf_rows(train_of_model(given.config))),
      total_steps(steps_of(given.config.train, sampler)),
      config(given.config),
      rates(given.rates),
      layout(std::move(planned)),
      in_processes(processes),
      live(std::move(opened)),
      weights(std::move(empty)),
      models(models_in<T>(given, live)) {}

template <class T>
Result<std::unique_ptr<Training<T>>> Training<T>::create(const TrainJob& job) {
  const std::size_t batch = sampler_for(job.config, job.data.train).batch();
  FORKNET_ASSIGN(auto layout, measured_layout<T>(job, job.config.grid, batch));
  const bool processes = wants_processes(job.config.grid, layout) && can_start_cells();
  FORKNET_TRY(admit_descriptors(descriptors_of(job.config.grid, layout, processes),
                                os::descriptors_left()));
  FORKNET_ASSIGN(auto live, open_state<T>(job, layout, processes));
  FORKNET_ASSIGN(auto weights, weights_in<T>(live));
  return std::make_unique<Training>(job, std::move(live), std::move(weights), std::move(layout),
                                    processes);
}

template <class T>
void Training<T>::seal_weights() {
  if (!models) {
    live.control().written.put(live.control().committed(), std::as_const(weights).bit_sum());
    return;
  }
  weights.turn_to(models->center_version());
  models->seal_center(models->center_step(), models->center_version(), weights);
  for (std::size_t model = 0; model < models->count(); ++model) {
    if (!models->at_center(model)) models->seal_model(model);
  }
}

template <class T>
Result<cell::GridPlan> measured_layout(const TrainJob& job, const GridConfig& grid,
                                       std::size_t batch) {
  std::vector<double> costs;
  if (grid.stages != 1) {
    FORKNET_ASSIGN(costs, measure_layer_costs<T>(job.plan, batch, job.target));
  }
  return layout_of(grid, job.plan, batch, costs);
}

template struct Training<float>;
template struct Training<double>;
template Result<cell::GridPlan> measured_layout<float>(const TrainJob&, const GridConfig&,
                                                       std::size_t);
template Result<cell::GridPlan> measured_layout<double>(const TrainJob&, const GridConfig&,
                                                        std::size_t);

}  // namespace forknet::run
