// One layer with random numbers in memory of its own, for check_layer() (forknet/testing.h). T is
// float or double.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <vector>

#include "nn/layer.h"
#include "nn/testing/checked_matrix.h"

namespace forknet::nn {

template <class T>
class LayerTrial {
 public:
  LayerTrial(const LayerPlan& layer_plan, math::Target target, std::size_t rows)
      : plan(layer_plan),
        layer(make_layer<T>(layer_plan, target)),
        inputs(rows, layer_plan.inputs),
        outputs(rows, layer_plan.outputs),
        errors(rows, layer_plan.outputs),
        transposed(layer_plan.outputs, rows),
        by_inputs(layer_plan.inputs, rows),
        region_(layer_plan.numbers() + math::kLanes),
        sums_(layer_plan.numbers() + math::kLanes),
        samples_(rows) {
    for (const BufferPlan& buffer : plan.buffers) {
      buffers_.push_back(std::make_unique<CheckedMatrix<T>>(rows, buffer.columns));
    }
    for (std::size_t row = 0; row < rows; ++row) samples_[row] = static_cast<std::uint32_t>(row);
  }

  // Numbers of a seed: the same for float and double up to rounding. Padding of parameters is 0.
  void draw(std::uint64_t seed) {
    std::mt19937_64 engine(seed);
    const auto number = [&] {
      return 2.0 * static_cast<double>(engine() >> 11) / 9007199254740992.0 - 1.0;
    };
    inputs.fill(number);
    for (const CodeInput& input : plan.code_inputs) {
      for (std::size_t row = 0; row < inputs.view().rows; ++row) {
        inputs.view().at(row, input.input) = static_cast<T>(engine() % input.codes);
      }
    }
    for (const ParameterPlan& parameter : plan.parameters) {
      for (std::size_t row = 0; row < parameter.rows(); ++row) {
        for (std::size_t column = 0; column < parameter.columns(); ++column) {
          at(parameter, row, column) = static_cast<T>(number());
        }
      }
    }
    by_outputs_seed_ = engine();
    draw_derivatives();
  }
  // The derivative by the outputs, which take_errors() reads and overwrites.
  void draw_derivatives() {
    std::mt19937_64 engine(by_outputs_seed_);
    transposed.fill(
        [&] { return 2.0 * static_cast<double>(engine() >> 11) / 9007199254740992.0 - 1.0; });
  }

  [[nodiscard]] T& at(const ParameterPlan& parameter, std::size_t row, std::size_t column) {
    return region()[place(parameter, row, column)];
  }
  [[nodiscard]] T sum_at(const ParameterPlan& parameter, std::size_t row, std::size_t column) {
    return sums()[place(parameter, row, column)];
  }
  [[nodiscard]] T* region() { return aligned(region_); }
  [[nodiscard]] T* sums() { return aligned(sums_); }

  [[nodiscard]] LayerStep<T> step() {
    LayerStep<T> step;
    step.region = region() - plan.offset;
    step.inputs = inputs.view().as_const();
    step.outputs = outputs.view();
    step.errors = errors.view();
    step.transposed = transposed.view();
    for (std::size_t i = 0; i < buffers_.size(); ++i) step.buffers[i] = buffers_[i]->view();
    step.samples = samples_.data();
    step.seed = 7;
    return step;
  }
  [[nodiscard]] Tile whole() const {
    return {{0, inputs.view().rows}, {0, outputs.view().panels()}};
  }
  [[nodiscard]] Tile whole_below() const {
    return {{0, inputs.view().rows}, {0, inputs.view().panels()}};
  }
  // The sums of a block, unscaled.
  void gradient(std::size_t block, math::Range rows, std::size_t leaf_rows,
                const WeightTile& tile) {
    math::WeightUpdate<T> keep;
    keep.next = sums() + (plan.blocks[block].offset - plan.offset);
    keep.panel_stride = plan.blocks[block].panel_stride();
    layer->gradient(step(), block, rows, leaf_rows, tile, keep);
  }
  [[nodiscard]] WeightTile all_of(std::size_t block) const {
    const BlockPlan& own = plan.blocks[block];
    return {{0, math::panels_for(own.lines - 1)}, {0, own.panels}, true};
  }
  // Which numbers of the region belong to a parameter; the others are padding.
  [[nodiscard]] std::vector<bool> used() const {
    std::vector<bool> used(plan.numbers());
    for (const ParameterPlan& parameter : plan.parameters) {
      for (std::size_t i = 0; i < parameter.numbers(); ++i) {
        used[place(parameter, i / parameter.columns(), i % parameter.columns())] = true;
      }
    }
    return used;
  }
  // Forward, back and gradients of all rows, as one worker does it.
  void run(std::size_t leaf_rows) {
    layer->forward(step(), whole());
    if (plan.kind->traits().multiplies) return;
    draw_derivatives();
    const bool below = !plan.kind->traits().only_first;
    layer->take_errors(step(), {}, below, whole());
    if (below) layer->hand_down(step(), by_inputs.view(), whole_below());
    for (std::size_t i = 0; i < plan.blocks.size(); ++i) {
      gradient(i, {0, inputs.view().rows}, leaf_rows, all_of(i));
    }
  }

  const LayerPlan& plan;
  std::unique_ptr<Layer<T>> layer;
  CheckedMatrix<T> inputs;
  CheckedMatrix<T> outputs;
  CheckedMatrix<T> errors;
  CheckedMatrix<T> transposed;
  CheckedMatrix<T> by_inputs;

 private:
  static T* aligned(std::vector<T>& numbers) {
    const auto address = reinterpret_cast<std::uintptr_t>(numbers.data());
    return numbers.data() + (64 - address % 64) % 64 / sizeof(T);
  }
  [[nodiscard]] std::size_t place(const ParameterPlan& parameter, std::size_t row,
                                  std::size_t column) const {
    const BlockPlan& block = plan.blocks[parameter.block];
    return block.offset - plan.offset + parameter.place(block, row, column);
  }

  std::vector<T> region_;
  std::vector<T> sums_;
  std::vector<std::unique_ptr<CheckedMatrix<T>>> buffers_;
  std::vector<std::uint32_t> samples_;
  std::uint64_t by_outputs_seed_ = 0;
};

}  // namespace forknet::nn
