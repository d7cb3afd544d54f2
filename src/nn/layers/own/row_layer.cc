// Layers of a program's own (forknet/layer.h) as layers of forknet: rows of panels become arrays
// and back.
#include <forknet/layer.h>

#include <algorithm>
#include <array>
#include <bit>
#include <memory>
#include <utility>

#include "base/try.h"
#include "math/leaf_tree.h"
#include "math/reference_rows.h"
#include "nn/layers/list.h"
#include "nn/parameters.h"

namespace forknet::nn {
namespace {

// Memory of a thread for one call, 64-byte aligned as kernels want it; it grows until the largest
// layer fits.
template <class T>
class Scratch {
 public:
  std::span<T> take(std::size_t numbers) {
    if (pieces_.size() == used_) pieces_.emplace_back();
    std::vector<T>& piece = pieces_[used_++];
    constexpr std::size_t kAlignment = 64;
    const std::size_t most = numbers + kAlignment / sizeof(T);
    if (piece.size() < most) piece.resize(most);
    void* place = piece.data();
    std::size_t room = piece.size() * sizeof(T);
    return {static_cast<T*>(std::align(kAlignment, numbers * sizeof(T), place, room)), numbers};
  }
  void begin() { used_ = 0; }

  static Scratch& of_thread() {
    thread_local Scratch scratch;
    scratch.begin();
    return scratch;
  }

 private:
  std::vector<std::vector<T>> pieces_;
  std::size_t used_ = 0;
};

template <class T>
void read_row(math::PanelView<const T> from, std::size_t row, std::span<T> to) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] = from.at(row, i);
}

// (columns, rows)
template <class T>
void read_column(math::PanelView<T> from, std::size_t row, std::span<T> to) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] = from.at(i, row);
}

// The parameters of a layer as arrays, for one call.
template <class T>
class Unpacked {
 public:
  Unpacked(const LayerPlan& plan, const LayerStep<T>& step, Scratch<T>& scratch) {
    const std::size_t numbers = plan.offset + plan.numbers();
    for (const ParameterPlan& parameter : plan.parameters) {
      const std::span<T> own = scratch.take(parameter.numbers());
      unpack_parameter<T>(plan, parameter, {step.region, numbers}, own);
      spans_[count_++] = own;
    }
  }
  operator ParameterNumbers<T>() const { return std::span(spans_).first(count_); }

 private:
  std::array<std::span<const T>, kMostParameters> spans_;
  std::size_t count_ = 0;
};

template <class T>
class OwnLayer final : public Layer<T> {
 public:
  OwnLayer(const LayerPlan& plan, const RowLayer& own, math::Target target)
      : plan_(plan), own_(own), products_(math::product_kernels<T>(target)) {}

  void forward(const LayerStep<T>& step, const Tile& tile) const override {
    Scratch<T>& scratch = Scratch<T>::of_thread();
    const Unpacked<T> parameters(plan_, step, scratch);
    const std::span<T> inputs = scratch.take(plan_.inputs);
    const std::span<T> outputs = scratch.take(plan_.outputs);
    for (std::size_t row = tile.rows.begin; row < tile.rows.end; ++row) {
      read_row(step.inputs, row, inputs);
      own_.forward(plan_.settings, parameters, inputs, outputs);
      math::reference::write_row<T>(step.outputs, row, outputs);
    }
  }

  void take_errors(const LayerStep<T>& step, math::PanelView<const T> factors, bool hands_down,
                   const Tile& tile) const override {
    Scratch<T>& scratch = Scratch<T>::of_thread();
    const std::span<T> errors = scratch.take(plan_.outputs);
    for (std::size_t row = tile.rows.begin; row < tile.rows.end; ++row) {
      read_column(step.transposed, row, errors);
      for (std::size_t i = 0; factors.data != nullptr && i < errors.size(); ++i) {
        errors[i] = errors[i] * factors.at(row, i);
      }
      math::reference::write_row<T>(step.errors, row, errors);
      for (std::size_t i = 0; hands_down && i < errors.size(); ++i) {
        step.transposed.at(i, row) = errors[i];
      }
    }
  }

