// Steps that leave rows of an embedding alone: the weights, their state and the sum of their bits
// are those of steps that write everything.
#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "cell/network.h"
#include "cell/network_testing.h"
#include "nn/optimizers/list.h"

namespace forknet::cell::touched_lines {
namespace {

constexpr std::size_t kInputs = 3;
constexpr std::size_t kRows = 24;
constexpr std::uint64_t kCodes = 300;

// A net with two versions of its weights, as runs have them.
class TwoVersions {
 public:
  TwoVersions(const OptimizerConfig& optimizer, const GridShape& shape, bool leaves)
      : optimizer_(optimizer),
        plan_(nn::plan_model(model_of({embedding(20, {static_cast<std::int64_t>(kCodes)}, {0, 2}),
                                       dense(5, "tanh"), dense(3)},
                                      "softmax_cross_entropy"),
                             kInputs)
                  .value()),
        weights_(
            store::Weights<float>::create(plan_.numbers, nn::moment_count(optimizer), 2).value()),
        workspace_(Workspace<float>::create(plan_, kRows, WorkspaceUse::training).value()),
        inputs_(store::Weights<float>::create(math::panel_numbers(kRows | 1, kInputs), 0).value()) {
    if (shape.workers() > 1) context_ = StageContext::in_threads(grid_of(shape)).value();
    network_ =
        std::make_unique<Network<float>>(plan_, workspace_, math::best_target(), context_.get());
    if (leaves) network_->leave_untouched_lines();
    nn::initialise<float>(plan_, "he_normal", 3, math::best_target(), weights_.parameters());
  }

  // Rows, codes and labels of a step.
  void step(std::uint64_t number) {
    std::mt19937_64 engine(number);
    const std::size_t rows = number % 3 == 2 ? 9 : kRows;
    const math::PanelView<float> inputs = {inputs_.parameters().data(), rows, kInputs,
                                           math::odd_stride(kRows)};
    std::vector<std::uint32_t> labels;
    for (std::size_t row = 0; row < rows; ++row) {
      inputs.at(row, 0) = static_cast<float>(engine() % kCodes);
      inputs.at(row, 1) = 0.25F * static_cast<float>(engine() % 7);
      inputs.at(row, 2) = static_cast<float>(engine() % 4);
      labels.push_back(static_cast<std::uint32_t>(engine() % 3));
    }
    const std::vector<std::uint32_t> samples(rows, 1);
    const BatchView<float> batch = {inputs.as_const(), labels.data(), {}, samples.data()};
    weights_.turn_to(number);
    (void)network_->train(
        weights_, batch,
        {11, number, 8,
         nn::update_rule<float>(optimizer_, number, 100, rows, math::best_target())});
    weights_.turn_to(number + 1);
  }
  void idle_step(std::uint64_t number) {
    weights_.turn_to(number);
    weights_.keep_for_next();
    weights_.turn_to(number + 1);
  }
  [[nodiscard]] const store::Weights<float>& weights() const { return weights_; }
  [[nodiscard]] std::uint64_t written() const { return network_->written(); }

 private:
  [[nodiscard]] GridPlan grid_of(const GridShape& shape) const {
    GridPlan grid;
    grid.shape = shape;
    grid.slices = nn::partition_model(plan_, shape.stages, nn::counted_costs(plan_));
    grid.cpus = 2;
    return grid;
  }

  const OptimizerConfig optimizer_;
  const nn::ModelPlan plan_;
  store::Weights<float> weights_;
  Workspace<float> workspace_;
  store::Weights<float> inputs_;
  std::unique_ptr<StageContext> context_;
  std::unique_ptr<Network<float>> network_;
};

void expect_same(const TwoVersions& left, const TwoVersions& all) {
  for (std::size_t i = 0; i < all.weights().regions(); ++i) {
    const auto expected = all.weights().region(i);
    EXPECT_EQ(std::memcmp(left.weights().region(i).data(), expected.data(), expected.size_bytes()),
              0)
        << "region " << i;
  }
}

void expect_same_steps(const OptimizerConfig& optimizer, const GridShape& shape) {
  TwoVersions leaves(optimizer, shape, true);
  TwoVersions writes(optimizer, shape, false);
  for (std::uint64_t number = 0; number < 12; ++number) {
    SCOPED_TRACE(number);
    if (number == 7) {  // a batch without rows
      leaves.idle_step(number), writes.idle_step(number);
      expect_same(leaves, writes);
      continue;
    }
    leaves.step(number), writes.step(number);
    if (number == 4) leaves.step(number);  // again, after the death of another cell
    expect_same(leaves, writes);
    EXPECT_EQ(leaves.written(), writes.written());
    EXPECT_EQ(leaves.written(), leaves.weights().bit_sum());
  }
}

TEST(TouchedLines, end_on_the_bits_of_steps_that_write_everything) {
  for (const nn::OptimizerPart& part : nn::optimizers().all()) {
    for (const double decay : {0.0, 0.01}) {
      const OptimizerConfig optimizer = {
          std::string(part.kind->name()), 0.05, "constant", 0, {{"weight_decay", decay}}};
      for (const GridShape& shape : {GridShape{1, 1, 1}, {1, 2, 1}, {2, 1, 1}, {2, 1, 2}}) {
        SCOPED_TRACE(optimizer.type + " " + std::to_string(decay));
        expect_same_steps(optimizer, shape);
      }
    }
  }
}

// What is left alone is found by what it is not: rows that a fault changes stay changed.
TEST(TouchedLines, leave_rows_alone_that_no_batch_has) {
  TwoVersions leaves({"sgd", 0.05}, {}, true);
  for (std::uint64_t number = 0; number < 3; ++number) leaves.step(number);
  const std::uint64_t sum = leaves.written();
  auto& weights = const_cast<store::Weights<float>&>(leaves.weights());
  weights.turn_to(4);                              // the version that step 3 writes
  constexpr std::size_t kLine = 5 * math::kLanes;  // of the first panel; column 2 has codes to 3
  const float was = weights.parameters()[kLine];
  weights.parameters()[kLine] = was + 1;
  leaves.step(3);
  EXPECT_EQ(weights.parameters()[kLine], was + 1);
  EXPECT_NE(leaves.written(), sum);
}

}  // namespace
}  // namespace forknet::cell::touched_lines
