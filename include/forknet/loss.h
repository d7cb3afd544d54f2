// A program's own loss: registered before init(), then used by its name in model.loss, in every
// layout, with its settings in the section [model] (or ModelConfig::settings).
//
//   struct Mine : forknet::RowLossOf<Mine> {
//     template <class T>  // float or double, as numerics.precision says
//     T loss(std::span<const T> outputs, const forknet::RowTarget<T>& target,
//            std::span<T> errors) const {
//       const T share = T{1} / static_cast<T>(outputs.size());
//       T sum = 0;
//       for (std::size_t i = 0; i < outputs.size(); ++i) {
//         const T difference = outputs[i] - target.numbers[i];
//         sum += std::abs(difference);
//         errors[i] = difference < 0 ? -share : difference > 0 ? share : T{0};
//       }
//       return sum * share;
//     }
//   };
//   int main(int argc, char** argv) {
//     const auto status = forknet::register_loss<Mine>({.name = "my_mae"});
//     if (!status.ok()) return 1;
//     forknet::init(argc, argv);
//     ...
//
// forknet does the rest, in this order (docs/numerics.md): the row's weight, the slope of the last
// layer's activation, both orders of the errors, sums over rows, hits, predictions. check_loss()
// of forknet/testing.h holds a loss to what is asked of it here.
#pragma once

#include <forknet/result.h>
#include <forknet/settings.h>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace forknet {

// What a loss compares outputs with: one class number a row, or as many numbers a row as the last
// layer has units. If a loss of numbers is trained on classes, the number at the class is 1 and
// the others are 0.
enum class TargetKind { classes, numbers };

// What Model::predict() does with the outputs of the last layer: nothing, the softmax over a row,
// or the logistic function of each. Training passes the outputs as they are to the loss.
enum class Link { identity, softmax, sigmoid };

// What a loss declares.
struct LossDeclaration {
  std::string name = {};  // for model.loss: letters, digits and _
  TargetKind target = TargetKind::numbers;
  std::vector<SettingSpec> settings = {};  // keys of the section [model]
  Link link = Link::identity;
  bool linear_outputs = false;   // the last layer must have no activation: the link is its own
  std::int64_t least_units = 1;  // of the last layer
};

// The target of one row, as the declaration says: a class number below outputs.size(), or
// outputs.size() numbers.
template <class T>
struct RowTarget {
  std::size_t label = 0;
  std::span<const T> numbers = {};
};

// A loss of rows. Called by several threads at a time, for rows in any order. Returns the loss of
// a row and writes its derivatives by the outputs (errors, as many as outputs). The result must
// depend on the arguments and the loss's settings alone: no state, no randomness, no other rows.
// A row that cannot be judged has a loss that is not a number: the run ends there.
class RowLoss {
 public:
  virtual ~RowLoss() = default;
  [[nodiscard]] virtual float row(std::span<const float> outputs, const RowTarget<float>& target,
                                  std::span<float> errors) const = 0;
  [[nodiscard]] virtual double row(std::span<const double> outputs, const RowTarget<double>& target,
                                   std::span<double> errors) const = 0;
};

// Both functions of a RowLoss from one template, Own::loss<T>(outputs, target, errors).
template <class Own>
class RowLossOf : public RowLoss {
 public:
  [[nodiscard]] float row(std::span<const float> outputs, const RowTarget<float>& target,
                          std::span<float> errors) const final {
    return static_cast<const Own&>(*this).template loss<float>(outputs, target, errors);
  }
  [[nodiscard]] double row(std::span<const double> outputs, const RowTarget<double>& target,
                           std::span<double> errors) const final {
    return static_cast<const Own&>(*this).template loss<double>(outputs, target, errors);
  }
};

// Makes the loss for complete settings that have been checked: each declared one has its value.
using MakeRowLoss = std::function<std::shared_ptr<const RowLoss>(const Settings& settings)>;

// Call it first in main, before init() and before a config is read, in one thread; a cell process
// runs the same main and registers the same. Errors (config): a name that is taken or is none, a
// setting that is forknet's own or that another loss declares in another way, or a call after a
// config was read.
[[nodiscard]] Status register_loss(LossDeclaration declaration, MakeRowLoss make);

// The same for a type that is constructed from its Settings, or from nothing.
template <class Own>
[[nodiscard]] Status register_loss(LossDeclaration declaration) {
  static_assert(std::derived_from<Own, RowLoss>);
  return register_loss(std::move(declaration),
                       [](const Settings& settings) -> std::shared_ptr<const RowLoss> {
                         if constexpr (std::is_constructible_v<Own, const Settings&>) {
                           return std::make_shared<const Own>(settings);
                         } else {
                           return std::make_shared<const Own>();
                         }
                       });
}

}  // namespace forknet
