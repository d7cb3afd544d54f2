// An activation of a program's own: a function of one number, and its slope. The program registers
// it before init(); then layers name it in a config like one of forknet's.
//
//   struct Bent {
//     template <class T> static T value(T z) { return z / (T{1} + std::abs(z)); }
//     // The derivative at z; y is value(z).
//     template <class T> static T slope(T z, T y) { return (T{1} - std::abs(y)) * (T{1} -
//     std::abs(y)); }
//   };
//   forknet::register_activation<Bent>("bent");
//   forknet::init(argc, argv);
//   config.model.layers = {forknet::dense(8, "bent"), forknet::dense(2)};
//
// It works in every layout, in processes too: cells are the same program. All of them get the same
// bits; compile with -ffp-contract=off, so that another build gets them as well. A model file knows
// its name alone: what reads the file registers it too.
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <string>
#include <utility>

namespace forknet {

// errors[i] = (errors[i] * factors[i]) * slope at i, for `numbers` numbers.
template <class T>
struct SlopeArgs {
  const T* y = nullptr;        // outputs of the activation
  const T* sums = nullptr;     // what it was applied to; null where the slope follows from y alone
  const T* factors = nullptr;  // of dropout; null: there are none
  T* errors = nullptr;
  std::size_t numbers = 0;
};

// An activation over runs of numbers. forknet's own have one for each instruction set.
template <class T>
struct ActivationLines {
  // y[i] = activation(z[i]); y may be z.
  void (*value)(const T* z, T* y, std::size_t numbers) = nullptr;
  void (*slope)(const SlopeArgs<T>& args) = nullptr;
};

struct OwnActivation {
  std::string name;  // lower-case letters, digits and _
  ActivationLines<float> floats;
  ActivationLines<double> doubles;
};

// Before init(), from one thread. Errors (config): a name that is taken or has other characters.
[[nodiscard]] Status register_activation(OwnActivation activation);

// The loops of a rule that is written for one number, as at the top of this file.
template <class T, class Rule>
[[nodiscard]] ActivationLines<T> activation_lines() {
  return {[](const T* z, T* y, std::size_t numbers) {
            for (std::size_t i = 0; i < numbers; ++i) y[i] = Rule::value(z[i]);
          },
          [](const SlopeArgs<T>& args) {
            for (std::size_t i = 0; i < args.numbers; ++i) {
              const T dx =
                  args.factors == nullptr ? args.errors[i] : args.errors[i] * args.factors[i];
              args.errors[i] = dx * Rule::slope(args.sums[i], args.y[i]);
            }
          }};
}

template <class Rule>
[[nodiscard]] Status register_activation(std::string name) {
  return register_activation(OwnActivation{std::move(name), activation_lines<float, Rule>(),
                                           activation_lines<double, Rule>()});
}

}  // namespace forknet
