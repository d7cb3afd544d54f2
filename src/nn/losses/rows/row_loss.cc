#include "nn/losses/rows/row_loss.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "math/element_kernels.h"
#include "nn/losses/last_layer.h"
#include "nn/losses/softmax_cross_entropy/softmax_cross_entropy.h"
#include "nn/metrics/hits.h"

namespace forknet::nn {
namespace {

using math::kLanes;

// Where a call keeps one row, and the errors of 16 rows in the order that the activation's backward
// pass reads.
template <class T>
struct LossScratch {
  T* outputs;  // (units)
  T* targets;  // (units)
  T* errors;   // (units)
  T* turned;   // (units, 16 rows)

  static std::size_t numbers(std::size_t units) {
    return 3 * math::panels_for(units) * kLanes + units * kLanes;
  }
  LossScratch(T* memory, std::size_t units) {
    const std::size_t padded = math::panels_for(units) * kLanes;
    outputs = memory;
    targets = outputs + padded;
    errors = targets + padded;
    turned = errors + padded;
  }
};

// The numbers of a row in `room` if they do not lie one after the other.
template <class T>
std::span<const T> row_of(const math::PanelView<const T>& matrix, std::size_t row, T* room) {
  if (matrix.panels() == 1) return {matrix.line(0, row), matrix.columns};
  for (std::size_t panel = 0; panel < matrix.panels(); ++panel) {
    const std::size_t first = panel * kLanes;
    std::copy_n(matrix.line(panel, row), std::min(kLanes, matrix.columns - first), room + first);
  }
  return {room, matrix.columns};
}

// Errors by outputs (units, rows) -> dz and dz_transposed, through the last activation.
template <class T>
void pass_activation(math::Target target, const LossArgs<T>& args, math::Range rows, T* turned) {
  const std::size_t units = args.outputs.columns;
  const std::size_t count = rows.size();
  math::ActivationBackwardArgs<T> back;
  back.activation = args.activation;
  back.dx = {turned, units, count, units * kLanes};
  back.y = {args.outputs.line(0, rows.begin), count, units, args.outputs.panel_stride};
  if (args.sums.data != nullptr) {
    back.sums = {args.sums.line(0, rows.begin), count, units, args.sums.panel_stride};
  }
  back.dz = {args.dz.line(0, rows.begin), count, units, args.dz.panel_stride};
  if (args.dz_transposed.data != nullptr) {
    FORKNET_CHECK(rows.begin % kLanes == 0);
    back.dz_transposed = {args.dz_transposed.line(rows.begin / kLanes, 0), units, count,
                          args.dz_transposed.panel_stride};
  }
  back.rows = {0, count};
  back.panels = {0, math::panels_for(units)};
  math::element_kernels<T>(target).activation_backward(back);
}

class RowByRow final : public Loss {
 public:
  RowByRow(LossDeclaration declaration, std::shared_ptr<const RowLoss> rows)
      : declared_(std::move(declaration)), rows_(std::move(rows)) {
    FORKNET_CHECK(rows_ != nullptr);
  }

  [[nodiscard]] std::string_view name() const override { return declared_.name; }
  [[nodiscard]] TargetKind target() const override { return declared_.target; }
  [[nodiscard]] std::optional<LastLayerFault> fault_of(const LastLayer& last) const override {
    if (last.units > 0 && last.units < static_cast<std::size_t>(declared_.least_units)) {
      return LastLayerFault{
          "units", fmt::format("{} needs at least {} units", declared_.name, declared_.least_units),
          "give the last layer more units"};
    }
    return declared_.linear_outputs ? fault_unless_linear(declared_.name, last) : std::nullopt;
  }
  void take(math::Target target, const LossArgs<float>& args) const override {
    take_rows(target, args);
  }
  void take(math::Target target, const LossArgs<double>& args) const override {
    take_rows(target, args);
  }
  [[nodiscard]] std::size_t scratch_numbers(std::size_t units) const override {
    return LossScratch<float>::numbers(units);
  }
  void link(math::Target target, const math::PanelView<float>& outputs) const override {
    link_rows(target, outputs);
  }
  void link(math::Target target, const math::PanelView<double>& outputs) const override {
    link_rows(target, outputs);
  }

  [[nodiscard]] LinkKind link_kind() const override {
    constexpr LinkKind kKinds[] = {LinkKind::identity, LinkKind::softmax, LinkKind::sigmoid};
    return kKinds[static_cast<std::size_t>(declared_.link)];
  }
  [[nodiscard]] bool predicts_probabilities() const override {
    return declared_.link != Link::identity;
  }

 private:
  template <class T>
  void take_rows(math::Target target, const LossArgs<T>& args) const {
    FORKNET_CHECK(args.scratch != nullptr);
    count_hits(args);
    const LossScratch<T> scratch(args.scratch, args.outputs.columns);
    for (std::size_t row = args.rows.begin; row < args.rows.end;) {
      const std::size_t next = std::min(args.rows.end, (row / kLanes + 1) * kLanes);
      take_group(target, args, {row, next}, scratch);
      row = next;
    }
  }

  // Up to 16 rows.
  template <class T>
  void take_group(math::Target target, const LossArgs<T>& args, math::Range rows,
                  const LossScratch<T>& scratch) const {
    const std::size_t units = args.outputs.columns;
    if (rows.size() < kLanes) std::fill_n(scratch.turned, units * kLanes, T{0});
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const std::size_t row = rows.begin + i;
      const T weight = args.sample_weights == nullptr ? T{1} : args.sample_weights[row];
      const T loss = take_row(args, row, scratch);
      if (args.losses != nullptr) args.losses[row] = loss * weight;
      for (std::size_t u = 0; u < units; ++u) {
        scratch.turned[u * kLanes + i] = scratch.errors[u] * weight;
      }
    }
    if (args.dz.data != nullptr) pass_activation(target, args, rows, scratch.turned);
  }

  template <class T>
  T take_row(const LossArgs<T>& args, std::size_t row, const LossScratch<T>& scratch) const {
    RowTarget<T> target;
    if (classifies()) {
      target.label = args.labels[row];
    } else {
      target.numbers = row_of(args.targets, row, scratch.targets);
    }
    return rows_->row(row_of(args.outputs, row, scratch.outputs), target,
                      {scratch.errors, args.outputs.columns});
  }

  template <class T>
  void link_rows(math::Target target, const math::PanelView<T>& outputs) const {
    if (declared_.link == Link::softmax) return softmax(target, outputs);
    if (declared_.link == Link::identity) return;
    for (std::size_t panel = 0; panel < outputs.panels(); ++panel) {
      const std::size_t units = std::min(kLanes, outputs.columns - panel * kLanes);
      for (std::size_t row = 0; row < outputs.rows; ++row) {
        const std::span<T> numbers(outputs.line(panel, row), units);
        math::element_kernels<T>(target).map(math::Function::sigmoid, numbers, numbers);
      }
    }
  }

  const LossDeclaration declared_;
  const std::shared_ptr<const RowLoss> rows_;
};

}  // namespace

LossEntry row_loss(LossDeclaration declaration, MakeRowLoss make) {
  LossEntry entry = {declaration.name, declaration.settings, {}};
  entry.make = [declaration = std::move(declaration),
                make = std::move(make)](const Settings& settings) -> LossPointer {
    return std::make_shared<const RowByRow>(declaration, make(settings));
  };
  return entry;
}

}  // namespace forknet::nn
