#include "data/arrays.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "base/try.h"
#include "data/error.h"
#include "data/label_range.h"
#include "math/float_state.h"

namespace forknet::data {
namespace {

using Rows = std::vector<std::vector<double>>;

constexpr double kLargestLabel = 4294967294.0;  // so that the number of classes fits 32 bits

Table describe(const std::string& inputs_name, const std::string& labels_name, std::size_t rows,
               std::size_t features) {
  Table table;
  table.inputs_name = inputs_name;
  table.labels_name = labels_name;
  table.shape.element = Element::f32;
  table.shape.rows = rows;
  table.shape.row_shape = {features};
  table.shape.features = features;
  return table;
}

Status check_finite(const std::string& name, std::span<const float> numbers, std::size_t columns) {
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (std::isfinite(numbers[i])) continue;
    return data_error("{}: row {}, column {}: {} is not a finite number", name, i / columns,
                      i % columns, numbers[i]);
  }
  return {};
}

// `numbers` as whole rows of `columns`, `rows` of them.
Status check_array(const std::string& name, std::span<const float> numbers, std::size_t columns,
                   std::size_t rows) {
  if (columns == 0) return data_error("{}: rows without numbers", name);
  if (numbers.size() % columns != 0) {
    return data_error("{}: {} numbers are no whole rows of {}", name, numbers.size(), columns);
  }
  if (numbers.size() / columns != rows) {
    return data_error("{}: {} rows, but there are {} rows of inputs", name,
                      numbers.size() / columns, rows);
  }
  return check_finite(name, numbers, columns);
}

void copy_inputs(std::span<const float> inputs, const TableParts& parts) {
  std::copy(inputs.begin(), inputs.end(), reinterpret_cast<float*>(parts.inputs.data()));
}

// `name`: where the weights are given.
Status check_weights(const std::string& name, std::span<const float> weights, std::size_t rows) {
  if (weights.empty()) return {};
  if (weights.size() != rows) {
    return data_error("{}: {} weights, but there are {} rows of inputs", name, weights.size(),
                      rows);
  }
  for (std::size_t row = 0; row < rows; ++row) {
    if (std::isfinite(weights[row]) && weights[row] >= 0) continue;
    return data_error("{}: row {}: {}; a weight is a finite number of at least 0", name, row,
                      weights[row]);
  }
  if (std::any_of(weights.begin(), weights.end(), [](float weight) { return weight > 0; })) {
    return {};
  }
  return data_error("{}: every row has the weight 0: there is nothing to learn", name);
}

bool any_counts_nothing(std::span<const float> weights) {
  return std::any_of(weights.begin(), weights.end(), [](float weight) { return weight == 0; });
}

// The numbers of (rows, columns) in rows whose weight is above 0.
template <class V>
std::vector<V> counted_rows(std::span<const V> numbers, std::size_t columns,
                            std::span<const float> weights) {
  std::vector<V> counted;
  for (std::size_t row = 0; row < weights.size(); ++row) {
    if (weights[row] == 0) continue;
    const auto own = numbers.subspan(row * columns, columns);
    counted.insert(counted.end(), own.begin(), own.end());
  }
  return counted;
}

// Rows of equal length, as fp32, one after the other.
Result<std::vector<float>> flatten(const std::string& name, const Rows& rows) {
  std::vector<float> numbers;
  const std::size_t columns = rows.front().size();
  for (std::size_t row = 0; row < rows.size(); ++row) {
    if (rows[row].size() != columns) {
      return data_error("{}: row {} has {} numbers, row 0 has {}", name, row, rows[row].size(),
                        columns);
    }
    for (std::size_t column = 0; column < columns; ++column) {
      const double number = rows[row][column];
      if (!(std::abs(number) <= double{std::numeric_limits<float>::max()})) {
        return data_error("{}: row {}, column {}: {} is not a finite fp32 number", name, row,
                          column, number);
      }
      numbers.push_back(static_cast<float>(number));
    }
  }
  return numbers;
}

struct Weighted {
  Rows inputs;
  Rows targets;
  std::vector<float> weights;  // by row, or none
};

// Takes the column of weights out of the inputs, and leaves out the rows of weight 0.
Result<Weighted> take_weights(const std::string& name, Weighted rows, std::int64_t column) {
  const auto width = static_cast<std::int64_t>(rows.inputs.front().size());
  const std::int64_t place = column < 0 ? width + column : column;
  if (place < 0 || place >= width || width == 1) {
    return data_error("{}: data.weight = {} names no column of weights beside inputs: a row has {}",
                      name, column, width);
  }
  FORKNET_ASSIGN(const std::vector<float> numbers, flatten(name, rows.inputs));
  std::vector<float> weights(rows.inputs.size());
  for (std::size_t row = 0; row < weights.size(); ++row) {
    weights[row] = numbers[row * static_cast<std::size_t>(width) + static_cast<std::size_t>(place)];
  }
  FORKNET_TRY(
      check_weights(fmt::format("{}: data.weight = {}", name, column), weights, weights.size()));
  Weighted counted;
  for (std::size_t row = 0; row < weights.size(); ++row) {
    if (weights[row] == 0) continue;
    counted.weights.push_back(weights[row]);
    rows.inputs[row].erase(rows.inputs[row].begin() + place);
    counted.inputs.push_back(std::move(rows.inputs[row]));
    counted.targets.push_back(std::move(rows.targets[row]));
  }
  return counted;
}

Result<std::vector<std::uint32_t>> labels_of(const std::string& name, const Rows& rows) {
  std::vector<std::uint32_t> labels;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    if (rows[row].size() != 1) {
      return data_error("{}: row {} has {} numbers; the loss needs one class number a row", name,
                        row, rows[row].size());
    }
    const double number = rows[row].front();
    if (!(number >= 0 && number <= kLargestLabel) || number != std::floor(number)) {
      return data_error("{}: row {}: {} is not a class number (0, 1, 2, ...)", name, row, number);
    }
    labels.push_back(static_cast<std::uint32_t>(number));
  }
  return labels;
}

