#include "data/formats/csv/fit.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <optional>
#include <utility>

#include "base/try.h"
#include "data/error.h"
#include "data/formats/csv/middle.h"
#include "data/shared_work.h"

namespace forknet::data::csv {
namespace {

// The most categories with an input, or a code, of their own; the others of a column share one.
constexpr std::size_t kMostCategories = 100;
constexpr std::size_t kMostCodes = 1'000'000;
// The columns whose values are gathered at a time: at most an eighth of the table; with two threads
// a twelfth each.
constexpr std::size_t kColumnShare = 8;
constexpr std::size_t kColumnShareOfTwo = 12;

// The rows that count, with their weights.
class Chosen {
 public:
  Chosen(const RawTable& raw, std::span<const std::uint32_t> chosen)
      : weights_(raw.sample_weights) {
    if (chosen.empty()) return;
    flags_.assign(raw.rows, false);
    for (const std::uint32_t row : chosen) flags_[row] = true;
  }
  [[nodiscard]] bool has(std::size_t row) const { return flags_.empty() || flags_[row]; }
  [[nodiscard]] bool weighted() const { return !weights_.empty(); }
  [[nodiscard]] double weight(std::size_t row) const {
    return weights_.empty() ? 1.0 : double{weights_[row]};
  }

 private:
  std::span<const float> weights_;
  std::vector<bool> flags_;
};

// Calls take(column - first, value, row) for each value of columns [first, end) in the chosen rows.
template <class Take>
void for_values(const RawTable& raw, const Chosen& chosen, std::size_t first, std::size_t end,
                const Take& take) {
  const std::size_t columns = raw.inputs.size();
  std::size_t row = 0;
  for (const RawBlock& block : raw.blocks) {
    for (std::size_t r = 0; r < block.rows; ++r, ++row) {
      if (!chosen.has(row)) continue;
      for (std::size_t c = first; c < end; ++c) {
        const std::size_t at = r * columns + c;
        take(c - first, block.value(at), row);
      }
    }
  }
}

// The values of one column: numbers, or the places of texts.
struct Gathered {
  std::vector<float> values;
  std::vector<float> weights;  // by value, if rows have weights
  std::size_t missing = 0;

  [[nodiscard]] double weight(std::size_t value) const {
    return weights.empty() ? 1.0 : double{weights[value]};
  }
};

// The replacement for a missing number, from the existing values.
float typical(Gathered& gathered, Impute impute) {
  std::vector<float>& values = gathered.values;
  if (values.empty()) return 0.0F;
  if (impute == Impute::mean) {
    double sum = 0;
    double count = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      sum += gathered.weight(i) * double{values[i]};
      count += gathered.weight(i);
    }
    return static_cast<float>(sum / count);
  }
  return gathered.weights.empty() ? middle_of(values) : middle_of(values, gathered.weights);
}

// The smallest value, the quantiles between as many bins of equal weight, and the largest; each
// once. Fewer than two bins say no more than the value: none.
std::vector<float> fit_edges(const Gathered& gathered, std::size_t bins) {
  if (bins == 0 || gathered.values.empty()) return {};
  std::vector<std::pair<float, double>> sorted;  // values and weights
  sorted.reserve(gathered.values.size());
  double all = 0;
  for (std::size_t i = 0; i < gathered.values.size(); ++i) {
    sorted.emplace_back(gathered.values[i], gathered.weight(i));
    all += gathered.weight(i);
  }
  std::sort(sorted.begin(), sorted.end());
  std::vector<float> edges = {sorted.front().first + 0.0F};  // never -0
  double until = 0;
  std::size_t at = 0;
  for (std::size_t bin = 1; bin <= bins; ++bin) {
    const double share = all * static_cast<double>(bin) / static_cast<double>(bins);
    while (at + 1 < sorted.size() && until + sorted[at].second < share)
      until += sorted[at++].second;
    const float edge = bin == bins ? sorted.back().first : sorted[at].first;
    if (edge > edges.back()) edges.push_back(edge);
  }
  return edges.size() > 2 ? edges : std::vector<float>();
}

InputColumn fit_category(const RawColumn& raw, const Gathered& gathered, bool coded) {
  std::vector<double> counts(raw.texts.size(), 0.0);
  for (std::size_t i = 0; i < gathered.values.size(); ++i) {
    counts[static_cast<std::size_t>(gathered.values[i])] += gathered.weight(i);
  }
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > 0) order.push_back(i);
  }
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return counts[a] != counts[b] ? counts[a] > counts[b] : raw.texts[a] < raw.texts[b];
  });
  InputColumn column;
  column.kind = InputColumn::Kind::category;
  column.coded = coded;
  const std::size_t most = coded ? kMostCodes : kMostCategories;
  column.other = order.size() > most;
  const std::string usual = order.empty() ? "" : raw.texts[order[0]];
  order.resize(std::min(order.size(), most));
  for (const std::size_t place : order) column.categories.push_back(raw.texts[place]);
  std::sort(column.categories.begin(), column.categories.end());
  const auto at = std::lower_bound(column.categories.begin(), column.categories.end(), usual);
  column.usual = static_cast<std::size_t>(at - column.categories.begin());
  return column;
}