  void hand_down(const LayerStep<T>& step, math::PanelView<T> to, const Tile& tile) const override {
    Scratch<T>& scratch = Scratch<T>::of_thread();
    const Unpacked<T> parameters(plan_, step, scratch);
    const std::span<T> inputs = scratch.take(plan_.inputs);
    const std::span<T> by_outputs = scratch.take(plan_.outputs);
    const std::span<T> by_inputs = scratch.take(plan_.inputs);
    for (std::size_t row = tile.rows.begin; row < tile.rows.end; ++row) {
      read_row(step.inputs, row, inputs);
      read_column(step.transposed, row, by_outputs);
      own_.backward(plan_.settings, parameters, inputs, by_outputs, by_inputs);
      const std::size_t begin = tile.panels.begin * math::kLanes;
      const std::size_t end = std::min(tile.panels.end * math::kLanes, plan_.inputs);
      for (std::size_t i = begin; i < end; ++i) to.at(i, row) = by_inputs[i];
    }
  }

  // Each parameter is a block that one worker changes: the rows of each leaf one after the other,
  // leaves in their tree.
  void gradient(const LayerStep<T>& step, std::size_t block, math::Range rows,
                std::size_t leaf_rows, const WeightTile& /*all of it*/,
                const math::WeightUpdate<T>& update) const override {
    Scratch<T>& scratch = Scratch<T>::of_thread();
    const ParameterPlan& parameter = plan_.parameters[block];
    const Unpacked<T> parameters(plan_, step, scratch);
    const std::size_t leaves = (rows.size() + leaf_rows - 1) / leaf_rows;
    const std::size_t size = parameter.numbers();
    const std::span<T> sums = scratch.take(size * (std::bit_width(leaves) + 1));
    const std::span<T> inputs = scratch.take(plan_.inputs);
    const std::span<T> errors = scratch.take(plan_.outputs);
    const auto slot = [&](std::size_t number) { return sums.subspan(number * size, size); };
    math::add_over_leaves(
        leaves,
        [&](std::size_t leaf, std::size_t number) {
          std::ranges::fill(slot(number), T{0});
          const std::size_t begin = rows.begin + leaf * leaf_rows;
          for (std::size_t row = begin; row < std::min(begin + leaf_rows, rows.end); ++row) {
            read_row(step.inputs, row, inputs);
            read_row(step.errors.as_const(), row, errors);
            own_.add_gradient(plan_.settings, block, parameters, inputs, errors, slot(number));
          }
        },
        [&](std::size_t number) { math::add_to<T>(slot(number), slot(number + 1)); });
    hand_over(plan_.blocks[block], parameter, slot(0), scratch, update);
  }

 private:
  // The sums as lines of the block, to the update.
  void hand_over(const BlockPlan& block, const ParameterPlan& parameter, std::span<const T> sums,
                 Scratch<T>& scratch, const math::WeightUpdate<T>& update) const {
    const std::span<T> lines = scratch.take(block.numbers());
    std::ranges::fill(lines, T{0});
    const std::size_t columns = parameter.columns();
    for (std::size_t i = 0; i < sums.size(); ++i) {
      lines[parameter.place(block, i / columns, i % columns)] = sums[i];
    }
    for (std::size_t i = 0; update.before != nullptr && i < lines.size(); ++i) {
      lines[i] = update.before[i] + lines[i];
    }
    products_.update(update, 0, block.numbers() / math::kLanes, lines.data());
  }

  const LayerPlan& plan_;
  const RowLayer& own_;
  const math::ProductKernels<T>& products_;
};

