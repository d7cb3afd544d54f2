#include "data/input_range.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "data/shared_work.h"

namespace forknet::data {
namespace {

constexpr float kByteFactor = 1.0F / 255.0F;
// A range smaller than the trained one by this factor is in other units.
constexpr float kShrunk = 20.0F;
constexpr std::size_t kFewNumbers = 64;  // fewer may have a small range by chance
constexpr std::size_t kFewRows = 8;
// Larger inputs without scaling slow training down or stop it.
constexpr float kLargeInput = 10.0F;

// The smallest and the largest value so far, over all inputs or for each.
struct Extremes {
  std::vector<float> low;
  std::vector<float> high;
  explicit Extremes(std::size_t pairs)
      : low(pairs, std::numeric_limits<float>::max()),
        high(pairs, std::numeric_limits<float>::lowest()) {}
};

template <class V>
void add_row(const V* row, std::size_t features, Extremes& extremes) {
  if (extremes.low.size() > 1) {
    for (std::size_t f = 0; f < features; ++f) {
      extremes.low[f] = std::min(extremes.low[f], static_cast<float>(row[f]));
      extremes.high[f] = std::max(extremes.high[f], static_cast<float>(row[f]));
    }
    return;
  }
  V low = row[0];
  V high = row[0];
  for (std::size_t f = 1; f < features; ++f) {
    low = std::min(low, row[f]);
    high = std::max(high, row[f]);
  }
  extremes.low[0] = std::min(extremes.low[0], static_cast<float>(low));
  extremes.high[0] = std::max(extremes.high[0], static_cast<float>(high));
}

// Bytes cannot exceed 0..255: once both are met, the rest need not be read.
bool complete(const Table& table, const Extremes& extremes) {
  return table.shape.element == Element::u8 && extremes.low.size() == 1 && extremes.low[0] == 0 &&
         extremes.high[0] == 255;
}

// Of the rows from `first` to before `end`, by their places in `rows`.
Extremes extremes_of_part(const Table& table, std::span<const std::uint32_t> rows,
                          std::size_t pairs, std::size_t first, std::size_t end) {
  Extremes extremes(pairs);
  for (std::size_t i = first; i < end && !complete(table, extremes); ++i) {
    const std::size_t row = rows.empty() ? i : rows[i];
    if (table.shape.element == Element::u8) {
      add_row(table.u8_row(row), table.shape.features, extremes);
    } else {
      add_row(table.f32_row(row), table.shape.features, extremes);
    }
  }
  return extremes;
}

// Parts of the rows, in their order: of equal values the first one stays, for any number of
// threads.
Extremes extremes_of(const Table& table, std::span<const std::uint32_t> rows, std::size_t pairs,
                     std::size_t threads = 1) {
  const std::size_t count = rows.empty() ? table.shape.rows : rows.size();
  threads = std::max<std::size_t>(1, threads);
  std::vector<Extremes> parts(threads, Extremes(pairs));
  const std::size_t share = (count + threads - 1) / threads;
  share_out(threads, threads, [&](std::size_t part) {
    parts[part] = extremes_of_part(table, rows, pairs, std::min(count, part * share),
                                   std::min(count, (part + 1) * share));
  });
  Extremes all = std::move(parts[0]);
  for (std::size_t part = 1; part < threads; ++part) {
    for (std::size_t i = 0; i < pairs; ++i) {
      all.low[i] = std::min(all.low[i], parts[part].low[i]);
      all.high[i] = std::max(all.high[i], parts[part].high[i]);
    }
  }
  return all;
}

std::string kind_text(Element element) { return element == Element::u8 ? "bytes" : "numbers"; }

std::string range_text(float low, float high) { return fmt::format("{:.6g} to {:.6g}", low, high); }

bool beyond(float value, float low, float high) {
  const double width = double{high} - double{low};
  return width > 0 && (value < double{low} - width || value > double{high} + width);
}

// How many values of an input lie far outside the trained range.
std::size_t count_beyond(const Table& table, std::size_t feature, float low, float high) {
  std::size_t count = 0;
  for (std::size_t row = 0; row < table.shape.rows; ++row) {
    const float value = table.shape.element == Element::u8
                            ? static_cast<float>(table.u8_row(row)[feature])
                            : table.f32_row(row)[feature];
    count += beyond(value, low, high) ? 1 : 0;
  }
  return count;
}

// Whether the whole range of the rows is in other units, for inputs scaled alike.
bool differs(const InputRange& trained, const Table& table, const Extremes& now) {
  const float low = trained.low[0];
  const float high = trained.high[0];
  if (beyond(now.low[0], low, high) || beyond(now.high[0], low, high)) return true;
  const double width = double{now.high[0]} - double{now.low[0]};
  return table.shape.rows * table.shape.features >= kFewNumbers && width > 0 &&
         width * kShrunk < double{high} - double{low};
}

std::string warning(const Table& table, const std::string& now, const std::string& then) {
  return fmt::format(
      "warning: {}: {}, but the model was trained on {}\n"
      "  the rows are used as they are; bring them into the units of the training data",
      table.inputs_name.empty() ? "the inputs" : table.inputs_name, now, then);
}

// Number of inputs whose range is less than a twentieth of the trained one.
std::size_t count_shrunk(const InputRange& trained, const Extremes& now) {
  std::size_t count = 0;
  for (std::size_t f = 0; f < now.low.size(); ++f) {
    const double width = double{now.high[f]} - double{now.low[f]};
    count += width * kShrunk < double{trained.high[f]} - double{trained.low[f]} ? 1 : 0;
  }
  return count;
}

std::optional<std::string> warn_of_type(const InputRange& trained, const Table& table) {
  const Extremes now = extremes_of(table, {}, 1);
  const float low = *std::min_element(trained.low.begin(), trained.low.end());
  const float high = *std::max_element(trained.high.begin(), trained.high.end());
  return warning(table,
                 fmt::format("the inputs are {} from {}", kind_text(table.shape.element),
                             range_text(now.low[0], now.high[0])),
                 fmt::format("{} from {}", kind_text(trained.element), range_text(low, high)));
}

// The warning for inputs scaled one by one.
std::optional<std::string> warn_of_inputs(const InputRange& trained, const Table& table,
                                          const Preparation* names) {
  const std::size_t features = table.shape.features;
  const Extremes now = extremes_of(table, {}, features);
  std::size_t first = features;
  std::size_t count = 0;
  for (std::size_t f = 0; f < features; ++f) {
    const bool touched = beyond(now.low[f], trained.low[f], trained.high[f]) ||
                         beyond(now.high[f], trained.low[f], trained.high[f]);
    if (!touched) continue;
    if (2 * count_beyond(table, f, trained.low[f], trained.high[f]) <= table.shape.rows) continue;
    first = std::min(first, f);
    ++count;
  }
  const bool many = table.shape.rows >= kFewRows;
  if (count == 0 && many && trained.element != table.shape.element &&
      2 * count_shrunk(trained, now) > features) {
    return warn_of_type(trained, table);
  }
  // For columns with names one row is enough; for pixels it is not.
  if (count == 0 || (!many && names == nullptr && 2 * count <= features)) return std::nullopt;
  const std::string more =
      count > 1 ? fmt::format(" ({} of {} inputs differ like that)", count, features) : "";
  const std::string name =
      names != nullptr ? names->input_name(first) : fmt::format("input {}", first);
  return warning(table, fmt::format("{} is {}", name, range_text(now.low[first], now.high[first])),
                 range_text(trained.low[first], trained.high[first]) + more);
}

}  // namespace

InputRange input_range(const View& view, std::size_t threads) {
  const std::size_t pairs =
      view.scaling.offset.size() == view.table->shape.features ? view.table->shape.features : 1;
  Extremes extremes = extremes_of(*view.table, view.rows, pairs, threads);
  return {view.table->shape.element, std::move(extremes.low), std::move(extremes.high)};
}

InputRange implied_range(const Scaling& scaling) {
  const bool bytes = scaling.offset == std::vector<float>{0.0F} &&
                     scaling.factor == std::vector<float>{kByteFactor};
  return bytes ? InputRange{Element::u8, {0.0F}, {255.0F}} : InputRange{};
}

std::optional<std::string> range_warning(const InputRange& trained, const Table& table,
                                         const Preparation* names) {
  if (!trained.known()) return std::nullopt;
  if (names != nullptr && !names->of_columns()) names = nullptr;
  const bool apart = trained.low.size() > 1 && trained.low.size() == table.shape.features;
  if (apart) return warn_of_inputs(trained, table, names);
  if (trained.element != table.shape.element) return warn_of_type(trained, table);
  const Extremes now = extremes_of(table, {}, 1);
  return differs(trained, table, now) ? warn_of_type(trained, table) : std::nullopt;
}

std::optional<std::string> unit_warning(const InputRange& inputs, Scale scale,
                                        const std::string& name) {
  if (scale != Scale::unit || inputs.element == Element::u8 || !inputs.known()) return std::nullopt;
  const float low = inputs.low.front();
  const float high = inputs.high.front();
  if (std::max(std::fabs(low), std::fabs(high)) <= kLargeInput) return std::nullopt;
  return fmt::format(
      "warning: {}: the inputs are numbers from {}, which data.scale = \"unit\" leaves as they "
      "are: it scales only bytes\n"
      "  scale = \"standard\" or \"minmax\" fits a scaling to them; scale = \"none\" says that "
      "this "
      "is meant",
      name, range_text(low, high));
}

}  // namespace forknet::data
