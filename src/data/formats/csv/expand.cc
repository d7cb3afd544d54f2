#include "data/formats/csv/expand.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "base/try.h"
#include "data/error.h"
#include "data/shared_work.h"

namespace forknet::data::csv {
namespace {

constexpr std::size_t kUnknown = ~std::size_t{0};

// How one column of the file becomes inputs of the model.
struct ColumnPlan {
  const InputColumn* column = nullptr;
  std::size_t first = 0;                 // the first of its inputs
  std::vector<std::size_t> inputs = {};  // by text: its input within the column
};

// The rows of one column with an unknown category, and the text of the first of them.
struct Unknown {
  std::size_t rows = 0;
  std::size_t example = kUnknown;
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

// inputs: those of this column, initially zero.
void write_category(const ColumnPlan& plan, float value, float* inputs, Unknown& unknown) {
  const InputColumn& column = *plan.column;
  const std::size_t input =
      std::isnan(value) ? column.usual : plan.inputs[static_cast<std::size_t>(value)];
  if (input < column.categories.size()) {
    inputs[column.coded ? 0 : input] = column.coded ? static_cast<float>(input) : 1.0F;
    return;
  }
  if (std::isnan(value)) return;  // of a column without a value in any training row
  if (column.coded) inputs[0] = static_cast<float>(column.categories.size());
  if (column.other && !column.coded) {
    inputs[column.categories.size()] = 1;
    return;
  }
  if (column.other) return;
  if (unknown.rows++ == 0) unknown.example = static_cast<std::size_t>(value);
}

void write_number(const InputColumn& column, float value, float* inputs) {
  inputs[0] = value;
  for (std::size_t bin = 0; bin < column.bins(); ++bin) {
    const double low = column.edges[bin];
    const double share = (double{value} - low) / (double{column.edges[bin + 1]} - low);
    inputs[1 + bin] = static_cast<float>(std::clamp(share, 0.0, 1.0));
  }
}

void write_value(const ColumnPlan& plan, float value, float* row, Unknown& unknown) {
  const InputColumn& column = *plan.column;
  float* inputs = row + plan.first;
  if (column.kind == InputColumn::Kind::category) {
    write_category(plan, value, inputs, unknown);
  } else {
    write_number(column, std::isnan(value) ? column.fill : value, inputs);
  }
  if (column.indicator && std::isnan(value)) inputs[column.inputs() - 1] = 1;
}

bool stays_bytes(const RawTable& raw, const Preparation& preparation) {
  const bool plain = std::all_of(
      preparation.columns.begin(), preparation.columns.end(), [](const InputColumn& column) {
        return column.kind == InputColumn::Kind::number && column.inputs() == 1;
      });
  return plain && std::all_of(raw.blocks.begin(), raw.blocks.end(),
                              [](const RawBlock& block) { return block.bytes; });
}

// True: each column is one number, in the order of the file.
bool keeps_places(const std::vector<ColumnPlan>& plans) {
  for (std::size_t c = 0; c < plans.size(); ++c) {
    if (plans[c].first != c || plans[c].column->inputs() != 1) return false;
    if (plans[c].column->kind != InputColumn::Kind::number) return false;
  }
  return true;
}

void write_bytes(const RawBlock& block, const std::vector<ColumnPlan>& plans, bool as_they_are,
                 std::uint8_t* row) {
  const std::uint8_t* from = block.u8();
  if (as_they_are) {
    std::copy_n(from, block.rows * plans.size(), row);
    return;
  }
  for (std::size_t r = 0; r < block.rows; ++r, row += plans.size(), from += plans.size()) {
    for (std::size_t c = 0; c < plans.size(); ++c) row[plans[c].first] = from[c];
  }
}

// `row`: initially zero.
void write_floats(const RawBlock& block, const std::vector<ColumnPlan>& plans, std::size_t inputs,
                  float* row, std::vector<Unknown>& unknown) {
  std::size_t at = 0;
  for (std::size_t r = 0; r < block.rows; ++r, row += inputs) {
    for (std::size_t c = 0; c < plans.size(); ++c, ++at) {
      write_value(plans[c], block.value(at), row, unknown[c]);
    }
  }
}

// The same if columns keep their places.
void write_numbers(const RawBlock& block, const std::vector<float>& fills, float* row) {
  const auto* from = reinterpret_cast<const float*>(block.memory.bytes().data());
  for (std::size_t r = 0; r < block.rows; ++r, row += fills.size(), from += fills.size()) {
    for (std::size_t c = 0; c < fills.size(); ++c) {
      row[c] = std::isnan(from[c]) ? fills[c] : from[c];
    }
  }
}

// Writes blocks into rows in several threads; frees each block when it is written.
// write(block, number of its first row, number of the block).
template <class Write>
Status write_blocks(RawTable& raw, std::size_t threads, const ReserveRows& reserve,
                    const Write& write) {
  constexpr std::size_t kOfThread = 4;  // blocks at a time, so that threads finish together
  std::size_t end = 0;
  std::size_t written = 0;
  while (!raw.blocks.empty()) {
    const std::size_t count = std::min(raw.blocks.size(), threads == 1 ? 1 : threads * kOfThread);
    std::vector<std::size_t> first;
    for (std::size_t i = 0; i < count; ++i) {
      first.push_back(end);
      end += raw.blocks[i].rows;
    }
    FORKNET_TRY(reserve(end));
    share_out(threads, count, [&](std::size_t i) {
      write(raw.blocks[i], first[i], written + i);
      raw.blocks[i].memory = {};
    });
    raw.blocks.erase(raw.blocks.begin(), raw.blocks.begin() + static_cast<std::ptrdiff_t>(count));
    written += count;
  }
  return {};
}

Status fill_bytes(RawTable& raw, const std::vector<ColumnPlan>& plans, std::size_t threads,
                  std::span<std::byte> memory, const ReserveRows& reserve) {
  auto* rows = reinterpret_cast<std::uint8_t*>(memory.data());
  const bool as_they_are = keeps_places(plans);
  return write_blocks(raw, threads, reserve,
                      [&](const RawBlock& block, std::size_t first, std::size_t) {
                        write_bytes(block, plans, as_they_are, rows + first * plans.size());
                      });
}

// The sums over all blocks, as if one thread had read them.
std::vector<Unknown> added(const std::vector<std::vector<Unknown>>& blocks, std::size_t columns) {
  std::vector<Unknown> all(columns);
  for (const std::vector<Unknown>& block : blocks) {
    for (std::size_t c = 0; c < block.size(); ++c) {
      if (all[c].rows == 0) all[c].example = block[c].example;
      all[c].rows += block[c].rows;
    }
  }
  return all;
}

Result<std::vector<Unknown>> fill_floats(RawTable& raw, const std::vector<ColumnPlan>& plans,
                                         std::size_t inputs, std::size_t threads,
                                         std::span<std::byte> memory, const ReserveRows& reserve) {
  auto* rows = reinterpret_cast<float*>(memory.data());
  const bool numbers = keeps_places(plans);
  std::vector<float> fills;
  for (const ColumnPlan& plan : plans) fills.push_back(plan.column->fill);
  std::vector<std::vector<Unknown>> met(raw.blocks.size());  // by block; empty if it has none
  const auto write = [&](const RawBlock& block, std::size_t first, std::size_t number) {
    if (numbers && !block.bytes) return write_numbers(block, fills, rows + first * inputs);
    std::vector<Unknown> unknown(plans.size());
    write_floats(block, plans, inputs, rows + first * inputs, unknown);
    const bool any = std::any_of(unknown.begin(), unknown.end(),
                                 [](const Unknown& column) { return column.rows > 0; });
    if (any) met[number] = std::move(unknown);
  };
  FORKNET_TRY(write_blocks(raw, threads, reserve, write));
  return added(met, plans.size());
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
                     const std::vector<Unknown>& unknown, std::vector<std::string>& warnings) {
  for (std::size_t c = 0; c < unknown.size(); ++c) {
    if (unknown[c].rows == 0) continue;
    warnings.push_back(fmt::format(
        "warning: {}: {} of {} rows have a {} that the training rows did not have, such as {}",
        raw.path, unknown[c].rows, raw.rows, shown(plans[c].column->name),
        shown(raw.inputs[c].texts[unknown[c].example])));
  }
}

}  // namespace

Result<TablePointer> expand(RawTable raw, const Preparation& preparation,
                            std::vector<std::uint32_t> labels, std::vector<std::string>& warnings,
                            const Reading& reading) {
  const std::vector<ColumnPlan> plans = plan_columns(raw, preparation);
  std::vector<Unknown> unknown;
  Table table = describe_raw(raw, preparation, !labels.empty());
  const bool bytes = table.shape.element == Element::u8;
  const std::size_t inputs = table.shape.features;
  const std::size_t threads = std::max<std::size_t>(1, reading.threads);
  FORKNET_ASSIGN(
      const TablePointer made,
      build_table_in_steps(std::move(table),
                           [&](const TableParts& parts, const ReserveRows& reserve) -> Status {
                             std::copy(labels.begin(), labels.end(), parts.labels.begin());
                             if (labels.empty()) fill_targets(raw, parts.targets);
                             std::copy(raw.sample_weights.begin(), raw.sample_weights.end(),
                                       parts.sample_weights.begin());
                             if (bytes) {
                               return fill_bytes(raw, plans, threads, parts.inputs, reserve);
                             }
                             FORKNET_ASSIGN(unknown, fill_floats(raw, plans, inputs, threads,
                                                                 parts.inputs, reserve));
                             return {};
                           },
                           {reading.cache}));
  warn_of_unknown(raw, plans, unknown, warnings);
  return made;
}

}  // namespace forknet::data::csv
