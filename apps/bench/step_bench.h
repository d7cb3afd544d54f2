// Training steps of a net on random data in memory, for measurements: a team of any shape, any
// optimizer, relu between the layers and a softmax at the end.
#pragma once

#include <forknet/config.h>
#include <forknet/result.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cell/network.h"
#include "math/target.h"
#include "nn/optimizer.h"
#include "settings/layout.h"

namespace forknet::run {

// The optimizer of a BenchNet that names none: momentum SGD.
[[nodiscard]] OptimizerConfig bench_optimizer();

struct BenchNet {
  std::vector<std::size_t> widths;  // inputs, hidden …, outputs
  std::size_t batch = 0;
  OptimizerConfig optimizer = bench_optimizer();
  [[nodiscard]] std::string name() const;  // "784-64-32-16-10 batch 32"
  // Floating-point operations of a step's products: forward, weight gradients, and input errors of
  // all layers but the first.
  [[nodiscard]] double operations() const;
};

// The five nets of forknet's benchmarks (docs/benchmarks.md).
[[nodiscard]] const std::vector<BenchNet>& bench_nets();

// The memory of the weights of a StepBench.
struct BenchWeights {
  std::size_t versions = 2;
  bool shared = false;  // in memory that processes could share
};

class StepBench {
 public:
  // leaf_rows 0: the default leaves.
  [[nodiscard]] static Result<std::unique_ptr<StepBench>> create(const BenchNet& net,
                                                                 std::size_t leaf_rows,
                                                                 math::Target target,
                                                                 const GridConfig& grid = {},
                                                                 const BenchWeights& where = {});
  // Seconds for all `steps`.
  double run(std::size_t steps);
  // The digest of the weights: equal after equal steps on every target.
  [[nodiscard]] std::string digest() const;

  // The data with which a peer can train the same steps and check the result.
  [[nodiscard]] const nn::ModelPlan& plan() const { return plan_; }
  [[nodiscard]] std::span<const float> parameters() const { return weights_.parameters(); }
  [[nodiscard]] std::vector<float> inputs() const;  // (batch, inputs), row-major
  [[nodiscard]] const std::vector<std::uint32_t>& labels() const { return labels_; }
  // Mean over the batch, of the last step, before its update.
  [[nodiscard]] double loss() const { return loss_; }

 private:
  StepBench(nn::ModelPlan plan, math::Target target, const OptimizerConfig& optimizer,
            store::Weights<float> weights, cell::Workspace<float> workspace,
            store::Weights<float> inputs);
  [[nodiscard]] cell::Network<float>::Step next_step(std::size_t rows) const;
  nn::ModelPlan plan_;
  const math::Target target_;
  const nn::Optimizer optimizer_;
  store::Weights<float> weights_;
  cell::Workspace<float> workspace_;
  store::Weights<float> inputs_;                 // in panels, as the data floor prepares a batch
  std::unique_ptr<cell::StageContext> context_;  // null: one thread
  std::unique_ptr<cell::Network<float>> network_;
  std::vector<std::uint32_t> labels_;
  std::size_t leaf_rows_ = 0;
  std::uint64_t step_ = 0;
  double loss_ = 0;
};

}  // namespace forknet::run
