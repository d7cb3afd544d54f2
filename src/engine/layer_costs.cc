#include "engine/layer_costs.h"

#include <algorithm>

#include "base/clock.h"
#include "base/try.h"
#include "nn/layer.h"
#include "nn/slices.h"
#include "os/mapping.h"

namespace forknet::run {
namespace {

constexpr std::size_t kMostRows = 64;  // more rows only take longer
constexpr int kRounds = 3;             // the fastest round counts

// The memory of one layer, all zeros: the time of a product does not depend on the values.
template <class T>
struct Memory {
  os::Mapping memory;
  nn::LayerStep<T> step;
  math::PanelView<T> below;  // (in, rows)
  std::vector<std::uint32_t> samples;
};

template <class T>
Result<Memory<T>> memory_of(const nn::LayerPlan& layer, std::size_t rows) {
  Memory<T> made;
  std::size_t used = 0;
  T* base = nullptr;
  const auto cut = [&](std::size_t lines, std::size_t columns) {
    const std::size_t stride = math::odd_stride(lines);
    const math::PanelView<T> view = {base == nullptr ? nullptr : base + used, lines, columns,
                                     stride};
    used += math::panels_for(columns) * stride;
    return view;
  };
  const auto lay_out = [&] {
    used = layer.numbers();
    made.step.region = base == nullptr ? nullptr : base - layer.offset;
    made.step.inputs = cut(rows, layer.inputs).as_const();
    made.step.outputs = cut(rows, layer.outputs);
    made.step.errors = cut(rows, layer.outputs);
    made.step.transposed = cut(layer.outputs, rows);
    made.below = cut(layer.inputs, rows);
    for (std::size_t i = 0; i < layer.buffers.size(); ++i) {
      made.step.buffers[i] = cut(rows, layer.buffers[i].columns);
    }
    if (layer.partner) {
      const bool below = *layer.partner < layer.number;
      made.step.joined = (below ? cut(rows, layer.outputs) : cut(layer.outputs, rows)).as_const();
    }
  };
  lay_out();
  FORKNET_ASSIGN(made.memory, os::Mapping::anonymous(used * sizeof(T)));
  base = reinterpret_cast<T*>(made.memory.writable().data());
  lay_out();
  made.samples.resize(rows);
  made.step.samples = made.samples.data();
  return made;
}

template <class T>
void work(const nn::Layer<T>& layer, const nn::LayerPlan& plan, const Memory<T>& on,
          bool hands_down) {
  const nn::LayerStep<T>& step = on.step;
  const math::Range rows = {0, step.inputs.rows};
  layer.forward(step, {rows, {0, step.outputs.panels()}});
  if (plan.kind->traits().multiplies) return;
  layer.take_errors(step, {}, hands_down, {rows, {0, step.outputs.panels()}});
  if (hands_down) layer.hand_down(step, on.below, {rows, {0, step.inputs.panels()}});
  for (std::size_t i = 0; i < plan.blocks.size(); ++i) {
    const nn::BlockPlan& block = plan.blocks[i];
    math::WeightUpdate<T> keep;
    keep.next = const_cast<T*>(step.region) + block.offset;
    keep.panel_stride = block.panel_stride();
    layer.gradient(step, i, rows, rows.size(),
                   {{0, math::panels_for(block.lines - 1)}, {0, block.panels}, true}, keep);
  }
}

}  // namespace

template <class T>
Result<std::vector<double>> measure_layer_costs(const nn::ModelPlan& model, std::size_t rows,
                                                math::Target target) {
  std::vector<double> costs;
  for (const nn::LayerPlan& plan : model.layers) {
    const bool hands_down = nn::errors_below(model, plan.number) < model.layers.size();
    const auto layer = nn::make_layer<T>(plan, target);
    FORKNET_ASSIGN(const auto memory, memory_of<T>(plan, std::min(rows, kMostRows)));
    work(*layer, plan, memory, hands_down);  // touches the memory
    double fastest = 0;
    for (int round = 0; round < kRounds; ++round) {
      const std::int64_t begun = monotonic_ns();
      work(*layer, plan, memory, hands_down);
      const double seconds = seconds_between(begun, monotonic_ns());
      fastest = round == 0 ? seconds : std::min(fastest, seconds);
    }
    if (plan.begins_stage) costs.push_back(0);
    if (!costs.empty()) costs.back() += fastest;
  }
  return costs;
}

template Result<std::vector<double>> measure_layer_costs<float>(const nn::ModelPlan&, std::size_t,
                                                                math::Target);
template Result<std::vector<double>> measure_layer_costs<double>(const nn::ModelPlan&, std::size_t,
                                                                 math::Target);

}  // namespace forknet::run
