// Turns a config into all that a trainer needs, or into an error.
#pragma once

#include <forknet/config.h>
#include <forknet/dataset.h>
#include <forknet/result.h>
#include <forknet/train.h>

#include <cstdint>
#include <string>
#include <vector>

#include "cell/stage_context.h"
#include "data/open.h"
#include "math/target.h"
#include "nn/model_plan.h"
#include "state/recovered.h"
#include "train/orders/orders.h"
#include "train/recorder.h"

namespace forknet::run {

struct Prepared {
  Config config;
  data::DataSets data;
  nn::ModelPlan plan;
  math::Target target = math::Target::reference;
  std::vector<std::string> notes = {};  // differences between the requested and the actual training
};

// Opens the data, lays out the model and checks that they fit each other. `runs`: the folder of
// runs that keeps mapped rows (data_cache.h); empty: they end with this process.
[[nodiscard]] Result<Prepared> prepare(const Config& config,
                                       const data::ReadingProgress& progress = {},
                                       const std::string& runs = "");
// The same with the training rows from a program.
[[nodiscard]] Result<Prepared> prepare(const Config& config, const Dataset& data);

// The instructions to use: the reference if the config asks for it, else those that the environment
// variable FORKNET_TARGET names (for tests; Error (config): this CPU does not have them), else the
// best of this CPU.
[[nodiscard]] Result<math::Target> choose_target(const NumericsConfig& numerics);

// TrainOptions::until_accuracy needs validation or test rows. Error (config): there are none.
[[nodiscard]] Status check_until(const Prepared& prepared, const TrainOptions& options);

// Passes warnings about the data, and the notes, to options.on_note.
void show_warnings(const Prepared& prepared, const TrainOptions& options);

// The layout of its grid on this machine.
[[nodiscard]] Result<cell::GridPlan> layout_of(const Prepared& prepared);

// The number of steps of the whole run.
[[nodiscard]] std::uint64_t planned_steps(const Prepared& prepared);

// What a run starts from, if not from random weights.
struct Start {
  const store::Checkpoint* resume = nullptr;
  const store::SafetensorsFile* init = nullptr;
  const Recovered* live = nullptr;  // takes precedence over `resume`
  Orders* orders = nullptr;         // live control; may be null
  RateChanges rates = {};           // changes of the learning rate so far
};

// Trains in the precision of the config. `recorder` may be null.
[[nodiscard]] Result<TrainResult> train_prepared(const Prepared& prepared,
                                                 const TrainOptions& options, Recorder* recorder,
                                                 const Start& start);

}  // namespace forknet::run