Result<TablePointer> make_regression(Table table, std::span<const float> inputs,
                                     std::span<const float> targets,
                                     std::span<const float> sample_weights) {
  table.shape.weighted = !sample_weights.empty();
  return build_table(std::move(table), [&](const TableParts& parts) -> Status {
    copy_inputs(inputs, parts);
    std::copy(targets.begin(), targets.end(), parts.targets.begin());
    std::copy(sample_weights.begin(), sample_weights.end(), parts.sample_weights.begin());
    return {};
  });
}

Result<TablePointer> make_classes(Table table, std::span<const float> inputs,
                                  std::span<const std::uint32_t> labels,
                                  std::span<const float> sample_weights) {
  table.shape.weighted = !sample_weights.empty();
  return build_table(std::move(table), [&](const TableParts& parts) -> Status {
    copy_inputs(inputs, parts);
    std::copy(labels.begin(), labels.end(), parts.labels.begin());
    std::copy(sample_weights.begin(), sample_weights.end(), parts.sample_weights.begin());
    return {};
  });
}

}  // namespace

Result<TablePointer> table_from_arrays(std::span<const float> inputs, std::size_t features,
                                       std::span<const float> targets, std::size_t outputs,
                                       std::span<const float> sample_weights) {
  const std::size_t rows = features == 0 ? 0 : inputs.size() / features;
  FORKNET_TRY(check_array("inputs", inputs, features, rows));
  FORKNET_TRY(check_array("targets", targets, outputs, rows));
  FORKNET_TRY(check_weights("sample_weights", sample_weights, rows));
  if (any_counts_nothing(sample_weights)) {
    return table_from_arrays(counted_rows(inputs, features, sample_weights), features,
                             counted_rows(targets, outputs, sample_weights), outputs,
                             counted_rows(sample_weights, 1, sample_weights));
  }
  Table table = describe("inputs", "targets", rows, features);
  table.shape.outputs = outputs;
  return make_regression(std::move(table), inputs, targets, sample_weights);
}

Result<TablePointer> table_from_classes(std::span<const float> inputs, std::size_t features,
                                        std::span<const std::uint32_t> labels, std::size_t classes,
                                        std::span<const float> sample_weights) {
  const std::size_t rows = features == 0 ? 0 : inputs.size() / features;
  FORKNET_TRY(check_array("inputs", inputs, features, rows));
  if (labels.size() != rows) {
    return data_error("labels: {} labels, but there are {} rows of inputs", labels.size(), rows);
  }
  FORKNET_TRY(check_weights("sample_weights", sample_weights, rows));
  if (any_counts_nothing(sample_weights)) {
    // At this point rows still have the caller's numbers.
    if (classes != 0) {
      FORKNET_TRY(check_label_range("labels", labels, classes, sample_weights));
    }
    return table_from_classes(counted_rows(inputs, features, sample_weights), features,
                              counted_rows(labels, 1, sample_weights), classes,
                              counted_rows(sample_weights, 1, sample_weights));
  }
  Table table = describe("inputs", "labels", rows, features);
  table.shape.labelled = true;
  table.shape.classes = classes;
  return make_classes(std::move(table), inputs, labels, sample_weights);
}

Result<TablePointer> table_from_rows(const DataSource& source, bool classes,
                                     const std::string& place, std::optional<std::int64_t> weight) {
  const std::string inputs_name = place + ".inputs";
  const std::string labels_name = place + ".labels";
  const std::size_t all = source.input_rows.size();
  if (all == 0) return data_error("{}: no rows", inputs_name);
  if (source.target_rows.size() != all) {
    return data_error("{}: {} rows, but {} has {}", labels_name, source.target_rows.size(),
                      inputs_name, all);
  }
  const math::FloatStateScope float_state;  // conversions round as defined
  Weighted rows{source.input_rows, source.target_rows, {}};
  if (weight) {
    FORKNET_ASSIGN(rows, take_weights(inputs_name, std::move(rows), *weight));
  }
  FORKNET_ASSIGN(const std::vector<float> inputs, flatten(inputs_name, rows.inputs));
  Table table = describe(inputs_name, labels_name, rows.inputs.size(), rows.inputs.front().size());
  if (classes) {
    FORKNET_ASSIGN(const std::vector<std::uint32_t> labels, labels_of(labels_name, rows.targets));
    table.shape.labelled = true;
    return make_classes(std::move(table), inputs, labels, rows.weights);
  }
  FORKNET_ASSIGN(const std::vector<float> targets, flatten(labels_name, rows.targets));
  table.shape.outputs = rows.targets.front().size();
  if (table.shape.outputs == 0) return data_error("{}: rows without numbers", labels_name);
  return make_regression(std::move(table), inputs, targets, rows.weights);
}

}  // namespace forknet::data
