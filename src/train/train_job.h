// The inputs of a training.
#pragma once

#include <forknet/config.h>
#include <forknet/train.h>

#include <string>

#include "data/open.h"
#include "math/target.h"
#include "nn/model_plan.h"
#include "state/recovered.h"
#include "train/orders/orders.h"
#include "train/rate_list.h"
#include "train/recorder.h"

namespace forknet::run {

// All pointers and references outlive the trainer.
struct TrainJob {
  const Config& config;
  const data::DataSets& data;
  const nn::ModelPlan& plan;
  math::Target target = math::Target::reference;
  const TrainOptions& options;
  Recorder* recorder = nullptr;                  // null: nothing is recorded
  const store::Checkpoint* resume = nullptr;     // go on from here
  const store::SafetensorsFile* init = nullptr;  // first weights instead of drawn ones
  const Recovered* live = nullptr;               // go on from here; goes before `resume`
  Orders* orders = nullptr;                      // null: no orders can be given
  RateChanges rates = {};                        // of the learning rate, recorded so far

  void note(const std::string& text) const {
    if (options.on_note) options.on_note(text);
  }
  void show_life() const {
    if (orders != nullptr) orders->beat();
  }
};

}  // namespace forknet::run
