#include "apps/bench/step_bench.h"

#include "base/clock.h"
#include "base/philox.h"
#include "base/try.h"
#include "engine/layer_costs.h"
#include "nn/optimizer.h"
#include "nn/parameters.h"

namespace forknet::run {
namespace {

constexpr std::uint64_t kSeed = 1;

ModelConfig model_of(const BenchNet& net) {
  ModelConfig model;
  for (std::size_t i = 1; i < net.widths.size(); ++i) {
    const bool last = i + 1 == net.widths.size();
    model.layers.push_back(
        dense(static_cast<std::int64_t>(net.widths[i]), last ? "linear" : "relu"));
  }
  return model;
}

math::PanelView<const float> input_view(std::span<const float> numbers, std::size_t rows,
                                        std::size_t inputs) {
  return {numbers.data(), rows, inputs, math::odd_stride(rows)};
}

}  // namespace

OptimizerConfig bench_optimizer() { return momentum(0.01); }

std::string BenchNet::name() const {
  std::string text;
  for (const std::size_t width : widths) {
    if (!text.empty()) text += '-';
    text += std::to_string(width);
  }
  return text + " batch " + std::to_string(batch);
}

double BenchNet::operations() const {
  double total = 0;
  for (std::size_t i = 1; i < widths.size(); ++i) {
    const double product =
        2.0 * static_cast<double>(batch) * static_cast<double>(widths[i - 1] * widths[i]);
    total += product * (i == 1 ? 2 : 3);
  }
  return total;
}

const std::vector<BenchNet>& bench_nets() {
  static const std::vector<BenchNet> kNets = {{{784, 64, 32, 16, 10}, 32},
                                              {{784, 128, 10}, 64},
                                              {{784, 512, 256, 10}, 128},
                                              {{784, 1024, 1024, 1024, 10}, 256},
                                              {{1024, 4096, 4096, 10}, 256}};
  return kNets;
}

StepBench::StepBench(nn::ModelPlan plan, math::Target target, const OptimizerConfig& optimizer,
                     store::Weights<float> weights, cell::Workspace<float> workspace,
                     store::Weights<float> inputs)
    : plan_(std::move(plan)),
      target_(target),
      optimizer_(optimizer),
      weights_(std::move(weights)),
      workspace_(std::move(workspace)),
      inputs_(std::move(inputs)) {}

Result<std::unique_ptr<StepBench>> StepBench::create(const BenchNet& net, std::size_t leaf_rows,
                                                     math::Target target, const GridConfig& grid,
                                                     const BenchWeights& where) {
  FORKNET_ASSIGN(auto plan, nn::plan_model(model_of(net), net.widths.front()));
  const std::size_t states = nn::moment_count(net.optimizer);
  FORKNET_ASSIGN(auto weights,
                 where.shared
                     ? store::Weights<float>::create_shared(plan.numbers, states, where.versions)
                     : store::Weights<float>::create(plan.numbers, states, where.versions));
  FORKNET_ASSIGN(auto workspace,
                 cell::Workspace<float>::create(plan, net.batch, cell::WorkspaceUse::training));
  FORKNET_ASSIGN(auto inputs, store::Weights<float>::create(
                                  math::panels_for(plan.inputs) * math::odd_stride(net.batch), 0));
  std::unique_ptr<StepBench> bench(new StepBench(std::move(plan), target, net.optimizer,
                                                 std::move(weights), std::move(workspace),
                                                 std::move(inputs)));
  nn::initialise<float>(bench->plan_, "he_normal", kSeed, target, bench->weights_.parameters());
  math::element_kernels<float>(target).uniforms(kSeed, Purpose::weights, 0, 0,
                                                bench->inputs_.parameters());
  for (std::size_t row = 0; row < net.batch; ++row) {
    const auto word = random_block(kSeed, Purpose::split, static_cast<std::uint32_t>(row), 0, 0)[0];
    bench->labels_.push_back(word % static_cast<std::uint32_t>(net.widths.back()));
  }
  TrainConfig train;
  train.batch = static_cast<std::int64_t>(net.batch);
  bench->leaf_rows_ = leaf_rows > 0 ? leaf_rows : nn::leaf_rows(train);
  std::vector<double> costs;
  if (grid.stages != 1) {
    FORKNET_ASSIGN(costs, measure_layer_costs<float>(bench->plan_, net.batch, target));
  }
  FORKNET_ASSIGN(const auto layout, layout_of(grid, bench->plan_, net.batch, costs));
  FORKNET_ASSIGN(bench->context_, context_for(layout));
  bench->network_ = std::make_unique<cell::Network<float>>(bench->plan_, bench->workspace_, target,
                                                           bench->context_.get());
  return bench;
}

cell::Network<float>::Step StepBench::next_step(std::size_t rows) const {
  const double rate = optimizer_.learning_rate(step_, 1);
  cell::Network<float>::Step step = {kSeed, step_, leaf_rows_,
                                     optimizer_.rule<float>(rate, step_, rows, target_)};
  if (!optimizer_.decays()) return step;
  step.undecayed = optimizer_.undecayed_rule<float>(rate, step_, rows, target_);
  step.decay_scope = optimizer_.decay_scope();
  return step;
}

double StepBench::run(std::size_t steps) {
  const std::size_t rows = labels_.size();
  cell::BatchView<float> batch;
  batch.inputs = input_view(inputs_.parameters(), rows, plan_.inputs);
  batch.labels = labels_.data();
  const std::int64_t begun = monotonic_ns();
  for (std::size_t i = 0; i < steps; ++i) {
    const cell::Network<float>::Step step = next_step(rows);
    loss_ = network_->train(weights_, batch, step).loss / static_cast<double>(rows);
    weights_.turn_to(++step_);
  }
  return seconds_between(begun, monotonic_ns());
}

std::vector<float> StepBench::inputs() const {
  const auto view = input_view(inputs_.parameters(), labels_.size(), plan_.inputs);
  std::vector<float> numbers;
  numbers.reserve(view.rows * view.columns);
  for (std::size_t r = 0; r < view.rows; ++r) {
    for (std::size_t c = 0; c < view.columns; ++c) numbers.push_back(view.at(r, c));
  }
  return numbers;
}

std::string StepBench::digest() const {
  return nn::parameter_digest<float>(plan_, weights_.parameters());
}

}  // namespace forknet::run
