// One thread per unit against the tiles: the same bits for every network.
#include "cell/per_unit_executor.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cell/network_testing.h"

namespace forknet::cell {
namespace {

constexpr std::size_t kNeuronInputs = 7;
constexpr std::size_t kRows = 37;
constexpr std::size_t kLeaf = 8;

template <class T>
class PerUnitExecutorTest : public testing::Test {};
using Types = testing::Types<float, double>;
TYPED_TEST_SUITE(PerUnitExecutorTest, Types);

math::Target target() { return math::best_target(); }

OptimizerConfig optimizer_of(const std::string& type) {
  OptimizerConfig optimizer;
  optimizer.type = type;
  optimizer.lr = 0.05;
  optimizer.settings.set("weight_decay", 0.01);
  return optimizer;
}

ModelConfig hidden(const char* activation) {
  return model_of({dense(17, activation), dense(5, activation), dense(4)}, "softmax_cross_entropy");
}

std::size_t leaves_of(std::size_t rows) { return (rows + kLeaf - 1) / kLeaf; }

// Full batches, then a short one, then a full one.
template <class T>
std::string train(NetworkFixture<T>& fixture) {
  std::uint64_t number = 0;
  for (const std::size_t rows : {kRows, kRows, kRows - kLeaf - 3, std::size_t{1}, kRows}) {
    fixture.network_.train(fixture.weights_, fixture.batch(rows),
                           fixture.step(number++, rows, kLeaf));
  }
  return fixture.digest();
}

template <class T>
std::string plain(const ModelConfig& model, const OptimizerConfig& optimizer) {
  NetworkFixture<T> fixture(model, kNeuronInputs, kRows, target(), optimizer);
  return train(fixture);
}

// With one thread per unit in every cell of a grid.
template <class T>
std::string with_neurons(const ModelConfig& model, const OptimizerConfig& optimizer,
                         const GridShape& shape = {}, std::size_t microbatches = 1) {
  const nn::ModelPlan plan = nn::plan_model(model, kNeuronInputs).value();
  GridPlan grid;
  grid.shape = shape;
  grid.slices = nn::partition_model(plan, shape.stages, nn::counted_costs(plan));
  grid.microbatches = microbatches;
  grid.neurons = true;
  const auto context = StageContext::in_threads(grid).value();
  NetworkFixture<T> fixture(model, kNeuronInputs, kRows, target(), optimizer, context.get());
  std::vector<std::unique_ptr<PerUnitExecutor<T>>> neurons;
  for (std::size_t cell = 0; cell < shape.cells(); ++cell) {
    neurons.push_back(PerUnitExecutor<T>::create(fixture.plan_, grid.slices[cell / shape.replicas],
                                                 kRows, leaves_of(kRows),
                                                 nn::moment_count(optimizer), target())
                          .value());
    fixture.network_.use_per_unit_threads(cell, neurons.back().get());
  }
  return train(fixture);
}

TYPED_TEST(PerUnitExecutorTest, every_activation_trains_to_the_same_bits) {
  for (const char* const activation : {"linear", "relu", "sigmoid", "tanh"}) {
    const auto optimizer = optimizer_of("adam");
    EXPECT_EQ(with_neurons<TypeParam>(hidden(activation), optimizer),
              plain<TypeParam>(hidden(activation), optimizer))
        << activation;
    const ModelConfig output = model_of({dense(6, "tanh"), dense(3, activation)}, "mse");
    EXPECT_EQ(with_neurons<TypeParam>(output, optimizer), plain<TypeParam>(output, optimizer))
        << activation;
  }
}

TYPED_TEST(PerUnitExecutorTest, every_optimizer_trains_to_the_same_bits) {
  for (const std::string type : {"sgd", "momentum", "adam"}) {
    for (const bool decay_biases : {false, true}) {
      const ModelConfig model = hidden("relu");
      OptimizerConfig optimizer = optimizer_of(type);
      optimizer.decay_biases = decay_biases;
      EXPECT_EQ(with_neurons<TypeParam>(model, optimizer), plain<TypeParam>(model, optimizer))
          << type << (decay_biases ? " with decay of biases" : "");
    }
  }
}

TYPED_TEST(PerUnitExecutorTest, dropout_drops_the_same) {
  for (const ModelConfig& model :
       {model_of({dense(20, "relu"), dropout(0.3), dense(18, "tanh"), dropout(0.5), dense(4)},
                 "softmax_cross_entropy"),
        model_of({dropout(0.2), dense(12, "tanh"), dense(3)}, "mse"),
        model_of({dense(9, "tanh"), dropout(0.2), dropout(0.3), dense(4)},
                 "softmax_cross_entropy")}) {
    const auto optimizer = optimizer_of("momentum");
    EXPECT_EQ(with_neurons<TypeParam>(model, optimizer), plain<TypeParam>(model, optimizer));
  }
}

TYPED_TEST(PerUnitExecutorTest, in_stages_and_replicas_they_train_to_the_same_bits) {
  const ModelConfig model = model_of(
      {dense(17, "relu"), dropout(0.3), dense(5, "sigmoid"), dense(4)}, "softmax_cross_entropy");
  const auto optimizer = optimizer_of("adam");
  const std::string expected = plain<TypeParam>(model, optimizer);
  for (const GridShape shape : {GridShape{2, 1, 1}, {1, 1, 3}, {2, 1, 2}}) {
    EXPECT_EQ(with_neurons<TypeParam>(model, optimizer, shape, 2), expected)
        << shape.replicas << " x " << shape.stages;
  }
}

// A layer (in, units) with padding columns after the last unit.
template <class T>
class Columns {
 public:
  static constexpr T kNobodys{77};
  explicit Columns(const nn::LayerPlan& layer)
      : layer_(layer), weights_(store::Weights<T>::create(layer.numbers(), 0).value()) {
    for (std::size_t i = 0; i < layer.numbers(); ++i) {
      weights_.parameters()[i] = owned(i) ? static_cast<T>(i) / 64 : kNobodys;
    }
  }
  math::WeightUpdate<T> update() {
    math::WeightUpdate<T> update;
    update.weights = update.next = weights_.parameters().data();
    update.panel_stride = layer_.panel_stride();
    update.rule = nn::update_rule<T>(sgd(1.0 / 16), 0, 1, kRows, target());
    return update;
  }
  [[nodiscard]] bool owned(std::size_t i) const {
    return i / layer_.panel_stride() * math::kLanes + i % math::kLanes < layer_.outputs;
  }
  [[nodiscard]] T operator[](std::size_t i) const { return weights_.parameters()[i]; }

