// The cells of a training: opened, moved to another layout, ended. They train the weights of the
// training; who calls a method has brought them to rest (Engine::settle()), but for ends. T is
// float or double.
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
  // The training outlives it.
  explicit Cells(Training<T>& training) : training_(training) {}

  // In training.layout.
  [[nodiscard]] Status open();
  // The same weights and steps in another layout; of models that train apart, other workers in the
  // same. After an Error there may be none any more.
  [[nodiscard]] Status move_to(cell::GridPlan layout);
  // Of models that train apart: another number of workers, at most the number of models.
  [[nodiscard]] Status resize_workers(std::size_t workers);
  void end();

  [[nodiscard]] bool are_open() const { return engine_ != nullptr; }
  // While they are open.
  [[nodiscard]] Engine<T>& engine() const { return *engine_; }
  // What each has done since they were opened or got other workers.
  [[nodiscard]] std::vector<CellReport> report() const;
  // Of all that the training has had.
  [[nodiscard]] Faults faults() const;

  // What they all did, to whoever asked for it; once, after the run: they end.
  void write_trace();

 private:
  [[nodiscard]] EngineJob engine_job();
  [[nodiscard]] cell::GridShape recorded_shape() const;
  [[nodiscard]] Status open_average(const EngineJob& job);

  Training<T>& training_;
  double begun_ = 0;                     // throughput.train_seconds() when report() begins
  Faults faults_;                        // of engines that have ended
  TraceBook traces_;                     // empty where nobody asks for a trace
  AverageEngine<T>* average_ = nullptr;  // the engine, of models that train apart
  std::unique_ptr<Engine<T>> engine_;    // last: it goes first
};

}  // namespace forknet::run
