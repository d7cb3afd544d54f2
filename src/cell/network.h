// What one cell does with one batch: forward through its layers, loss, errors backward, gradients
// and update, in the caller's memory, by the caller's thread and those of a team (shares.h). Knows
// no files, no processes and no schedule. T is float or double.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "cell/shares.h"
#include "cell/team.h"
#include "cell/workspace.h"
#include "math/element_kernels.h"
#include "math/product_kernels.h"
#include "math/target.h"
#include "nn/model_plan.h"
#include "store/weights.h"

namespace forknet::cell {

// A batch as the data floor prepares it: inputs (rows, features), labels or targets (rows,
// outputs).
template <class T>
struct BatchView {
  math::PanelView<const T> inputs;
  const std::uint32_t* labels = nullptr;
  math::PanelView<const T> targets;
  const std::uint32_t* samples = nullptr;  // rows of the data set: keys of dropout
};

// Sums over the rows of a batch (not means).
struct BatchSums {
  double loss = 0;
  std::uint64_t correct = 0;
  std::uint64_t rows = 0;
};

template <class T>
class Network {
 public:
  // Keeps references: plan, workspace and team outlive the network. Without a team the caller's
  // thread does it all. Only train() uses the team.
  Network(const nn::ModelPlan& plan, Workspace<T>& workspace, math::Target target,
          Team* team = nullptr);

  // Outputs of the last layer (rows, outputs), without dropout; valid until the next call. With a
  // softmax loss these are logits.
  math::PanelView<const T> infer(std::span<const T> parameters, math::PanelView<const T> inputs);
  // The same, then the softmax where the loss has one: what a model predicts.
  math::PanelView<const T> predict(std::span<const T> parameters, math::PanelView<const T> inputs);
  // What the last call gave.
  [[nodiscard]] math::PanelView<const T> outputs() const;
  // infer(), then loss and hits.
  BatchSums evaluate(std::span<const T> parameters, const BatchView<T>& batch);

  // Where a step stands: keys of dropout, leaves of the gradient, the rule of the update.
  struct Step {
    std::uint64_t seed = 0;
    std::uint64_t number = 0;
    std::size_t leaf_rows = 0;
    math::UpdateRule<T> rule;
  };
  // One whole training step: the weights and moments are changed in place.
  BatchSums train(store::Weights<T>& weights, const BatchView<T>& batch, const Step& step);

 private:
  // A step as all members see it.
  struct Work {
    store::Weights<T>& weights;
    const BatchView<T>& batch;
    const Step& step;
  };
  void train_part(const Member& member, const Work& work);
  void forward_part(const Member& member, const Work& work);
  void backward_part(const Member& member, const Work& work);
  void update_part(const Member& member, const Work& work);
  void forward_dense(std::size_t layer, std::span<const T> parameters,
                     math::PanelView<const T> inputs, const Tile& tile);
  void forward_dropout(std::size_t layer, const Work& work, const Tile& tile);
  void take_loss(const BatchView<T>& batch, math::Range rows, bool with_errors);
  void errors_below(std::size_t layer, std::size_t below, std::span<const T> parameters,
                    const Tile& tile);
  void update_dense(std::size_t layer, const Work& work, const WeightTile& tile);
  // Before a member goes from numbers that were cut one way to numbers that are cut another way.
  void meet(const Member& member, Cut from, Cut to);
  [[nodiscard]] Tile whole(std::size_t layer) const;
  [[nodiscard]] Tile tile(const Member& member, std::size_t layer) const;
  BatchSums sum_rows(std::size_t rows, std::size_t leaf_rows);
  math::PanelView<const T> input_of(std::size_t layer, math::PanelView<const T> inputs) const;

  const nn::ModelPlan& plan_;
  Workspace<T>& workspace_;
  const math::ProductKernels<T>& products_;
  const math::ElementKernels<T>& elements_;
  Team* team_;
  std::vector<Cut> cuts_;  // of each layer
  std::size_t rows_ = 0;   // of the batch at hand; written before the members begin
};

}  // namespace forknet::cell