class OwnKind final : public LayerKind {
 public:
  explicit OwnKind(std::unique_ptr<RowLayer> own)
      : own_(std::move(own)), name_(own_->name()), settings_(own_->settings()) {}
  std::string_view name() const override { return name_; }
  const std::vector<SettingSpec>& settings() const override { return settings_; }
  const LayerTraits& traits() const override {
    static constexpr LayerTraits kTraits = {.begins_stage = true};
    return kTraits;
  }
  Status plan(LayerPlan& layer) const override {
    const auto shape = own_->shape(layer.settings, layer.inputs);
    if (!shape.ok()) return with_shapes(layer, shape.error());
    layer.outputs = shape->outputs;
    if (shape->parameters.size() > kMostParameters || shape->outputs == 0) return bad(layer, "");
    for (const Parameter& parameter : shape->parameters) FORKNET_TRY(add(layer, parameter));
    layer.cost = static_cast<double>(layer.too_large ? 0 : layer.trained());
    return {};
  }
  std::unique_ptr<Layer<float>> make_f32(const LayerPlan& plan,
                                         math::Target target) const override {
    return std::make_unique<OwnLayer<float>>(plan, *own_, target);
  }
  std::unique_ptr<Layer<double>> make_f64(const LayerPlan& plan,
                                          math::Target target) const override {
    return std::make_unique<OwnLayer<double>>(plan, *own_, target);
  }

 private:
  static Error with_shapes(const LayerPlan& layer, Error error) {
    error.message += "\n  shapes so far: " + layer.before;
    return error;
  }
  Error bad(const LayerPlan& layer, const std::string& what) const {
    const std::string of = what.empty() ? "" : ": parameter \"" + what + "\"";
    return {
        ErrorKind::config,
        "model.layers: layer " + std::to_string(layer.number) + " (" + name_ + ")" + of +
            " has a shape that no layer can have\n  expected at least one output, at most " +
            std::to_string(kMostParameters) +
            " parameters, each with a name of its own of letters, digits and \"_\", and one or two"
            " sizes, none of them 0"};
  }
  Status add(LayerPlan& layer, const Parameter& parameter) const {
    const auto& shape = parameter.shape;
    const bool sizes = !shape.empty() && shape.size() <= 2 &&
                       std::find(shape.begin(), shape.end(), std::size_t{0}) == shape.end();
    const auto same = [&](const ParameterPlan& other) { return other.name == parameter.name; };
    const bool taken = std::any_of(layer.parameters.begin(), layer.parameters.end(), same);
    if (!sizes || taken || !is_part_name(parameter.name)) return bad(layer, parameter.name);
    const std::size_t blocks = layer.blocks.size();
    add_block(layer, shape.back(), shape.size() == 1 ? 1 : shape[0]);
    if (layer.blocks.size() == blocks) return {};  // too large, which plan_model() says
    layer.blocks.back().one_worker = true;
    constexpr First kFirst[] = {First::zeros, First::ones, First::by_fan};
    constexpr Role kRoles[] = {Role::weight, Role::bias, Role::norm};
    layer.parameters.push_back({parameter.name, shape, blocks, 0, false,
                                kFirst[static_cast<std::size_t>(parameter.first)],
                                kRoles[static_cast<std::size_t>(parameter.role)]});
    return {};
  }

  std::unique_ptr<RowLayer> own_;
  std::string name_;
  std::vector<SettingSpec> settings_;
};

}  // namespace
}  // namespace forknet::nn

namespace forknet {

Status register_layer(std::unique_ptr<RowLayer> layer) {
  auto& list = nn::layers();
  const std::string name = layer->name();
  if (list.closed()) return nn::too_late("layer", name);
  // Settings of a layer are its own; only its name may not be another's.
  constexpr std::string_view kReserved[] = {"type", "layers"};
  FORKNET_TRY(nn::check_new_part("layer", name, layer->settings(), list.taken_names(), kReserved));
  list.add({std::make_shared<const nn::OwnKind>(std::move(layer))});
  return {};
}

}  // namespace forknet
