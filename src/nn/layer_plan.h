// One layer as the upper floors see it: its shape, where its parameters lie, and which memory a
// step needs for it. What it computes stands in nn/layer.h.
//
// All parameters of a model lie in one flat region of numbers, layer after layer, each in blocks of
// panels of lines of 16 numbers. A dense layer (in, out) is one block of panels_for(out) panels of
// in + 1 lines: line i < in of panel p has the weights from input i to outputs 16p ... 16p + 15,
// the last line their biases. Lanes past the last column always stay zero. State of an optimizer
// lies in regions of the same shape.
#pragma once

#include <forknet/config.h>
#include <forknet/settings.h>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "math/activations/list.h"
#include "math/panels.h"
#include "math/product_kernels.h"

namespace forknet::nn {

class LayerKind;

// Panels of lines, one after the other.
struct BlockPlan {
  std::size_t offset = 0;  // of its first number in the region
  std::size_t panels = 0;
  std::size_t lines = 0;    // of each panel
  bool one_worker = false;  // one worker of a stage changes all of it; else it is partitioned
  [[nodiscard]] std::size_t panel_stride() const { return lines * math::kLanes; }
  [[nodiscard]] std::size_t numbers() const { return panels * panel_stride(); }
};

// What a parameter is to weight decay, which applies to weights, and to others where it is asked
// for.
enum class Role { weight, bias, norm };

// To which roles weight decay applies.
struct DecayScope {
  bool biases = false;
  bool norms = false;
  [[nodiscard]] bool has(Role role) const {
    return role == Role::weight || (role == Role::bias ? biases : norms);
  }
};

// First numbers of a parameter. by_fan: random numbers of the model's initialisation. signs: 1 or
// -1, at random.
enum class First { zeros, ones, by_fan, signs };

// A named tensor of a layer: a list (n), a matrix, or (several, rows, columns) as a matrix of
// several * rows. Files and digests have its numbers row after row.
struct ParameterPlan {
  std::string name;  // "weight"
  std::vector<std::size_t> shape;
  std::size_t block = 0;       // of the layer
  std::size_t first_line = 0;  // in each panel of the block
  // A matrix lies in the block with its columns as lanes; transposed: with its rows as lanes.
  bool transposed = false;
  First first = First::zeros;
  Role role = Role::weight;
  [[nodiscard]] std::size_t rows() const {
    std::size_t rows = 1;
    for (std::size_t i = 0; i + 1 < shape.size(); ++i) rows *= shape[i];
    return rows;
  }
  [[nodiscard]] std::size_t columns() const { return shape.back(); }
  // Of one of its matrices.
  [[nodiscard]] std::size_t fan_out() const {
    return shape.size() == 1 ? 1 : shape[shape.size() - 2];
  }
  [[nodiscard]] std::size_t numbers() const { return rows() * columns(); }
  // Where a number of it lies, counted from the first of its block.
  [[nodiscard]] std::size_t place(const BlockPlan& own, std::size_t row, std::size_t column) const {
    const std::size_t line = first_line + (transposed ? column : row);
    const std::size_t lane = transposed ? row : column;
    return lane / math::kLanes * own.panel_stride() + line * math::kLanes + lane % math::kLanes;
  }
  // As it lies in the block.
  [[nodiscard]] std::size_t lines() const { return transposed ? columns() : rows(); }
  [[nodiscard]] std::size_t lanes() const { return transposed ? rows() : columns(); }
};

// Numbers that a layer keeps of each row between the way forward and the way back.
struct BufferPlan {
  std::string name;
  std::size_t columns = 0;
};

// An input that is a whole-number code: a row of a table.
struct CodeInput {
  std::size_t input = 0;
  std::size_t codes = 0;  // 0 to codes - 1 are possible
  std::size_t first = 0;  // row of the table that code 0 stands for
};

struct LayerPlan {
  const LayerKind* kind = nullptr;  // lives as long as the program
  Settings settings;                // complete
  std::size_t number = 0;           // place in the model, from 0: random keys use it
  std::string path;                 // place in the config, from 0, for names: "1", "2.layers.0"
  // The layers before it, for messages: "784 inputs, dense 64".
  std::string before;
  std::size_t inputs = 0;
  std::size_t outputs = 0;
  std::size_t members = 1;  // of the model; row r belongs to member r modulo this
  // Applied to each output; if its slope needs what it was applied to, the first buffer has that.
  const math::Activation* activation = &math::activations::linear();
  std::vector<BlockPlan> blocks;  // one after the other
  std::vector<ParameterPlan> parameters;
  std::vector<BufferPlan> buffers;
  bool too_large = false;              // a block has more numbers than can be counted
  double cost = 0;                     // multiplications per row on the way forward
  bool begins_stage = false;           // a stage of a pipeline may begin with it
  std::vector<CodeInput> code_inputs;  // no scaling applies to these inputs
  // Another layer of the same stage, of which it reads numbers in `LayerStep::joined`.
  std::optional<std::size_t> partner;
  // Whether errors of its outputs are needed: it or a layer below has parameters.
  bool wants_errors = false;
  std::size_t offset = 0;  // of its first number in the region

  // In the region, padding included; 0 for layers without parameters.
  [[nodiscard]] std::size_t numbers() const {
    std::size_t sum = 0;
    for (const BlockPlan& block : blocks) sum += block.numbers();
    return sum;
  }
  // Padding excluded.
  [[nodiscard]] std::size_t trained() const {
    std::size_t sum = 0;
    for (const ParameterPlan& parameter : parameters) sum += parameter.numbers();
    return sum;
  }
  // The lines of each panel of a block, one after the other, to which weight decay does not apply.
  [[nodiscard]] math::Range undecayed_lines(std::size_t block, DecayScope scope) const;
  // Of its first block.
  [[nodiscard]] std::size_t panel_stride() const { return blocks.front().panel_stride(); }
};

}  // namespace forknet::nn
