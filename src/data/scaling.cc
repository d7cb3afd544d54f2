#include "data/scaling.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "data/robust_scaling.h"
#include "data/shared_work.h"

namespace forknet::data {
namespace {

// take(row of numbers, its number) for every row in order.
template <class V, class Take>
void for_rows(const V* inputs, std::size_t features, std::size_t table_rows,
              std::span<const std::uint32_t> rows, const Take& take) {
  if (rows.empty()) {
    for (std::size_t row = 0; row < table_rows; ++row) take(inputs + row * features, row);
  } else {
    for (const std::uint32_t row : rows) take(inputs + row * features, row);
  }
}

double weight_of(std::span<const float> weights, std::size_t row) {
  return weights.empty() ? 1.0 : double{weights[row]};
}

// Deviations up to this share of the mean are rounding errors.
constexpr double kNoDeviation = 1.0 / (1 << 23);

// fp32(1 / width), or 0 if the width of a feature is negligible.
float factor_of(double width) {
  if (width == 0) return 0.0F;
  const double factor = 1.0 / width;
  return factor <= double{std::numeric_limits<float>::max()} ? static_cast<float>(factor) : 0.0F;
}

// Features beside one another: [first, first + count).
struct Features {
  std::size_t first = 0;
  std::size_t count = 0;
};

template <class V>
void fit_minmax(const V* inputs, const Table& table, std::span<const std::uint32_t> rows,
                Features some, Scaling& scaling) {
  std::vector<V> low(some.count, std::numeric_limits<V>::max());
  std::vector<V> high(some.count, std::numeric_limits<V>::lowest());
  for_rows(inputs, table.shape.features, table.shape.rows, rows, [&](const V* row, std::size_t) {
    row += some.first;
    for (std::size_t f = 0; f < some.count; ++f) {
      low[f] = std::min(low[f], row[f]);
      high[f] = std::max(high[f], row[f]);
    }
  });
  for (std::size_t f = 0; f < some.count; ++f) {
    scaling.offset[some.first + f] = static_cast<float>(low[f]);
    scaling.factor[some.first + f] =
        factor_of(static_cast<double>(high[f]) - static_cast<double>(low[f]));
  }
}

// Sums in fp64, row after row; two passes; each constant rounded to fp32 once.
template <class V>
void fit_standard(const V* inputs, const Table& table, std::span<const std::uint32_t> rows,
                  Features some, Scaling& scaling) {
  const std::size_t features = table.shape.features;
  const std::span<const float> weights = table.sample_weights();
  double count = 0;  // each row as much as its weight
  std::vector<double> mean(some.count, 0.0);
  for_rows(inputs, features, table.shape.rows, rows, [&](const V* row, std::size_t number) {
    const double weight = weight_of(weights, number);
    count += weight;
    row += some.first;
    for (std::size_t f = 0; f < some.count; ++f) mean[f] += weight * static_cast<double>(row[f]);
  });
  for (double& sum : mean) sum /= count;
  std::vector<double> squares(some.count, 0.0);
  for_rows(inputs, features, table.shape.rows, rows, [&](const V* row, std::size_t number) {
    const double weight = weight_of(weights, number);
    row += some.first;
    for (std::size_t f = 0; f < some.count; ++f) {
      const double distance = static_cast<double>(row[f]) - mean[f];
      squares[f] += weight * (distance * distance);
    }
  });
  for (std::size_t f = 0; f < some.count; ++f) {
    scaling.offset[some.first + f] = static_cast<float>(mean[f]);
    const double deviation = std::sqrt(squares[f] / count);
    const bool constant = deviation <= std::abs(mean[f]) * kNoDeviation;
    scaling.factor[some.first + f] = constant ? 0.0F : factor_of(deviation);
  }
}

template <class V>
Scaling fit(const V* inputs, const Table& table, std::span<const std::uint32_t> rows, Scale scale,
            std::size_t threads) {
  const std::size_t features = table.shape.features;
  Scaling scaling{std::vector<float>(features), std::vector<float>(features)};
  const std::size_t share = (features + threads - 1) / threads;
  share_out(threads, threads, [&](std::size_t part) {
    const std::size_t first = std::min(features, part * share);
    const Features some = {first, std::min(share, features - first)};
    if (scale == Scale::minmax) {
      fit_minmax(inputs, table, rows, some, scaling);
    } else {
      fit_standard(inputs, table, rows, some, scaling);
    }
  });
  return scaling;
}

}  // namespace

Scaling fit_scaling(const Table& table, std::span<const std::uint32_t> rows, Scale scale,
                    std::size_t threads) {
  const bool bytes = table.shape.element == Element::u8;
  if (scale == Scale::none) return {};
  if (scale == Scale::unit) return bytes ? Scaling{{0.0F}, {1.0F / 255.0F}} : Scaling{};
  threads = std::max<std::size_t>(1, threads);
  if (scale == Scale::robust) return fit_robust(table, rows, threads);
  return bytes ? fit(table.u8_row(0), table, rows, scale, threads)
               : fit(table.f32_row(0), table, rows, scale, threads);
}

Scaling fit_target_scaling(std::span<const float> targets, std::size_t outputs,
                           std::span<const std::uint32_t> rows,
                           std::span<const float> sample_weights) {
  const std::size_t chosen = rows.empty() ? targets.size() / outputs : rows.size();
  const auto row_at = [&](std::size_t i) { return rows.empty() ? i : std::size_t{rows[i]}; };
  const auto value = [&](std::size_t i, std::size_t output) {
    return double{targets[row_at(i) * outputs + output]};
  };
  const auto weight = [&](std::size_t i) { return weight_of(sample_weights, row_at(i)); };
  // Decided by the values: a weighted mean is rounded, so the deviation from it is not 0.
  const auto is_constant = [&](std::size_t output) {
    std::size_t same = 1;
    while (same < chosen && value(same, output) == value(0, output)) ++same;
    return same == chosen;
  };
  double count = 0;
  for (std::size_t i = 0; i < chosen; ++i) count += weight(i);
  Scaling scaling{{}, {}};
  for (std::size_t output = 0; output < outputs; ++output) {
    if (is_constant(output)) {
      scaling.offset.push_back(static_cast<float>(value(0, output) + 0.0));  // never -0
      scaling.factor.push_back(1.0F);
      continue;
    }
    double sum = 0;
    for (std::size_t i = 0; i < chosen; ++i) sum += weight(i) * value(i, output);
    const double mean = sum / count;
    double squares = 0;
    for (std::size_t i = 0; i < chosen; ++i) {
      squares += weight(i) * ((value(i, output) - mean) * (value(i, output) - mean));
    }
    const double deviation = std::sqrt(squares / count);
    scaling.offset.push_back(static_cast<float>(mean));
    scaling.factor.push_back(deviation > 0 ? static_cast<float>(1.0 / deviation) : 1.0F);
  }
  return scaling;
}

}  // namespace forknet::data
