// From a config to everything a trainer needs, or the reason why it cannot be.
#pragma once

#include <forknet/config.h>
#include <forknet/dataset.h>
#include <forknet/result.h>
#include <forknet/train.h>

#include <cstdint>
#include <string>

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
};

// Opens the data, lays out the model and checks that they fit each other. `runs`: the folder of
// runs in which rows that are mapped stay (data_cache.h); empty: they end with this process.
[[nodiscard]] Result<Prepared> prepare(const Config& config,
                                       const data::ReadingProgress& progress = {},
                                       const std::string& runs = "");
// With the training rows from a program.
[[nodiscard]] Result<Prepared> prepare(const Config& config, const Dataset& data);

// The instructions to use: the reference where the config asks for it, else what the environment
// variable FORKNET_TARGET names (a way to test; Error (config) when this CPU has it not), else the
// best of this CPU.
[[nodiscard]] Result<math::Target> choose_target(const NumericsConfig& numerics);

// TrainOptions::until_accuracy needs validation or test rows. Error (config): there are none.
[[nodiscard]] Status check_until(const Prepared& prepared, const TrainOptions& options);

// Tells what of the data looks like a mistake.
void show_warnings(const Prepared& prepared, const TrainOptions& options);

// How its grid is laid out here.
[[nodiscard]] Result<cell::GridPlan> layout_of(const Prepared& prepared);

// Steps from the first to the last.
[[nodiscard]] std::uint64_t planned_steps(const Prepared& prepared);

// What a run starts from, if not from drawn weights.
struct Start {
  const store::Checkpoint* resume = nullptr;
  const store::SafetensorsFile* init = nullptr;
  const Recovered* live = nullptr;  // goes before `resume`
  Orders* orders = nullptr;         // what it is asked to do meanwhile
  RateChanges rates = {};           // that the run knows of
};

// Trains in the precision that the config asks for. `recorder` may be null.
[[nodiscard]] Result<TrainResult> train_prepared(const Prepared& prepared,
                                                 const TrainOptions& options, Recorder* recorder,
                                                 const Start& start);

}  // namespace forknet::run
