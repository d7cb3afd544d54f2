// Optimizers: how gradients change weights. forknet has those of docs/cli.md; a program can add its
// own and use them by name in a config, in every layout, with checkpoints and resumes:
//
//   class SignDescent final : public forknet::ElementwiseOptimizer<SignDescent, 0> {
//    public:
//     std::string_view name() const override { return "sign_descent"; }
//     void constants(double lr, std::uint64_t, const forknet::Settings&,
//                    forknet::OptimizerConstants out) const override { out[0] = lr; }
//     template <class T>
//     static T next(T weight, T gradient, T* /*state*/, const T* constants) {
//       return weight - (gradient > 0 ? constants[0] : gradient < 0 ? -constants[0] : T{0});
//     }
//   };
//   int main(int argc, char** argv) {
//     const auto added = forknet::register_optimizer(std::make_unique<SignDescent>());
//     forknet::init(argc, argv);
//
// Compile with -ffp-contract=off: otherwise a compiler may fuse a multiplication and an addition
// in one build and not in another, which changes the result. Where fusing is wanted, write
// std::fma.
#pragma once

#include <forknet/result.h>
#include <forknet/settings.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace forknet {

// The most regions of state, and the most constants, of an optimizer.
inline constexpr std::size_t kMostOptimizerStates = 4;
inline constexpr std::size_t kMostOptimizerConstants = 12;
using OptimizerConstants = std::span<double, kMostOptimizerConstants>;

// The numbers of one call: `count` weights, their gradients and, for each region of state, as many
// numbers. The outputs may be the inputs: every number is read before its place is written. T is
// float or double.
template <class T>
struct OptimizerNumbers {
  std::size_t count = 0;
  const T* weights = nullptr;
  const T* gradients = nullptr;  // mean over the batch, clipped, weight decay added
  std::array<const T*, kMostOptimizerStates> state = {};
  T* next = nullptr;  // the weights after the step
  std::array<T*, kMostOptimizerStates> next_state = {};
  const T* constants = nullptr;  // kMostOptimizerConstants of them
};

// One optimizer: its name, its settings, its state and its rule. Its methods are called from many
// threads at once, and equal arguments give equal results: it holds no state of a run.
class OptimizerKind {
 public:
  virtual ~OptimizerKind() = default;

  // The value of optimizer.type: letters, digits and "_". Valid as long as the object.
  [[nodiscard]] virtual std::string_view name() const = 0;
  // Its settings in [optimizer], besides those of all optimizers (OptimizerConfig). Optimizers that
  // share a name agree on its type and default. One called "weight_decay" is a number of 0 or more.
  [[nodiscard]] virtual std::vector<SettingSpec> settings() const { return {}; }
  // The names of its regions of state, each shaped like the weights and zero at first: tensors
  // "optimizer.NAME.layers.0.weight" of checkpoints. At most kMostOptimizerStates.
  [[nodiscard]] virtual std::vector<std::string> state() const { return {}; }
  // The constants of the rule at `step` (from 0) with learning rate `lr`; each is rounded once to
  // the precision of the run. `out` is zero. `settings` has a value for each of settings(). For
  // parameters without weight decay (OptimizerConfig::decay_biases) "weight_decay" is 0 in it.
  virtual void constants(double lr, std::uint64_t step, const Settings& settings,
                         OptimizerConstants out) const = 0;

  // The part of each weight that is added to its gradient before the rule; 0: none. Parameters
  // without weight decay get none.
  [[nodiscard]] virtual double weight_decay(const Settings& /*settings*/) const { return 0; }
  // The factor with which past gradients are summed, below 1: the rule moves a weight by
  // lr / (1 - momentum) times a constant gradient. For averages of models (docs/averaging.md).
  [[nodiscard]] virtual double momentum(const Settings& /*settings*/) const { return 0; }
  // Whether the length of a step does not grow with the gradient, as with adam.
  [[nodiscard]] virtual bool normalises() const { return false; }

  // Whether a weight and its state keep their bits where the gradient is 0 and nothing decays: a
  // step may then leave rows of an embedding alone.
  [[nodiscard]] virtual bool keeps_at_zero() const { return false; }

  // The rule. Weights with gradient, weight and state zero stay zero (padding). Each number depends
  // on its own inputs alone. State below the smallest normal number becomes zero afterwards.
  virtual void apply(const OptimizerNumbers<float>& numbers) const = 0;
  virtual void apply(const OptimizerNumbers<double>& numbers) const = 0;
};

// Zero instead of a number below the smallest normal one: denormals are slow on many CPUs. A rule
// that computes with its next state takes it through this function first.
template <class T>
[[nodiscard]] T normal_or_zero(T number) {
  return std::abs(number) < std::numeric_limits<T>::min() ? T{0} : number;
}

// An optimizer whose rule is one function for both precisions, `Own`'s
//   template <class T>
//   static T next(T weight, T gradient, T* state, const T* constants);
// It returns the weight after the step and replaces state[0 … kStates - 1].
template <class Own, std::size_t kStates>
class ElementwiseOptimizer : public OptimizerKind {
 public:
  void apply(const OptimizerNumbers<float>& numbers) const final { each(numbers); }
  void apply(const OptimizerNumbers<double>& numbers) const final { each(numbers); }

 private:
  static_assert(kStates <= kMostOptimizerStates);
  template <class T>
  static void each(const OptimizerNumbers<T>& numbers) {
    std::array<T, std::max<std::size_t>(1, kStates)> state;
    for (std::size_t i = 0; i < numbers.count; ++i) {
      for (std::size_t k = 0; k < kStates; ++k) state[k] = numbers.state[k][i];
      numbers.next[i] = Own::template next<T>(numbers.weights[i], numbers.gradients[i],
                                              state.data(), numbers.constants);
      for (std::size_t k = 0; k < kStates; ++k) numbers.next_state[k][i] = state[k];
    }
  }
};

// Adds an optimizer of the program's own, at the top of main, before init() and before a config is
// read. Every process of a run is the same program and registers the same ones. Errors (config): a
// name that is taken or no name, a setting that disagrees with another optimizer's, too late.
[[nodiscard]] Status register_optimizer(std::unique_ptr<OptimizerKind> optimizer);

}  // namespace forknet