 private:
  const nn::LayerPlan& layer_;
  store::Weights<T> weights_;
};

TYPED_TEST(PerUnitExecutorTest, a_neuron_changes_its_own_weights_alone) {
  using T = TypeParam;
  for (const std::int64_t units : {1, 2, 15, 16, 17}) {
    const ModelConfig model = model_of({dense(units)}, "mse");
    NetworkFixture<T> fixture(model, kNeuronInputs, kRows, target());
    const nn::LayerPlan& layer = fixture.plan_.layers[0];
    const auto neurons =
        PerUnitExecutor<T>::create(fixture.plan_, {0, 1}, kRows, leaves_of(kRows), 0, target())
            .value();
    Columns<T> tiles(layer);
    Columns<T> own(layer);
    nn::LayerStep<T> step;
    step.inputs = fixture.batch().inputs;
    step.errors = fixture.targets();
    const nn::WeightTile all = {
        {0, math::panels_for(kNeuronInputs)}, {0, math::panels_for(layer.outputs)}, true};
    const math::Range rows = {0, kRows};
    math::product_kernels<T>(target()).gradient(
        nn::gradient_args(step, rows, kLeaf, all, tiles.update()));
    neurons->gradient(0, step, rows, kLeaf, all, own.update());
    for (std::size_t i = 0; i < layer.numbers(); ++i) {
      ASSERT_EQ(own[i], own.owned(i) ? tiles[i] : Columns<T>::kNobodys) << units << " units, " << i;
    }
  }
}

}  // namespace
}  // namespace forknet::cell
