#include "nn/losses/number_loss.h"

#include <algorithm>
#include <span>

#include "base/check.h"
#include "math/element_kernels.h"
#include "nn/losses/last_layer.h"
#include "nn/metrics/hits.h"

namespace forknet::nn {
namespace {

using math::kLanes;

class NumberLoss final : public Loss {
 public:
  NumberLoss(const NumberLossTraits& traits, double setting) : traits_(traits), setting_(setting) {
    FORKNET_CHECK(!traits.link || *traits.link == math::Function::exp ||
                  *traits.link == math::Function::sigmoid);
  }

  [[nodiscard]] std::string_view name() const override { return traits_.name; }
  [[nodiscard]] TargetKind target() const override { return TargetKind::numbers; }
  [[nodiscard]] std::optional<TargetRange> target_range() const override { return traits_.targets; }
  [[nodiscard]] std::optional<LastLayerFault> fault_of(const LastLayer& last) const override {
    return traits_.link ? fault_unless_linear(traits_.name, last) : std::nullopt;
  }
  void take(math::Target target, const LossArgs<float>& args) const override {
    count_hits(args);
    traits_.kernels.fp32(target)(args, setting_);
  }
  void take(math::Target target, const LossArgs<double>& args) const override {
    count_hits(args);
    traits_.kernels.fp64(target)(args, setting_);
  }
  void link(math::Target target, const math::PanelView<float>& outputs) const override {
    link_rows(target, outputs);
  }
  void link(math::Target target, const math::PanelView<double>& outputs) const override {
    link_rows(target, outputs);
  }
  [[nodiscard]] LinkKind link_kind() const override {
    if (!traits_.link) return LinkKind::identity;
    return *traits_.link == math::Function::exp ? LinkKind::exp : LinkKind::sigmoid;
  }
  [[nodiscard]] bool predicts_probabilities() const override { return traits_.probabilities; }
  [[nodiscard]] std::optional<double> quantile() const override {
    return traits_.of_quantile ? std::optional(setting_) : std::nullopt;
  }
  [[nodiscard]] std::optional<double> constant_loss(const TargetSummary& summary) const override {
    if (traits_.constant_loss == nullptr || summary.means.empty()) return std::nullopt;
    return mean_of_units(summary, traits_.constant_loss);
  }
  [[nodiscard]] double least_loss(const TargetSummary& summary) const override {
    if (traits_.least_loss == nullptr || summary.means.empty()) return 0.0;
    return mean_of_units(summary, traits_.least_loss);
  }

 private:
  double mean_of_units(const TargetSummary& summary,
                       double (*of_unit)(const UnitTargets& targets, double setting)) const {
    double sum = 0;
    for (std::size_t unit = 0; unit < summary.means.size(); ++unit) {
      sum += of_unit({summary.means[unit], [&] { return summary.ordered(unit); }}, setting_);
    }
    return sum / static_cast<double>(summary.means.size());
  }

  template <class T>
  void link_rows(math::Target target, const math::PanelView<T>& outputs) const {
    if (!traits_.link) return;
    for (std::size_t panel = 0; panel < outputs.panels(); ++panel) {
      const std::size_t units = std::min(kLanes, outputs.columns - panel * kLanes);
      for (std::size_t row = 0; row < outputs.rows; ++row) {
        const std::span<T> numbers(outputs.line(panel, row), units);
        math::element_kernels<T>(target).map(*traits_.link, numbers, numbers);
      }
    }
  }

  const NumberLossTraits traits_;
  const double setting_;
};

}  // namespace

LossPointer number_loss(const NumberLossTraits& traits, double setting) {
  return std::make_shared<const NumberLoss>(traits, setting);
}

}  // namespace forknet::nn
