// The interface of losses: a part per folder of src/nn/losses, named in losses/list.cc. Network,
// trainer, settings and files ask it; no one else knows a loss by its name.
//
// A row's loss and errors depend on that row and its target alone. Called by all threads of a cell
// at a time, each with rows of its own; no call allocates. Padding is never read as a number; in
// what is written, columns past the last and, in transposed views, lanes past the last row are 0.
#pragma once

#include <forknet/config.h>
#include <forknet/loss.h>
#include <forknet/settings.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "math/activations/list.h"
#include "math/panels.h"
#include "math/product_kernels.h"
#include "math/target.h"

namespace forknet::nn {

// One tile of rows. losses, correct, labels and sample_weights are indexed by row. Rows begin at a
// multiple of 16 and end at one or at the last row if dz_transposed has data. T: float or double.
template <class T>
struct LossArgs {
  math::PanelView<const T> outputs;  // (rows, units), behind the activation
  const math::Activation* activation = &math::activations::linear();  // of the last layer
  math::PanelView<const T> sums;  // (rows, units) before it, if it needs them and dz has data
  const std::uint32_t* labels = nullptr;  // (rows) < units; null: the rows have none
  math::PanelView<const T> targets;       // (rows, units), of a loss of numbers
  math::PanelView<T> dz = {};             // (rows, units), errors at the sums; or none
  math::PanelView<T> dz_transposed = {};  // (units, rows), or none; needs dz
  T* losses = nullptr;                    // (rows), or none
  std::uint32_t* correct = nullptr;       // (rows): 1 for a hit; or none
  math::Range rows;
  const T* sample_weights = nullptr;  // (rows), of losses and errors; null: all weights are 1
  T* scratch = nullptr;               // scratch_numbers() for this call alone
};

// Numbers that a loss takes as targets, both ends included.
struct TargetRange {
  double least = 0.0;
  double most = 0.0;
};

// A target as the loss sees it, and the weight of its row.
struct WeightedTarget {
  double value = 0;
  double weight = 1;
};
// The targets of one unit.
struct UnitTargets {
  double mean = 0;
  std::function<std::vector<WeightedTarget>()> ordered;  // all of them, in ascending order
};

// All training rows, by their weights, as the loss sees them.
struct TargetSummary {
  std::span<const double> class_shares;  // by class, of a sum of 1; empty: the rows have no labels
  std::span<const double> variances;     // by unit, of a loss of numbers
  std::span<const double> means = {};    // by unit, of a loss of numbers
  // Of a loss of numbers, as UnitTargets has them: for losses that need more than mean and
  // variance.
  std::function<std::vector<WeightedTarget>(std::size_t unit)> ordered = {};
};

// The last layer. 0 units: not known yet.
struct LastLayer {
  std::size_t units = 0;
  const math::Activation* activation = &math::activations::linear();
};

// Why a layer cannot be the last one under a loss.
struct LastLayerFault {
  std::string_view key;  // of the layer: "units", "activation"
  std::string message;
  std::string hint;
};

// What link() makes of outputs, number by number but for softmax.
enum class LinkKind { identity, exp, sigmoid, softmax };

// A loss with its settings.
class Loss {
 public:
  virtual ~Loss() = default;
  [[nodiscard]] virtual std::string_view name() const = 0;
  [[nodiscard]] virtual TargetKind target() const = 0;
  [[nodiscard]] bool classifies() const { return target() == TargetKind::classes; }

  // The numbers that it takes as targets; they are never scaled. Nothing: it takes all, scaled or
  // not.
  [[nodiscard]] virtual std::optional<TargetRange> target_range() const { return std::nullopt; }

  // Nothing: the loss takes this last layer.
  [[nodiscard]] virtual std::optional<LastLayerFault> fault_of(const LastLayer& last) const {
    (void)last;
    return std::nullopt;
  }

  // Losses, errors and hits of the rows, by the kernel of that target. All targets give the bits
  // of the reference.
  virtual void take(math::Target target, const LossArgs<float>& args) const = 0;
  virtual void take(math::Target target, const LossArgs<double>& args) const = 0;
  // Numbers of LossArgs::scratch that a call needs for that many units.
  [[nodiscard]] virtual std::size_t scratch_numbers(std::size_t units) const {
    (void)units;
    return 0;
  }

  // Outputs of the last layer (rows, units) -> predictions, in place. Here: as they are.
  virtual void link(math::Target, const math::PanelView<float>&) const {}
  virtual void link(math::Target, const math::PanelView<double>&) const {}
  [[nodiscard]] virtual LinkKind link_kind() const { return LinkKind::identity; }

  // True: predictions lie from 0 to 1 and are probabilities.
  [[nodiscard]] virtual bool predicts_probabilities() const { return false; }
  // The quantile of the targets that outputs are to meet, if the loss looks for one.
  [[nodiscard]] virtual std::optional<double> quantile() const { return std::nullopt; }

  // The mean loss of the best constant outputs; nothing: not known.
  [[nodiscard]] virtual std::optional<double> constant_loss(const TargetSummary& summary) const {
    (void)summary;
    return std::nullopt;
  }
  // The mean loss of outputs that meet every target, where it is not 0: of a loss that leaves out
  // what depends on the target alone.
  [[nodiscard]] virtual double least_loss(const TargetSummary& summary) const {
    (void)summary;
    return 0.0;
  }
};

using LossPointer = std::shared_ptr<const Loss>;

// What a list of losses says of each.
struct LossEntry {
  std::string name;
  std::vector<SettingSpec> settings;
  std::function<LossPointer(const Settings& settings)> make;  // of complete settings
};

}  // namespace forknet::nn
