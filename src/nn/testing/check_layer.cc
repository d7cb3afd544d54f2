// check_layer() of forknet/testing.h: the contract of nn/layer.h, each sentence a function.
#include <fmt/format.h>
#include <forknet/testing.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "base/try.h"
#include "nn/layer.h"
#include "nn/layers/list.h"
#include "nn/model_plan.h"
#include "nn/testing/layer_trial.h"

namespace forknet {
namespace nn {
namespace {

constexpr std::size_t kTrialRows = 37;
constexpr std::size_t kLeaf = 16;
constexpr std::uint64_t kSeed = 20261130;

Error broken(const LayerPlan& plan, const std::string& what) {
  return {ErrorKind::comparison,
          fmt::format("layer \"{}\" of {} inputs: {}", plan.kind->name(), plan.inputs, what)};
}

template <class T>
bool same_numbers(math::PanelView<T> left, math::PanelView<T> right) {
  for (std::size_t row = 0; row < left.rows; ++row) {
    for (std::size_t column = 0; column < left.columns; ++column) {
      if (!same_bits(left.at(row, column), right.at(row, column))) return false;
    }
  }
  return true;
}

template <class T>
bool all_finite(math::PanelView<T> view) {
  for (std::size_t row = 0; row < view.rows; ++row) {
    for (std::size_t column = 0; column < view.columns; ++column) {
      if (!std::isfinite(view.at(row, column))) return false;
    }
  }
  return true;
}

template <class T>
bool same_sums(LayerTrial<T>& left, LayerTrial<T>& right) {
  return std::memcmp(left.sums(), right.sums(), left.plan.numbers() * sizeof(T)) == 0;
}

// The loss whose derivative by the outputs is what the trial draws.
double loss_of(LayerTrial<double>& trial) {
  trial.layer->forward(trial.step(), trial.whole());
  trial.draw_derivatives();
  double loss = 0;
  for (std::size_t row = 0; row < kTrialRows; ++row) {
    for (std::size_t i = 0; i < trial.plan.outputs; ++i) {
      loss += trial.outputs.view().at(row, i) * trial.transposed.view().at(i, row);
    }
  }
  return loss;
}

// Central difference; nothing where the two sides differ: at a kink, such as relu's.
std::optional<double> slope(LayerTrial<double>& trial, double& number) {
  constexpr double kStep = 0x1p-20;
  const double was = number;
  const double middle = loss_of(trial);
  number = was + kStep;
  const double above = loss_of(trial);
  number = was - kStep;
  const double below = loss_of(trial);
  number = was;
  const double up = (above - middle) / kStep;
  const double down = (middle - below) / kStep;
  if (std::fabs(up - down) > 1e-3 * (1 + std::fabs(up))) return std::nullopt;
  return (above - below) / (2 * kStep);
}

struct Counted {
  std::size_t compared = 0;
  std::size_t kinks = 0;
};

bool agrees(LayerTrial<double>& trial, double& number, double derivative, Counted& counted) {
  const auto expected = slope(trial, number);
  if (!expected) return ++counted.kinks, true;
  ++counted.compared;
  return std::fabs(*expected - derivative) <= 1e-5 * (1 + std::fabs(*expected));
}

// At most as many numbers of each kind are compared.
constexpr std::size_t kMostCompared = 200;

Status check_derivatives(const LayerPlan& plan) {
  LayerTrial<double> trial(plan, math::Target::reference, kTrialRows);
  trial.draw(kSeed);
  LayerTrial<double> moved(plan, math::Target::reference, kTrialRows);
  moved.draw(kSeed);
  trial.run(kLeaf);
  Counted counted;
  const std::size_t every = std::max<std::size_t>(1, kTrialRows * plan.inputs / kMostCompared);
  const std::size_t inputs = plan.kind->traits().only_first ? 0 : plan.inputs;
  for (std::size_t i = 0; i < kTrialRows * inputs; i += every) {
    const std::size_t row = i / plan.inputs;
    const std::size_t column = i % plan.inputs;
    if (agrees(moved, moved.inputs.view().at(row, column), trial.by_inputs.view().at(column, row),
               counted)) {
      continue;
    }
    return broken(
        plan, fmt::format("the derivative by input {} is not that of finite differences", column));
  }
  for (const ParameterPlan& parameter : plan.parameters) {
    const std::size_t step = std::max<std::size_t>(1, parameter.numbers() / kMostCompared);
    for (std::size_t i = 0; i < parameter.numbers(); i += step) {
      const std::size_t row = i / parameter.columns();
      const std::size_t column = i % parameter.columns();
      if (agrees(moved, moved.at(parameter, row, column), trial.sum_at(parameter, row, column),
                 counted))
        continue;
      return broken(plan, fmt::format("the gradient of {}[{}] is not that of finite differences",
                                      parameter.name, i));
    }
  }
  if (counted.compared >= 9 * counted.kinks) return {};
  return broken(plan,
                fmt::format("{} of {} derivatives jump: outputs must be smooth nearly everywhere",
                            counted.kinks, counted.kinks + counted.compared));
}

template <class T>
Status check_rows(const LayerPlan& plan, math::Target target) {
  LayerTrial<T> all(plan, target, kTrialRows);
  all.draw(kSeed);
  all.run(kLeaf);
  LayerTrial<T> others(plan, target, kTrialRows);
  others.draw(kSeed);
  for (std::size_t row = 0; row < kTrialRows; ++row) {
    if (row % 3 == 0) continue;
    for (std::size_t i = 0; i < plan.inputs; ++i) others.inputs.view().at(row, i) = T{3};
  }
  others.run(kLeaf);
  for (std::size_t row = 0; row < kTrialRows; row += 3) {
    for (std::size_t i = 0; i < plan.outputs; ++i) {
      if (same_bits(all.outputs.view().at(row, i), others.outputs.view().at(row, i))) continue;
      return broken(plan, fmt::format("row {} of the outputs depends on other rows", row));
    }
  }
  return {};
}

template <class T>
Status check_padding(const LayerPlan& plan, math::Target target) {
  LayerTrial<T> trial(plan, target, kTrialRows);
  trial.draw(kSeed);
  trial.run(kLeaf);
  if (!all_finite(trial.outputs.view()))
    return broken(plan, "padding of its inputs gets into its outputs");
  if (plan.kind->traits().multiplies) return {};
  if (!plan.kind->traits().only_first && !all_finite(trial.by_inputs.view()))
    return broken(plan, "padding gets into the derivative by its inputs");
  for (std::size_t i = 0; i < plan.numbers(); ++i) {
    if (!std::isfinite(trial.sums()[i]))
      return broken(plan, "padding gets into the gradients of its parameters");
  }
  const std::vector<bool> used = trial.used();
  for (std::size_t i = 0; i < plan.numbers(); ++i) {
    if (used[i] || trial.sums()[i] == T{0}) continue;
    return broken(plan, "lanes past the last column of its parameters get a gradient");
  }
  return {};
}

// The target, at once and in tiles, gives the bits of the reference.
template <class T>
Status check_bits(const LayerPlan& plan, math::Target target) {
  LayerTrial<T> expected(plan, math::Target::reference, kTrialRows);
  expected.draw(kSeed);
  expected.run(kLeaf);
  LayerTrial<T> whole(plan, target, kTrialRows);
  whole.draw(kSeed);
  whole.run(kLeaf);
  LayerTrial<T> parts(plan, target, kTrialRows);
  parts.draw(kSeed);
  const bool by_units = plan.kind->traits().cuts_by_units;
  const bool below = !plan.kind->traits().only_first;
  const auto tiles = [&](std::size_t panels, auto each) {
    for (std::size_t row = 0; row < kTrialRows; row += 16) {
      const math::Range rows = {row, std::min(row + 16, kTrialRows)};
      for (std::size_t p = 0; by_units && p < panels; ++p) each(Tile{rows, {p, p + 1}});
      if (!by_units) each(Tile{rows, {0, panels}});
    }
  };
  tiles(parts.whole().panels.end,
        [&](const Tile& tile) { parts.layer->forward(parts.step(), tile); });
  if (!plan.kind->traits().multiplies) {
    parts.draw_derivatives();
    tiles(parts.whole().panels.end,
          [&](const Tile& tile) { parts.layer->take_errors(parts.step(), {}, below, tile); });
    tiles(below ? parts.whole_below().panels.end : 0, [&](const Tile& tile) {
      if (below) parts.layer->hand_down(parts.step(), parts.by_inputs.view(), tile);
    });
    for (std::size_t i = 0; i < plan.blocks.size(); ++i) {
      const BlockPlan& block = plan.blocks[i];
      for (std::size_t p = 0; !block.one_worker && p < block.panels; ++p) {
        parts.gradient(i, {0, kTrialRows}, kLeaf,
                       {{0, math::panels_for(block.lines - 1)}, {p, p + 1}, true});
      }
      if (block.one_worker) parts.gradient(i, {0, kTrialRows}, kLeaf, parts.all_of(i));
    }
  }
  for (LayerTrial<T>* const got : {&whole, &parts}) {
    const std::string how =
        got == &whole ? fmt::format("the target {}", math::target_name(target))
                      : fmt::format("a division into tiles ({})", math::target_name(target));
    if (!same_numbers(got->outputs.view(), expected.outputs.view()))
      return broken(plan, how + " changes bits of the outputs");
    if (plan.kind->traits().multiplies) continue;
    if (below && !same_numbers(got->by_inputs.view(), expected.by_inputs.view())) {
      return broken(plan, how + " changes bits of the derivative by the inputs");
    }
    if (!same_sums(*got, expected)) return broken(plan, how + " changes bits of the gradients");
  }
  return {};
}

// What a leaf sums does not depend on the leaves beside it: the sum of all leaves is that of the
// left ones plus the rest, as the tree adds them.
template <class T>
Status check_leaves(const LayerPlan& plan, math::Target target) {
  if (plan.blocks.empty()) return {};
  LayerTrial<T> all(plan, target, kTrialRows);
  all.draw(kSeed);
  all.run(kLeaf);
  LayerTrial<T> left(plan, target, kTrialRows);
  left.draw(kSeed);
  left.run(kLeaf);
  LayerTrial<T> right(plan, target, kTrialRows);
  right.draw(kSeed);
  right.run(kLeaf);
  constexpr std::size_t kLeft = 2 * kLeaf;  // of three leaves the tree adds two, then the third
  for (std::size_t i = 0; i < plan.blocks.size(); ++i) {
    left.gradient(i, {0, kLeft}, kLeaf, left.all_of(i));
    right.gradient(i, {kLeft, kTrialRows}, kLeaf, right.all_of(i));
  }
  for (std::size_t i = 0; i < plan.numbers(); ++i) {
    if (same_bits(static_cast<T>(left.sums()[i] + right.sums()[i]), all.sums()[i])) continue;
    return broken(plan, "its gradients are not summed in the tree of leaves");
  }
  return {};
}

template <class T>
Status check_in(const LayerPlan& plan) {
  for (const math::Target target : math::available_targets()) {
    FORKNET_TRY(check_rows<T>(plan, target));
    FORKNET_TRY(check_padding<T>(plan, target));
    FORKNET_TRY(check_bits<T>(plan, target));
    FORKNET_TRY(check_leaves<T>(plan, target));
  }
  return {};
}

Status check_planned(const LayerPlan& plan) {
  if (plan.too_large) return Error{ErrorKind::config, "the layer is too large"};
  FORKNET_TRY(check_in<double>(plan));
  FORKNET_TRY(check_in<float>(plan));
  if (plan.kind->traits().multiplies) return {};
  return check_derivatives(plan);
}

// The layers that it becomes in a model of `members`.
Status check_layers_of(const LayerConfig& config, std::size_t inputs, std::size_t members,
                       bool last) {
  LayerPlanner planner(inputs, members);
  FORKNET_TRY(planner.add(config, last));
  for (const LayerPlan& plan : planner.layers()) {
    // The two parts around a list compute nothing alone; the one that members share is the layer.
    const bool shares = members > 1 && plan.kind->traits().cuts_by_units;
    if (!plan.partner && !shares) FORKNET_TRY(check_planned(plan));
  }
  return {};
}

}  // namespace
}  // namespace nn

Status check_layer(const LayerConfig& config, std::size_t inputs) {
  FORKNET_TRY(nn::check_layers_of(config, inputs, 1, true));
  const nn::LayerKind* const kind = nn::find_layer(config.type);
  if (kind->traits().shared == nullptr) return {};
  constexpr std::size_t kMembers = 3;  // no divisor of 16: groups of rows begin with any member
  FORKNET_TRY(nn::check_layers_of(config, inputs, kMembers, false));
  return nn::check_layers_of(config, inputs, kMembers, true);
}

}  // namespace forknet
