// Training: one call from a described run to a trained model.
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

// Where a run stands, as a callback sees it.
struct Metrics {
  enum class Kind {
    tick,   // some ten times a second, for progress lines
    log,    // every log.every steps: loss and accuracy are over the steps since the last
    epoch,  // an epoch has ended: loss and accuracy are over it, validation may be there
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
  // Lines worth a person's notice: a checkpoint that could not be written, an older one used.
  std::function<void(const std::string&)> on_note = {};
  // How far a data file has been read: `done` of `all` bytes (all 0: not known). Called often, by
  // one thread at a time, which waits for it. Tables of text alone tell it.
  std::function<void(const std::string& file, std::uint64_t done, std::uint64_t all)> on_reading =
      {};
  // Becomes non-zero when the run shall stop after the step at hand; may be null.
  const std::atomic<int>* stop = nullptr;
  // Training is over as soon as the validation data (without: the test data) reaches this accuracy.
  std::optional<double> until_accuracy = {};
  // When it is set, what every thread of every cell does is recorded, in memory that is laid out
  // when the run begins, and told once at its end, also of a run that failed; on the training
  // thread. The weights are the same with it and without.
  std::function<void(const RunTrace&)> on_trace = {};
};

// Frames that went through the channels of a cell, of one kind: "activation", "error", "gradient",
// "weight", "bias" or "control".
struct FrameCount {
  std::string kind;
  std::uint64_t frames_in = 0, bytes_in = 0;
  std::uint64_t frames_out = 0, bytes_out = 0;
};

// What one cell of the grid did with its time and memory.
struct CellReport {
  std::int64_t stage = 0, replica = 0;
  int pid = 0;
  std::int64_t threads = 1;             // that compute
  std::vector<int> cpus = {};           // that its threads are bound to; empty: to none
  std::string state = "running";        // or how its process ended
  std::uint64_t deaths = 0;             // of its processes, in this run of the program
  double busy = 0;                      // share of the training time, mean over its threads
  double wait = 0;                      // the rest of it
  std::vector<FrameCount> frames = {};  // kinds that occurred
  std::uint64_t bytes_in = 0, bytes_out = 0;
  std::uint64_t arena_bytes = 0;  // laid out when the run was planned: weights, moments, workspace
  std::uint64_t rss_bytes = 0;    // resident memory of its process
  // Of each thread of its process: its name and its CPU time in seconds, and as a share of the
  // training time (waiting that spins is work here); the rest of it.
  struct Thread {
    std::string name;
    double cpu_seconds = 0;
    double busy = 0, wait = 0;
  };
  std::vector<Thread> thread_times = {};
};

// What a run went on after.
struct Faults {
  std::uint64_t cell_deaths = 0;
  std::uint64_t redone_steps = 0;  // that were in flight when cells died
  std::uint64_t restarts = 0;      // of cells
  void add(const Faults& others) {
    cell_deaths += others.cell_deaths;
    redone_steps += others.redone_steps;
    restarts += others.restarts;
  }
};

struct TrainResult {
  enum class State { finished, stopped, diverged } state = State::finished;
  Model model;  // the last weights, or the best ones where checkpoint.best asks for them
  std::uint64_t steps = 0;
  std::uint64_t epochs = 0;  // whole ones
  Evaluation train = {};     // running figures over the last epoch
  // Of a finished run: what the best constant answer to all training rows would have come to, and
  // whether train.loss is more than twice that, so that the run has come to nothing.
  double constant_loss = 0;
  bool worse_than_constant = false;
  std::optional<Evaluation> validation = {};
  std::optional<Evaluation> test = {};
  double wall_seconds = 0;
  double train_seconds = 0;  // the steps, shuffling and feeding included; nothing else
  double samples_per_second = 0;
  std::string weights_digest = {};  // of the last step's weights
  GridConfig grid = {};             // as it was: with the numbers that were left open
  std::int64_t threads_total = 1;   // that compute, over all cells
  std::vector<CellReport> cells = {};
  Faults faults = {};
};

// Trains on the data that the config names. Nothing is written. Errors: config, data, memory.
[[nodiscard]] Result<TrainResult> train(const Config& config, const TrainOptions& options = {});

// Trains on this data instead; config.data.train is not looked at, shares for validation and test
// are taken from it, files or rows there are refused (config).
[[nodiscard]] Result<TrainResult> train(const Config& config, const Dataset& data,
                                        const TrainOptions& options = {});

}  // namespace forknet
