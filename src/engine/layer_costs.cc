#include "engine/layer_costs.h"

#include <algorithm>

#include "base/clock.h"
#include "base/try.h"
#include "math/product_kernels.h"
#include "nn/slices.h"
#include "os/mapping.h"

namespace forknet::run {
namespace {

constexpr std::size_t kMostRows = 64;  // more rows only take longer
constexpr int kRounds = 3;             // the fastest round counts

// The operands of one layer, all zeros: the time of a product does not depend on the values.
template <class T>
struct Operands {
  os::Mapping memory;
  math::PanelView<T> x;           // (rows, in)
  math::PanelView<T> w;           // (in, out) and a line of biases
  math::PanelView<T> y;           // (rows, out)
  math::PanelView<T> transposed;  // (out, rows)
  math::PanelView<T> below;       // (in, rows)
};

template <class T>
Result<Operands<T>> operands_of(const nn::LayerPlan& layer, std::size_t rows) {
  Operands<T> made;
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
    used = 0;
    made.x = cut(rows, layer.inputs);
    made.w = cut(layer.inputs + 1, layer.outputs);
    made.y = cut(rows, layer.outputs);
    made.transposed = cut(layer.outputs, rows);
    made.below = cut(layer.inputs, rows);
  };
  lay_out();
  FORKNET_ASSIGN(made.memory, os::Mapping::anonymous(used * sizeof(T)));
  base = reinterpret_cast<T*>(made.memory.writable().data());
  lay_out();
  return made;
}

template <class T>
void work(const math::ProductKernels<T>& kernels, const Operands<T>& on, bool hands_down) {
  const std::size_t inputs = on.x.columns;
  auto weights = on.w.as_const();
  weights.rows = inputs;
  math::ProductArgs<T> forward;
  forward.a = on.x.as_const();
  forward.b = weights;
  forward.c = on.y;
  forward.rows = {0, on.x.rows};
  forward.panels = {0, on.y.panels()};
  kernels.product(forward);
  if (hands_down) {
    math::ProductArgs<T> back;
    back.a = weights;
    back.b = on.transposed.as_const();
    back.c = on.below;
    back.rows = {0, inputs};
    back.panels = {0, on.below.panels()};
    kernels.product(back);
  }
  math::GradientArgs<T> gradient;
  gradient.x = on.x.as_const();
  gradient.dy = on.y.as_const();
  gradient.leaf_rows = on.x.rows;
  gradient.in_panels = {0, on.x.panels()};
  gradient.out_panels = {0, on.y.panels()};
  gradient.update.next = on.w.data;
  gradient.update.panel_stride = on.w.panel_stride;
  kernels.gradient(gradient);
}

}  // namespace

template <class T>
Result<std::vector<double>> measure_layer_costs(const nn::ModelPlan& plan, std::size_t rows,
                                                math::Target target) {
  const auto& kernels = math::product_kernels<T>(target);
  std::vector<double> costs;
  for (const nn::LayerPlan& layer : plan.layers) {
    if (!layer.is_dense()) continue;
    const bool hands_down = nn::dense_below(plan, layer.number) < plan.layers.size();
    FORKNET_ASSIGN(const auto operands, operands_of<T>(layer, std::min(rows, kMostRows)));
    work(kernels, operands, hands_down);  // touches the memory
    double fastest = 0;
    for (int round = 0; round < kRounds; ++round) {
      const std::int64_t begun = monotonic_ns();
      work(kernels, operands, hands_down);
      const double seconds = seconds_between(begun, monotonic_ns());
      fastest = round == 0 ? seconds : std::min(fastest, seconds);
    }
    costs.push_back(fastest);
  }
  return costs;
}

template Result<std::vector<double>> measure_layer_costs<float>(const nn::ModelPlan&, std::size_t,
                                                                math::Target);
template Result<std::vector<double>> measure_layer_costs<double>(const nn::ModelPlan&, std::size_t,
                                                                 math::Target);

}  // namespace forknet::run
