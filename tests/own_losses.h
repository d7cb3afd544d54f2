// Losses of a program's own, for the tests that register some.
#pragma once

#include <forknet/loss.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace forknet {

// The quantile loss, with a setting of its own.
class OwnQuantile : public RowLossOf<OwnQuantile> {
 public:
  explicit OwnQuantile(const Settings& settings) : quantile_(settings.number("own_quantile")) {}

  template <class T>
  T loss(std::span<const T> outputs, const RowTarget<T>& target, std::span<T> errors) const {
    const T share = T{1} / static_cast<T>(outputs.size());
    const T quantile = static_cast<T>(quantile_);
    T sum = 0;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const T below = target.numbers[i] - outputs[i];
      const T slope = below > 0 ? quantile : quantile - T{1};
      sum += slope * below;
      errors[i] = -slope * share;
    }
    return sum * share;
  }

 private:
  double quantile_;
};

// Softmax cross-entropy once more, in plain numbers.
class OwnEntropy : public RowLossOf<OwnEntropy> {
 public:
  template <class T>
  T loss(std::span<const T> outputs, const RowTarget<T>& target, std::span<T> errors) const {
    const T most = *std::max_element(outputs.begin(), outputs.end());
    T sum = 0;
    for (std::size_t i = 0; i < outputs.size(); ++i) sum += errors[i] = std::exp(outputs[i] - most);
    for (T& error : errors) error /= sum;
    errors[target.label] -= T{1};
    return std::log(sum) - (outputs[target.label] - most);
  }
};

// Registers both, as own_quantile and own_entropy. True: they were new and fit.
[[nodiscard]] inline bool register_own_losses() {
  const SettingSpec quantile = {"own_quantile",
                                0.5,
                                "share of targets that lie below the output",
                                {.least = 0, .above = true, .below = 1}};
  const Status numbers =
      register_loss<OwnQuantile>({.name = "own_quantile_loss", .settings = {quantile}});
  const Status classes = register_loss<OwnEntropy>({.name = "own_entropy",
                                                    .target = TargetKind::classes,
                                                    .link = Link::softmax,
                                                    .linear_outputs = true,
                                                    .least_units = 2});
  return numbers.ok() && classes.ok();
}

}  // namespace forknet
