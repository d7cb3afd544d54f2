// Training: one call, from a description of a run to a trained model.
//
// The bits of the weights depend on the data, the model, the seed and the training and numerics
// settings, and on nothing else (docs/numerics.md).
#pragma once

#include <forknet/config.h>
#include <forknet/dataset.h>
#include <forknet/model.h>
#include <forknet/result.h>
#include <forknet/trace.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace forknet {

// The progress of a run, as a callback sees it.
struct Metrics {
  enum class Kind {
    tick,   // about ten times a second, for progress lines
    log,    // every log.every steps: loss and accuracy are over the steps since the last
    epoch,  // at the end of an epoch: loss and accuracy are over it; may have validation
  } kind = Kind::tick;
  std::uint64_t step = 0;   // steps done
  std::uint64_t steps = 0;  // of the whole run
  std::uint64_t epoch = 0;  // epochs done
  std::uint64_t epochs = 0;
  double loss = 0;  // mean over the rows
  std::optional<double> accuracy;
  double learning_rate = 0;
  double samples_per_second = 0;
  double seconds_left = 0;
  std::optional<Evaluation> validation;
};

struct TrainOptions {
  // Called on the training thread; training waits for it.
  std::function<void(const Metrics&)> on_metrics = {};
  // Lines for the user: a checkpoint that could not be written, an older one used.
  std::function<void(const std::string&)> on_note = {};
  // Progress in reading a data file: `done` of `all` bytes (all 0: unknown). Called often, by one
  // thread at a time, which waits for it. Only for tables of text.
  std::function<void(const std::string& file, std::uint64_t done, std::uint64_t all)> on_reading =
      {};
  // A value other than 0 stops the run after the current step; may be null.
  const std::atomic<int>* stop = nullptr;
  // Ends training when the validation data (without: the test data) reaches this accuracy.
  std::optional<double> until_accuracy = {};
  // If set, the activities of every thread of every cell are recorded, in memory allocated when the
  // run begins. Called once at the end of the run, also if it failed, on the training thread. Does
  // not change the weights.
  std::function<void(const RunTrace&)> on_trace = {};
};

// Frames of one kind that passed through the channels of a cell: "activation", "error", "gradient",
// "weight", "bias" or "control".
struct FrameCount {
  std::string kind;
  std::uint64_t frames_in = 0, bytes_in = 0;
  std::uint64_t frames_out = 0, bytes_out = 0;
};

// Time and memory of one cell of the grid.
struct CellReport {
  std::int64_t stage = 0, replica = 0;
  int pid = 0;
  std::int64_t threads = 1;             // computing threads
  std::vector<int> cpus = {};           // CPUs its threads are bound to; empty: none
  std::string state = "running";        // or how its process ended
  std::uint64_t deaths = 0;             // of its processes, since this program started
  double busy = 0;                      // share of the training time, mean over its threads
  double wait = 0;                      // the rest of it
  std::vector<FrameCount> frames = {};  // kinds that occurred
  std::uint64_t bytes_in = 0, bytes_out = 0;
  std::uint64_t arena_bytes = 0;  // allocated at the start: weights, moments, workspace
  std::uint64_t rss_bytes = 0;    // resident memory of its process
  // Each thread of its process: its name, its CPU time in seconds and as a share of the training
  // time (a spinning wait counts as work), and the rest of the time.
  struct Thread {
    std::string name;
    double cpu_seconds = 0;
    double busy = 0, wait = 0;
  };
  std::vector<Thread> thread_times = {};
};

// What a run has recovered from.
struct Faults {
  std::uint64_t cell_deaths = 0;
  std::uint64_t redone_steps = 0;  // in progress when cells died
  std::uint64_t restarts = 0;      // restarts of cells
  void add(const Faults& others) {
    cell_deaths += others.cell_deaths;
    redone_steps += others.redone_steps;
    restarts += others.restarts;
  }
};

struct TrainResult {
  enum class State { finished, stopped, diverged } state = State::finished;
  Model model;  // the last weights, or those of `best`
  std::uint64_t steps = 0;
  std::uint64_t epochs = 0;  // completed epochs
  Evaluation train = {};     // running figures over the last epoch
  // Of a finished run: the loss of the best constant prediction for all training rows, and whether
  // train.loss is more than twice that, which means that the training has failed.
  double constant_loss = 0;
  bool worse_than_constant = false;
  // The evaluation whose weights `model` has (checkpoint.best); nothing: it has the last ones.
  struct Best {
    std::string metric = {};  // "validation/loss"
    double value = 0;
    std::uint64_t epoch = 0;
    std::uint64_t step = 0;
  };
  std::optional<Best> best = {};
  bool out_of_time = false;                   // train.max_seconds ended it before its last step
  bool accurate = false;                      // TrainOptions::until ended it
  std::optional<Evaluation> validation = {};  // of `model`, where `best` has a value
  std::optional<Evaluation> test = {};        // of `model`
  double wall_seconds = 0;
  double train_seconds = 0;  // the steps, including shuffling and feeding; nothing else
  double samples_per_second = 0;
  std::string weights_digest = {};  // of the last step's weights
  GridConfig grid = {};             // as used: with automatic values resolved
  std::int64_t threads_total = 1;   // computing threads of all cells
  std::vector<CellReport> cells = {};
  Faults faults = {};
};

// Trains on the data that the config names. Writes no files. Errors: config, data, memory.
[[nodiscard]] Result<TrainResult> train(const Config& config, const TrainOptions& options = {});

// Trains on this data instead and ignores config.data.train. Shares for validation and test are
// taken from it; files or rows there are refused (config).
[[nodiscard]] Result<TrainResult> train(const Config& config, const Dataset& data,
                                        const TrainOptions& options = {});

}  // namespace forknet
