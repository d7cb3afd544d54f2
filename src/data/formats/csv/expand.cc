#include "data/formats/csv/expand.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "base/try.h"
#include "data/error.h"

namespace forknet::data::csv {
namespace {

constexpr std::size_t kUnknown = ~std::size_t{0};

// One column of the file on its way into the inputs of the model.
struct ColumnPlan {
  const InputColumn* column = nullptr;
  std::size_t first = 0;                 // of its inputs
  std::vector<std::size_t> inputs = {};  // of texts: which input of the column each one is
  std::size_t unknown = 0;               // rows whose category is not known
  std::size_t example = kUnknown;        // the text of the first of them
};

std::vector<std::size_t> places_of(const RawColumn& raw, const InputColumn& column) {
  std::vector<std::size_t> inputs;
  for (const std::string& text : raw.texts) {
    const auto at = std::lower_bound(column.categories.begin(), column.categories.end(), text);
    const bool known = at != column.categories.end() && *at == text;
    inputs.push_back(known ? static_cast<std::size_t>(at - column.categories.begin()) : kUnknown);
  }
  return inputs;
}

std::vector<ColumnPlan> plan_columns(const RawTable& raw, const Preparation& preparation) {
  std::vector<std::size_t> first = {0};
  for (const InputColumn& column : preparation.columns) {
    first.push_back(first.back() + column.inputs());
  }
  std::vector<ColumnPlan> plans;
  for (const RawColumn& column : raw.inputs) {
    ColumnPlan plan;
    plan.column = &preparation.columns[column.index];
    plan.first = first[column.index];
    if (column.text) plan.inputs = places_of(column, *plan.column);
    plans.push_back(std::move(plan));
  }
  return plans;
}

// inputs: those of this column, zeros before.
void write_category(ColumnPlan& plan, float value, float* inputs) {
  const InputColumn& column = *plan.column;
  if (std::isnan(value)) {
    if (column.usual < column.categories.size()) inputs[column.usual] = 1;
    return;
  }
  const std::size_t input = plan.inputs[static_cast<std::size_t>(value)];
  if (input != kUnknown) {
    inputs[input] = 1;
    return;
  }
  if (column.other) {
    inputs[column.categories.size()] = 1;
    return;
  }
  if (plan.unknown++ == 0) plan.example = static_cast<std::size_t>(value);
}

void write_value(ColumnPlan& plan, float value, float* row) {
  const InputColumn& column = *plan.column;
  float* inputs = row + plan.first;
  if (column.kind == InputColumn::Kind::category) {
    write_category(plan, value, inputs);
  } else {
    *inputs = std::isnan(value) ? column.fill : value;
  }
  if (column.indicator && std::isnan(value)) inputs[column.inputs() - 1] = 1;
}

bool stays_bytes(const RawTable& raw, const Preparation& preparation) {
  const bool plain = std::all_of(
      preparation.columns.begin(), preparation.columns.end(), [](const InputColumn& column) {
        return column.kind == InputColumn::Kind::number && !column.indicator;
      });
  return plain && std::all_of(raw.blocks.begin(), raw.blocks.end(),
                              [](const RawBlock& block) { return block.bytes; });
}

Status fill_bytes(RawTable& raw, const std::vector<ColumnPlan>& plans, std::span<std::byte> memory,
                  const ReserveRows& reserve) {
  auto* row = reinterpret_cast<std::uint8_t*>(memory.data());
  std::size_t end = 0;
  while (!raw.blocks.empty()) {
    const RawBlock& block = raw.blocks.front();
    end += block.rows;
    FORKNET_TRY(reserve(end));
    const std::uint8_t* from = block.u8();
    for (std::size_t r = 0; r < block.rows; ++r, row += plans.size(), from += plans.size()) {
      for (std::size_t c = 0; c < plans.size(); ++c) row[plans[c].first] = from[c];
    }
    raw.blocks.pop_front();
  }
  return {};
}

Status fill_floats(RawTable& raw, std::vector<ColumnPlan>& plans, std::size_t inputs,
                   std::span<std::byte> memory, const ReserveRows& reserve) {
  auto* row = reinterpret_cast<float*>(memory.data());  // zeros
  std::size_t end = 0;
  while (!raw.blocks.empty()) {
    const RawBlock& block = raw.blocks.front();
    end += block.rows;
    FORKNET_TRY(reserve(end));
    std::size_t at = 0;
    for (std::size_t r = 0; r < block.rows; ++r, row += inputs) {
      for (ColumnPlan& plan : plans) {
        write_value(plan, block.value(at), row);
        ++at;
      }
    }
    raw.blocks.pop_front();
  }
  return {};
}

// Targets in the model's order.
void fill_targets(const RawTable& raw, std::span<float> targets) {
  const std::size_t count = raw.targets.size();
  for (std::size_t row = 0; row < raw.rows; ++row) {
    for (std::size_t t = 0; t < count; ++t) {
      targets[row * count + raw.targets[t].index] = raw.target_values[row * count + t];
    }
  }
}

Table describe_raw(const RawTable& raw, const Preparation& preparation, bool labelled) {
  Table table;
  table.inputs_name = raw.path;
  table.labels_name = raw.path;
  table.shape.rows = raw.rows;
  table.shape.features = preparation.inputs();
  table.shape.row_shape = {table.shape.features};
  table.shape.element = stays_bytes(raw, preparation) ? Element::u8 : Element::f32;
  table.shape.labelled = labelled;
  table.shape.classes = labelled ? preparation.classes.size() : 0;
  table.shape.outputs = labelled ? 0 : raw.targets.size();
  table.shape.weighted = raw.weight.has_value();
  return table;
}

void warn_of_unknown(const RawTable& raw, const std::vector<ColumnPlan>& plans,
                     std::vector<std::string>& warnings) {
  for (std::size_t c = 0; c < plans.size(); ++c) {
    if (plans[c].unknown == 0) continue;
    warnings.push_back(fmt::format(
        "warning: {}: {} of {} rows have a {} that the training rows did not have, such as {}",
        raw.path, plans[c].unknown, raw.rows, shown(plans[c].column->name),
        shown(raw.inputs[c].texts[plans[c].example])));
  }
}

}  // namespace

Result<TablePointer> expand(RawTable raw, const Preparation& preparation,
                            std::vector<std::uint32_t> labels, std::vector<std::string>& warnings,
                            const Reading& reading) {
  std::vector<ColumnPlan> plans = plan_columns(raw, preparation);
  Table table = describe_raw(raw, preparation, !labels.empty());
  const bool bytes = table.shape.element == Element::u8;
  const std::size_t inputs = table.shape.features;
  FORKNET_ASSIGN(
      const TablePointer made,
      build_table_in_steps(std::move(table),
                           [&](const TableParts& parts, const ReserveRows& reserve) -> Status {
                             std::copy(labels.begin(), labels.end(), parts.labels.begin());
                             if (labels.empty()) fill_targets(raw, parts.targets);
                             std::copy(raw.sample_weights.begin(), raw.sample_weights.end(),
                                       parts.sample_weights.begin());
                             if (bytes) return fill_bytes(raw, plans, parts.inputs, reserve);
                             return fill_floats(raw, plans, inputs, parts.inputs, reserve);
                           },
                           {reading.cache}));
  warn_of_unknown(raw, plans, warnings);
  return made;
}

}  // namespace forknet::data::csv
