// States of runs that are made by hand: a model of three layers, and what a run that died leaves.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include "memory_files.h"
#include "nn/model_plan.h"
#include "nn/slices.h"
#include "no_clean.h"
#include "os/temporary_folder.h"
#include "small_runs.h"
#include "state/live_state.h"
#include "store/weights.h"

namespace forknet::run {

using Where = StateShape::Where;

inline nn::ModelPlan plan_of(std::int64_t first, std::int64_t second) {
  ModelConfig model;
  model.layers = {dense(first, "relu"), dropout(0.2), dense(second, "tanh"), dense(kClasses)};
  return nn::plan_model(model, kFeatures).value();
}

inline StateShape shape_of(const nn::ModelPlan& plan, Where where, std::size_t stages = 1,
                           std::size_t replicas = 1) {
  StateShape shape;
  shape.weights = {sizeof(float), plan.numbers, 2, 2};
  shape.slices = nn::partition_model(plan, stages, nn::counted_costs(plan));
  shape.replicas = replicas;
  shape.where = where;
  return shape;
}

inline store::Weights<float> weights_of(LiveState& live, std::size_t cell) {
  const auto& layout = live.shape().weights;
  return store::Weights<float>::of(live.weights_fd(cell).duplicate(), layout.numbers,
                                   layout.moments, layout.versions)
      .value();
}

// Of region 0 (the weights), 1, 2.
inline float number_of(std::size_t region, std::size_t i) {
  return static_cast<float>(region) * 100'000 + static_cast<float>(i) + 0.5F;
}

// Numbers [begin, end) as they are after `committed` steps; the version that the next step had
// begun to write holds -1.
inline void fill(store::Weights<float>& weights, std::uint64_t committed, SliceNumbers part) {
  weights.turn_to(committed);
  for (std::size_t i = part.begin; i < part.end; ++i) {
    weights.parameters()[i] = number_of(0, i);
    weights.next_parameters()[i] = -1;
    for (std::size_t moment = 0; moment < weights.moments(); ++moment) {
      weights.moment(moment)[i] = number_of(moment + 1, i);
      weights.next_moment(moment)[i] = -1;
    }
  }
}

class StateFixture : public ::testing::Test {
 protected:
  ~StateFixture() override { remove_memory_files(place_.folder); }

  [[nodiscard]] StateShape shape(Where where = Where::shared, std::size_t stages = 1,
                                 std::size_t replicas = 1) const {
    return shape_of(plan_, where, stages, replicas);
  }
  LiveState in_files(const StateShape& shape) const {
    auto live = LiveState::in_files(place_, shape, plan_);
    EXPECT_TRUE(live.ok()) << (live.ok() ? "" : live.error().message);
    return std::move(live).value();
  }
  // What is in the folder besides its identity.
  [[nodiscard]] int entries() const { return folder_.entries() - 1; }
  // One that a resume finds, of a run whose progress was saved at `saved`.
  LiveState kept(const StateShape& shape, std::uint64_t committed, std::uint64_t saved) const {
    LiveState live = in_files(shape);
    live.control().prepare(saved);
    ProgressState progress;
    progress.step = saved;
    progress.epoch = {0.1 + 0.2, 7, 11};
    progress.best = 5e-324;
    live.progress().save(progress);
    for (std::uint64_t step = saved; step < committed; ++step) {
      live.control().commit_alone(step, {0.1 * static_cast<double>(step), step + 1, 32});
    }
    fill_all(live, committed);
    live.control().written.put(committed, sum_of(live, committed));
    EXPECT_TRUE(live.keep().ok());
    return live;
  }
  // Cells other than the first replica's keep no moments; theirs are not to be read.
  void fill_all(LiveState& live, std::uint64_t committed) const {
    const StateShape& shape = live.shape();
    if (shape.where == Where::shared) {
      auto weights = weights_of(live, 0);
      return fill(weights, committed, {0, plan_.numbers});
    }
    for (std::size_t stage = 0; stage < shape.slices.size(); ++stage) {
      auto weights = weights_of(live, stage * shape.replicas);
      fill(weights, committed, numbers_of(plan_, shape.slices[stage]));
    }
  }

  // The checksum of what fill_all() wrote.
  [[nodiscard]] std::uint64_t sum_of(LiveState& live, std::uint64_t committed) const {
    const StateShape& shape = live.shape();
    std::uint64_t sum = 0;
    for (std::size_t stage = 0; stage < shape.slices.size(); ++stage) {
      const bool shared = shape.where == Where::shared;
      const SliceNumbers part =
          shared ? SliceNumbers{0, plan_.numbers} : numbers_of(plan_, shape.slices[stage]);
      auto weights = weights_of(live, shared ? 0 : stage * shape.replicas);
      weights.turn_to(committed);
      sum = math::add_bits<float>(sum, std::as_const(weights).bit_sum(part.begin, part.end));
      if (shared) break;
    }
    return sum;
  }

  // Its files in memory, and those with these ends of their names.
  [[nodiscard]] std::vector<std::string> files() const { return memory_files(place_.folder); }
  [[nodiscard]] std::vector<std::string> named(const std::vector<std::string>& ends) const {
    std::vector<std::string> paths;
    for (const auto& end : ends) paths.push_back(memory_stem(place_.folder) + end);
    return paths;
  }

  const NoClean no_clean_;
  const os::TemporaryFolder folder_;
  const StatePlace place_{folder_.path(), StateIn::memory};
  const nn::ModelPlan plan_ = plan_of(20, 9);
};

}  // namespace forknet::run
