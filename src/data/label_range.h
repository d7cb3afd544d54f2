// Checks for labels without a class in a model or a table.
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace forknet::data {

// "labels.gz: row 17: label 12, but the model has 10 outputs (labels 0..9)", with advice.
// `sample_weights`: of the labels, or none; a label of weight 0 may have any value.
[[nodiscard]] Status check_label_range(const std::string& name,
                                       std::span<const std::uint32_t> labels, std::size_t classes,
                                       std::span<const float> sample_weights = {});

}  // namespace forknet::data