// The Error names the first row without a value.
Error no_value(const RawTable& raw, const Chosen& chosen, std::size_t index, std::size_t missing) {
  const RawColumn& column = raw.inputs[index];
  std::optional<std::size_t> first;
  std::size_t row = 0;
  for (const RawBlock& block : raw.blocks) {
    for (std::size_t r = 0; r < block.rows && !first; ++r, ++row) {
      const bool absent = std::isnan(block.value(r * raw.inputs.size() + index));
      if (absent && chosen.has(row)) first = row;
    }
  }
  const std::size_t line = first && *first < raw.lines.size() ? raw.lines[*first] : 1;
  return csv_error(raw.path, line,
                   fmt::format("column {} ({}): no value; {} of the training rows have none\n"
                               "  data.impute = \"median\" or \"mean\" fills them in, data.drop "
                               "leaves the column out",
                               column.place, shown(column.name), missing));
}

Result<InputColumn> fit_column(const RawTable& raw, const Chosen& chosen, std::size_t index,
                               Gathered& gathered, const TableConfig& config,
                               std::vector<std::string>& warnings) {
  const RawColumn& from = raw.inputs[index];
  if (gathered.missing > 0 && config.impute == Impute::error) {
    return no_value(raw, chosen, index, gathered.missing);
  }
  if (gathered.values.empty()) {
    warnings.push_back(fmt::format("warning: {}: column {} ({}) has no value in any training row",
                                   raw.path, from.place, shown(from.name)));
  }
  InputColumn column;
  if (from.text) {
    column = fit_category(from, gathered, config.categories == Categories::codes);
  } else {
    column.fill = typical(gathered, config.impute);
    column.edges = fit_edges(gathered, static_cast<std::size_t>(config.bins));
  }
  column.indicator = gathered.missing > 0 && !gathered.values.empty();
  column.name = from.name;
  column.place = from.place;
  return column;
}

// The median of bytes with these counts (sum: `all`), or the mean of two if exactly half lies
// below.
template <class Count>
float middle_of_counts(const std::array<Count, 256>& counts, double all) {
  const double half = all / 2;
  double until = 0;
  std::size_t low = 0;
  while (low + 1 < counts.size() && until + static_cast<double>(counts[low]) < half) {
    until += static_cast<double>(counts[low++]);
  }
  std::size_t high = low;
  double above = until + static_cast<double>(counts[low]);
  while (above <= half && high + 1 < counts.size()) {
    above += static_cast<double>(counts[++high]);
  }
  return static_cast<float>(static_cast<double>(low + high) / 2);
}

// Bytes are counted instead of gathered: 256 counts per column. Count: double if rows have weights,
// else an integer.
template <class Count>
void fill_from_counts(const RawTable& raw, const Chosen& chosen, Impute impute,
                      std::span<InputColumn> columns, std::size_t first) {
  using Counts = std::array<Count, 256>;
  std::vector<Counts> counts(columns.size(), Counts{});
  std::size_t row = 0;
  for (const RawBlock& block : raw.blocks) {
    for (std::size_t r = 0; r < block.rows; ++r, ++row) {
      if (!chosen.has(row)) continue;
      const auto weight = static_cast<Count>(chosen.weight(row));
      const std::uint8_t* values = block.u8() + r * raw.inputs.size() + first;
      for (std::size_t c = 0; c < columns.size(); ++c) counts[c][values[c]] += weight;
    }
  }
  for (std::size_t c = 0; c < columns.size(); ++c) {
    double rows = 0;
    double sum = 0;
    for (std::size_t v = 0; v < counts[c].size(); ++v) {
      rows += static_cast<double>(counts[c][v]);
      sum += static_cast<double>(v) * counts[c][v];
    }
    if (rows == 0) continue;
    if (impute == Impute::mean) {
      columns[c].fill = static_cast<float>(sum / rows);
      continue;
    }
    columns[c].fill = middle_of_counts(counts[c], rows);
  }
}

