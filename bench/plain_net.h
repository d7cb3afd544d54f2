// The same training step as StepBench's, as a straight loop around dnnl_sgemm: what one would
// write in an afternoon with a good matrix library. Starts from the weights and the batch of a
// StepBench.
#pragma once

#include <forknet/result.h>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "apps/bench/step_bench.h"
#include "bench/row_major.h"

namespace forknet::bench {

class PlainNet {
 public:
  [[nodiscard]] static Result<std::unique_ptr<PlainNet>> create(const run::BenchNet& net,
                                                                const run::StepBench& start,
                                                                WeightLayout layout);
  // Seconds for so many steps.
  double run(std::size_t steps);
  // Mean over the batch, of the last step, before its update.
  [[nodiscard]] double loss() const { return loss_; }
  // Weights of a layer (out, in).
  [[nodiscard]] std::vector<float> weights(std::size_t layer) const;

 private:
  struct Layer {
    std::size_t in = 0;
    std::size_t out = 0;
    std::span<float> w, w_moment, w_gradient;  // by the layout
    std::span<float> b, b_moment, b_gradient;  // (out)
    std::span<float> y;                        // (batch, out), after the activation
    std::span<float> dz;                       // (batch, out), before it
  };

  PlainNet(const run::BenchNet& net, WeightLayout layout, Pool pool);
  void start_from(const run::StepBench& start);
  void step();
  void forward(std::size_t layer);
  void errors_below(std::size_t layer);
  void update(std::size_t layer);
  [[nodiscard]] Factor input_of(std::size_t layer) const;
  [[nodiscard]] Factor weights_as(const Layer& layer, bool in_out) const;

  std::size_t batch_;
  WeightLayout layout_;
  float lr_;
  float momentum_;
  Pool pool_;
  std::span<float> x_;  // (batch, in of the first layer)
  std::vector<Layer> layers_;
  std::vector<std::uint32_t> labels_;
  double loss_ = 0;
};

}  // namespace forknet::bench
