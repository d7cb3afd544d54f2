// All metrics, in the order in which they are shown.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "nn/metric.h"

namespace forknet::nn {

[[nodiscard]] std::span<const MetricEntry> metrics();

// The place of one of them in the list, from 0.
[[nodiscard]] inline std::size_t place_of(const MetricEntry& metric) {
  return static_cast<std::size_t>(&metric - metrics().data());
}

// Null: no metric has that name.
[[nodiscard]] const MetricEntry* find_metric(std::string_view name);

}  // namespace forknet::nn