std::vector<InputColumn> fit_bytes(const RawTable& raw, const Chosen& chosen, Impute impute,
                                   std::size_t threads) {
  const auto fill =
      chosen.weighted() ? &fill_from_counts<double> : &fill_from_counts<std::uint32_t>;
  std::vector<InputColumn> columns;
  for (const RawColumn& from : raw.inputs) {
    InputColumn column;
    column.name = from.name;
    column.place = from.place;
    columns.push_back(std::move(column));
  }
  const std::size_t group = (columns.size() + threads - 1) / threads;
  share_out(threads, threads, [&](std::size_t part) {
    const std::size_t first = std::min(columns.size(), part * group);
    const std::size_t count = std::min(group, columns.size() - first);
    fill(raw, chosen, impute, std::span(columns).subspan(first, count), first);
  });
  return columns;
}

// Adjacent columns and their warnings.
struct FittedGroup {
  std::vector<InputColumn> columns = {};
  std::vector<std::string> warnings = {};
  Status status = {};
};

FittedGroup fit_group(const RawTable& raw, const Chosen& chosen, const TableConfig& config,
                      std::size_t first, std::size_t end) {
  std::vector<Gathered> gathered(end - first);
  for (Gathered& one : gathered) one.values.reserve(raw.rows);
  for_values(raw, chosen, first, end, [&](std::size_t c, float value, std::size_t row) {
    if (std::isnan(value)) {
      ++gathered[c].missing;
    } else {
      gathered[c].values.push_back(value);
      if (!raw.sample_weights.empty()) gathered[c].weights.push_back(raw.sample_weights[row]);
    }
  });
  FittedGroup group;
  for (std::size_t c = first; c < end; ++c) {
    auto column = fit_column(raw, chosen, c, gathered[c - first], config, group.warnings);
    if (!column.ok()) {
      group.status = column.error();
      break;
    }
    group.columns.push_back(std::move(*column));
  }
  return group;
}

bool plain_bytes(const RawTable& raw) {
  const bool bytes = std::all_of(raw.blocks.begin(), raw.blocks.end(),
                                 [](const RawBlock& block) { return block.bytes; });
  const bool texts = std::any_of(raw.inputs.begin(), raw.inputs.end(),
                                 [](const RawColumn& column) { return column.text; });
  return bytes && !texts;
}

Result<std::vector<InputColumn>> fit_inputs(const RawTable& raw, const Chosen& chosen,
                                            const TableConfig& config,
                                            std::vector<std::string>& warnings,
                                            std::size_t threads) {
  const std::size_t count = raw.inputs.size();
  if (plain_bytes(raw) && config.bins == 0) return fit_bytes(raw, chosen, config.impute, threads);
  const bool two = threads > 1 && count >= kColumnShareOfTwo;
  const std::size_t size =
      std::max<std::size_t>(1, count / (two ? kColumnShareOfTwo : kColumnShare));
  std::vector<FittedGroup> groups((count + size - 1) / size);
  share_out(two ? 2 : 1, groups.size(), [&](std::size_t part) {
    const std::size_t first = part * size;
    groups[part] = fit_group(raw, chosen, config, first, std::min(count, first + size));
  });
  std::vector<InputColumn> columns;
  for (FittedGroup& group : groups) {
    FORKNET_TRY(group.status);  // of the first column with an error
    std::move(group.warnings.begin(), group.warnings.end(), std::back_inserter(warnings));
    std::move(group.columns.begin(), group.columns.end(), std::back_inserter(columns));
  }
  return columns;
}

}  // namespace

Result<Preparation> fit_columns(const RawTable& raw, const Targets& targets,
                                std::span<const std::uint32_t> rows, const TableConfig& config,
                                std::vector<std::string>& warnings, std::size_t threads) {
  Preparation preparation;
  preparation.header = raw.dialect.header;
  preparation.file_columns = raw.file_columns;
  preparation.missing = config.missing;
  preparation.classes = targets.classes;
  for (const RawColumn& target : raw.targets) {
    preparation.targets.push_back({target.name, target.place, target.text});
  }
  if (raw.weight) preparation.weight = WeightColumn{raw.weight->name, raw.weight->place};
  FORKNET_ASSIGN(preparation.columns, fit_inputs(raw, Chosen(raw, rows), config, warnings,
                                                 std::max<std::size_t>(1, threads)));
  return preparation;
}

Scaling fit_targets(const RawTable& raw, std::span<const std::uint32_t> rows, TargetScale scale) {
  if (scale == TargetScale::none) return {};
  return fit_target_scaling(raw.target_values, raw.targets.size(), rows, raw.sample_weights);
}

}  // namespace forknet::data::csv
