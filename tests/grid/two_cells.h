// What two cells behind pipes need, each a process; they wait for the ends of their pipes before
// they join a generation.
#pragma once

#include <gtest/gtest.h>

#include "engine/pipes.h"
#include "nn/optimizer.h"
#include "os/event.h"
#include "small_runs.h"
#include "state/live_state.h"
#include "train/run_steps.h"

namespace forknet::run {

class TwoCells : public ::testing::Test {
 protected:
  static Config config() {
    Config config = small_config();
    config.grid.host = Host::process;
    config.grid.channel = "pipe";
    config.grid.replicas = 2;
    return config;
  }
  [[nodiscard]] StateShape state_shape() const {
    StateShape shape;
    shape.weights = {sizeof(float), prepared_.plan.numbers,
                     nn::moment_count(prepared_.config.optimizer), 2};
    shape.slices = layout_.slices;
    shape.replicas = 2;
    shape.where = StateShape::Where::own_of_cells;
    return shape;
  }
  Control& control() { return state_.control(); }
  bool has_joined(std::size_t cell, std::uint32_t generation) {
    return control().has_joined(cell, generation);
  }
  [[nodiscard]] GridPipes new_pipes() const {
    return GridPipes::open(transport_of(job_), layout_.shape, 4096).value();
  }

  Prepared prepared_ = prepare(config()).value();
  const cell::GridPlan layout_ = layout_of(prepared_).value();
  const data::Sampler sampler_ = sampler_for(prepared_.config, prepared_.data.train);
  EngineJob job_ = {prepared_.config,
                    prepared_.data.train,
                    prepared_.plan,
                    sampler_,
                    layout_,
                    prepared_.target,
                    nn::leaf_rows(prepared_.config.train),
                    planned_steps(prepared_)};
  LiveState state_ = LiveState::in_memory(state_shape(), prepared_.plan).value();
  const os::Fd event_ = os::make_event().value();
  const os::Fd no_arena_ = os::Fd();
};

}  // namespace forknet::run
