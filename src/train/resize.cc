#include "train/resize.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "base/try.h"
#include "settings/layout.h"

namespace forknet::run {
namespace {

// Records the number for a resume.
template <class T>
void keep_replicas(const Training<T>& training) {
  const TrainJob& job = training.job;
  if (job.recorder == nullptr) return;
  const Status kept = job.recorder->keep_settings(
      {{"grid.replicas", std::to_string(training.layout.shape.replicas), ""}}, "scale");
  if (!kept.ok()) job.note("warning: a resume will not have this number: " + kept.error().message);
}

template <class T>
Status resize_average(std::int64_t workers, Training<T>& training, Cells<T>& cells) {
  const auto most = static_cast<std::int64_t>(training.models->count());
  if (workers < 1 || workers > most) {
    return Error{
        ErrorKind::usage,
        fmt::format("{} workers are not possible: 1 to {} are, one for each model", workers, most)};
  }
  FORKNET_TRY(cells.resize_workers(static_cast<std::size_t>(workers)));
  training.job.note(fmt::format("{} workers from step {} on", workers, training.progress.step));
  keep_replicas(training);
  return {};
}

template <class T>
Status resize_grid(const GridConfig& grid, Training<T>& training, Cells<T>& cells) {
  const std::size_t batch = training.sampler.batch();
  const auto leaves =
      static_cast<std::int64_t>((batch + training.leaf_rows - 1) / training.leaf_rows);
  if (grid.replicas < 1 || grid.replicas > leaves) {
    return Error{ErrorKind::usage,
                 fmt::format("{} replicas are not possible: 1 to {} are, a leaf of the batch each",
                             grid.replicas, leaves)};
  }
  FORKNET_ASSIGN(auto layout, measured_layout<T>(training.job, grid, batch));
  const cell::GridPlan before = training.layout;
  Status moved = cells.move_to(std::move(layout));
  if (moved.ok()) {
    training.job.note(
        fmt::format("{} replicas from step {} on", grid.replicas, training.progress.step));
    keep_replicas(training);
    return {};
  }
  if (!cells.are_open()) FORKNET_TRY(cells.move_to(before));  // the earlier cells have ended
  return moved;
}

}  // namespace

template <class T>
Status resize(const Order& order, Training<T>& training, Cells<T>& cells) {
  GridConfig grid = settled(training.job.config.grid, training.layout);
  const auto now = static_cast<std::int64_t>(training.layout.shape.replicas);
  grid.replicas = order.relative ? now + order.replicas : order.replicas;
  if (training.models) return resize_average(grid.replicas, training, cells);
  return resize_grid(grid, training, cells);
}

template Status resize<float>(const Order&, Training<float>&, Cells<float>&);
template Status resize<double>(const Order&, Training<double>&, Cells<double>&);

}  // namespace forknet::run
