#include "data/label_range.h"

#include <algorithm>
#include <vector>

#include "data/error.h"

namespace forknet::data {
namespace {

using Labels = std::span<const std::uint32_t>;

bool counts(std::span<const float> weights, std::size_t row) {
  return weights.empty() || weights[row] > 0;
}

// Advice for labels without a class, at least one of which has a weight above 0.
std::string advice_for(Labels labels, std::size_t classes, std::span<const float> weights) {
  std::vector<std::uint32_t> counted;
  for (std::size_t row = 0; row < labels.size(); ++row) {
    if (counts(weights, row)) counted.push_back(labels[row]);
  }
  const auto [least, most] = std::minmax_element(counted.begin(), counted.end());
  if (*least > 0 && *most - *least < classes) {
    return fmt::format(
        "\n  the labels go from {} to {}, but they are counted from 0: subtract {} from "
        "each,\n  or give the last layer {} units",
        *least, *most, *least, std::size_t{*most} + 1);
  }
  return fmt::format("\n  the labels go from {} to {}: the last layer needs {} units", *least,
                     *most, std::size_t{*most} + 1);
}

}  // namespace

Status check_label_range(const std::string& name, Labels labels, std::size_t classes,
                         std::span<const float> sample_weights) {
  for (std::size_t row = 0; row < labels.size(); ++row) {
    if (labels[row] < classes || !counts(sample_weights, row)) continue;
    return data_error("{}: row {}: label {}, but the model has {} outputs (labels 0..{}){}", name,
                      row, labels[row], classes, classes - 1,
                      advice_for(labels, classes, sample_weights));
  }
  return {};
}

}  // namespace forknet::data
