// A small network with data, weights and workspace, for tests of a cell.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "cell/network.h"
#include "nn/optimizer.h"
#include "nn/parameters.h"

namespace forknet::cell {

template <class T>
class NetworkFixture {
 public:
  NetworkFixture(const ModelConfig& model, std::size_t inputs, std::size_t rows,
                 math::Target target, OptimizerConfig optimizer = {},
                 StageContext* context = nullptr)
      : optimizer_(std::move(optimizer)),
        target_(target),
        plan_(nn::plan_model(model, inputs).value()),
        weights_(store::Weights<T>::create(plan_.numbers, nn::moment_count(optimizer_)).value()),
        workspace_(Workspace<T>::create(plan_, rows, WorkspaceUse::training).value()),
        network_(plan_, workspace_, target, context),
        input_memory_(store::Weights<T>::create(math::panel_numbers(rows | 1, inputs), 0).value()),
        target_memory_(
            store::Weights<T>::create(math::panel_numbers(rows | 1, plan_.outputs), 0).value()) {
    nn::initialise<T>(plan_, model.init, 7, target, weights_.parameters());
    draw_batch(rows);
  }

  BatchView<T> batch() const {
    BatchView<T> view = {inputs_.as_const(), labels_.data(), targets_.as_const(), samples_.data()};
    if (weighted_) view.sample_weights = sample_weights_.data();
    return view;
  }
  // From now on every row has another weight.
  void use_sample_weights() { weighted_ = true; }
  // The first rows only.
  BatchView<T> batch(std::size_t rows) const {
    BatchView<T> view = batch();
    view.inputs.rows = rows;
    view.targets.rows = rows;
    return view;
  }

  typename Network<T>::Step step(std::uint64_t number, std::size_t rows, std::size_t leaf) const {
    const nn::Optimizer own(optimizer_);
    const double rate = own.learning_rate(number, 100);
    typename Network<T>::Step step = {11, number, leaf, own.rule<T>(rate, number, rows, target_)};
    if (own.decays()) step.undecayed = own.undecayed_rule<T>(rate, number, rows, target_);
    step.decay_scope = own.decay_scope();
    return step;
  }
  std::string digest() const {
    return nn::parameter_digest<T>(plan_, std::as_const(weights_).parameters());
  }

  OptimizerConfig optimizer_;
  [[nodiscard]] math::PanelView<T> targets() const { return targets_; }

  math::Target target_;
  nn::ModelPlan plan_;
  store::Weights<T> weights_;
  Workspace<T> workspace_;
  Network<T> network_;

 private:
  void draw_batch(std::size_t rows) {
    std::mt19937_64 engine(5);
    std::normal_distribution<double> normal;
    inputs_ = {input_memory_.parameters().data(), rows, plan_.inputs, math::odd_stride(rows)};
    targets_ = {target_memory_.parameters().data(), rows, plan_.outputs, math::odd_stride(rows)};
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::size_t i = 0; i < plan_.inputs; ++i)
        inputs_.at(row, i) = static_cast<T>(normal(engine));
      for (std::size_t i = 0; i < plan_.outputs; ++i)
        targets_.at(row, i) = static_cast<T>(normal(engine));
      labels_.push_back(static_cast<std::uint32_t>(engine() % plan_.outputs));
      samples_.push_back(static_cast<std::uint32_t>(1000 + row));
      sample_weights_.push_back(static_cast<T>(0.25) * static_cast<T>(1 + row * 5 % 7));
    }
  }

  store::Weights<T> input_memory_;
  store::Weights<T> target_memory_;
  math::PanelView<T> inputs_;
  math::PanelView<T> targets_;
  std::vector<std::uint32_t> labels_;
  std::vector<std::uint32_t> samples_;
  std::vector<T> sample_weights_;
  bool weighted_ = false;
};

inline ModelConfig model_of(std::vector<LayerConfig> layers, const std::string& loss) {
  ModelConfig model;
  model.layers = std::move(layers);
  model.loss = loss;
  model.init = "glorot_normal";
  return model;
}

}  // namespace forknet::cell
