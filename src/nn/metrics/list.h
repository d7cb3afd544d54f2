// All metrics, in the order in which they are shown.
#pragma once

#include <span>
#include <string_view>

#include "nn/metric.h"

namespace forknet::nn {

[[nodiscard]] std::span<const MetricEntry> metrics();

// Null: no metric has that name.
[[nodiscard]] const MetricEntry* find_metric(std::string_view name);

}  // namespace forknet::nn
