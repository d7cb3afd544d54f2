#include "data/robust_scaling.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "data/shared_work.h"

namespace forknet::data {
namespace {

constexpr float kBend = 1.0F / 9.0F;
constexpr std::array<double, 3> kShares = {0.25, 0.5, 0.75};
constexpr std::size_t kFewBytes = std::size_t{32} << 20;  // of gathered columns
constexpr std::size_t kMostPasses = 16;                   // over the table

// The quantile of values without weights: they are rearranged from `from` on.
double quantile_of(std::span<float> values, double share, std::size_t from) {
  const double until = share * static_cast<double>(values.size());
  const auto whole = static_cast<std::size_t>(until);
  const bool just = static_cast<double>(whole) == until && whole > 0;
  const std::size_t place = just ? whole - 1 : whole;
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(place);
  std::nth_element(values.begin() + static_cast<std::ptrdiff_t>(from), at, values.end());
  if (!just || place + 1 == values.size()) return double{*at};
  return (double{*at} + double{*std::min_element(at + 1, values.end())}) / 2;
}

std::array<double, 3> plain_quantiles(std::span<float> values) {
  std::array<double, 3> found = {};
  std::size_t from = 0;  // what lies before is smaller
  for (std::size_t i = 0; i < kShares.size(); ++i) {
    found[i] = quantile_of(values, kShares[i], from);
    const auto until = static_cast<std::size_t>(kShares[i] * static_cast<double>(values.size()));
    from = until > 0 ? until - 1 : 0;
  }
  return found;
}

std::array<double, 3> weighted_quantiles(std::span<const float> values,
                                         std::span<const float> weights) {
  std::vector<std::pair<float, float>> sorted;
  sorted.reserve(values.size());
  double all = 0;
  for (std::size_t i = 0; i < values.size(); ++i) sorted.emplace_back(values[i], weights[i]);
  std::sort(sorted.begin(), sorted.end());
  for (const auto& [value, weight] : sorted) all += double{weight};
  std::array<double, 3> found = {};
  std::size_t at = 0;
  double until = double{sorted[0].second};  // includes the current value
  for (std::size_t i = 0; i < kShares.size(); ++i) {
    while (until < kShares[i] * all && at + 1 < sorted.size()) until += double{sorted[++at].second};
    const bool just = until == kShares[i] * all && at + 1 < sorted.size();
    found[i] = double{sorted[at].first};
    if (just) found[i] = (found[i] + double{sorted[at + 1].first}) / 2;
  }
  return found;
}

// fp32(numerator / width), or 0 if that is no fp32.
float factor_of(double numerator, double width) {
  if (!(width > 0)) return 0.0F;
  const double factor = numerator / width;
  return factor <= double{std::numeric_limits<float>::max()} ? static_cast<float>(factor) : 0.0F;
}

void set_feature(Scaling& scaling, std::size_t feature, const Quartiles& found) {
  scaling.offset[feature] = static_cast<float>(found.middle + 0.0);  // never -0
  const double distance = found.upper - found.lower;
  scaling.factor[feature] = distance > 0 ? factor_of(1.0, distance)
                                         : factor_of(2.0, double{found.most} - double{found.least});
}

// The columns [first, first + count) of the chosen rows, one after the other.
template <class V>
std::vector<float> gathered(const V* inputs, const TableShape& shape,
                            std::span<const std::uint32_t> rows, std::size_t first,
                            std::size_t count) {
  const std::size_t chosen = rows.empty() ? shape.rows : rows.size();
  std::vector<float> columns(count * chosen);
  for (std::size_t i = 0; i < chosen; ++i) {
    const V* row = inputs + (rows.empty() ? i : std::size_t{rows[i]}) * shape.features + first;
    for (std::size_t c = 0; c < count; ++c) columns[c * chosen + i] = static_cast<float>(row[c]);
  }
  return columns;
}

std::vector<float> weights_of(const Table& table, std::span<const std::uint32_t> rows) {
  const std::span<const float> all = table.sample_weights();
  if (rows.empty() || all.empty()) return {all.begin(), all.end()};
  std::vector<float> chosen;
  chosen.reserve(rows.size());
  for (const std::uint32_t row : rows) chosen.push_back(all[row]);
  return chosen;
}

void fit_columns(const Table& table, std::span<const std::uint32_t> rows,
                 std::span<const float> weights, std::size_t first, std::size_t count,
                 Scaling& scaling) {
  const TableShape& shape = table.shape;
  std::vector<float> columns = shape.element == Element::u8
                                   ? gathered(table.u8_row(0), shape, rows, first, count)
                                   : gathered(table.f32_row(0), shape, rows, first, count);
  const std::size_t chosen = columns.size() / count;
  for (std::size_t c = 0; c < count; ++c) {
    const auto values = std::span(columns).subspan(c * chosen, chosen);
    set_feature(scaling, first + c, quartiles_of(values, weights));
  }
}

}  // namespace

Quartiles quartiles_of(std::span<float> values, std::span<const float> weights) {
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  Quartiles found;
  found.least = *least;
  found.most = *most;
  const auto three =
      weights.empty() ? plain_quantiles(values) : weighted_quantiles(values, weights);
  found.lower = three[0];
  found.middle = three[1];
  found.upper = three[2];
  return found;
}

Scaling fit_robust(const Table& table, std::span<const std::uint32_t> rows, std::size_t threads) {
  const std::size_t features = table.shape.features;
  const std::size_t column_bytes = (rows.empty() ? table.shape.rows : rows.size()) * sizeof(float);
  const std::size_t of_pass = std::max(features / kMostPasses, kFewBytes / column_bytes);
  const std::size_t count = std::clamp<std::size_t>(
      of_pass / threads, 1, std::max<std::size_t>(1, (features + threads - 1) / threads));
  const std::vector<float> weights = weights_of(table, rows);
  Scaling scaling{std::vector<float>(features), std::vector<float>(features),
                  std::vector<float>(features, kBend)};
  share_out(threads, (features + count - 1) / count, [&](std::size_t part) {
    const std::size_t first = part * count;
    fit_columns(table, rows, weights, first, std::min(count, features - first), scaling);
  });
  return scaling;
}

}  // namespace forknet::data
