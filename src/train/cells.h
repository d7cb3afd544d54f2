// Opens the cells of a training, moves them to another layout, ends them. They train the weights of
// the training. Callers of all methods but end() first bring the cells to rest (Engine::settle()).
// T is float or double.
#pragma once

#include <forknet/result.h>
#include <forknet/train.h>

#include <cstddef>
#include <memory>
#include <vector>

#include "average/average_engine.h"
#include "engine/engine.h"
#include "engine/tracing.h"
#include "train/training.h"

namespace forknet::run {

template <class T>
class Cells {
 public:
  // The training outlives this object.
  explicit Cells(Training<T>& training) : training_(training) {}

  // Opens the cells in training.layout.
  [[nodiscard]] Status open();
  // Continues the same weights and steps in another layout; for models that train apart, with other
  // workers in the same layout. After an Error the cells may be closed (are_open()).
  [[nodiscard]] Status move_to(cell::GridPlan layout);
  // For models that train apart: changes the number of workers, at most the number of models.
  [[nodiscard]] Status resize_workers(std::size_t workers);
  void end();

  [[nodiscard]] bool are_open() const { return engine_ != nullptr; }
  // Requires are_open().
  [[nodiscard]] Engine<T>& engine() const { return *engine_; }
  // The work of each cell since open(), move_to() or resize_workers().
  [[nodiscard]] std::vector<CellReport> report() const;
  // Faults of all cells of this training, including those that have ended.
  [[nodiscard]] Faults faults() const;

  // Ends the cells and writes their trace, if one was requested. Call once, after the run.
  void write_trace();

 private:
  [[nodiscard]] EngineJob engine_job();
  [[nodiscard]] cell::GridShape recorded_shape() const;
  [[nodiscard]] Status open_average(const EngineJob& job);

  Training<T>& training_;
  double begun_ = 0;                     // throughput.train_seconds() when report() begins
  Faults faults_;                        // of engines that have ended
  TraceBook traces_;                     // empty unless a trace was requested
  AverageEngine<T>* average_ = nullptr;  // the engine, of models that train apart
  std::unique_ptr<Engine<T>> engine_;    // last member: destroyed first
};

}  // namespace forknet::run
