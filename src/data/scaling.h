// Scales raw inputs for the first layer: x = (v - offset) * factor; difference and product are each
// rounded, in fp32, or in fp64 with the same fp32 constants. Where there are bends, x is then drawn
// in to x / sqrt(1 + bend * x^2), which lies between -1 / sqrt(bend) and 1 / sqrt(bend).
//
//   none      x = v
//   unit      u8: v / 255 by factor fp32(1/255); f32: as none
//   minmax    a feature's smallest training value becomes 0, its largest 1
//   standard  a feature's training mean becomes 0, its deviation (of the population) 1
//   robust    a feature's training median becomes 0, the distance of its quartiles 1, with a bend
//   of
//             1/9 (robust_scaling.h)
//
// minmax, standard and robust are fitted to training rows only, with weighted means, deviations and
// quartiles if rows have weights. A feature that is constant there (standard: whose deviation is at
// most 2^-23 of its mean, below the resolution of fp32; or whose factor does not fit fp32) has
// factor 0: it is 0 in every row of every set.
#pragma once

#include <forknet/config.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "data/table.h"

namespace forknet::data {

struct Scaling {
  std::vector<float> offset = {0.0F};  // one for each feature, or one for all
  std::vector<float> factor = {1.0F};  // as many as offsets
  std::vector<float> bend = {};        // one for each feature, or none; 0: x stays

  // x = v.
  [[nodiscard]] bool is_none() const {
    return offset.size() == 1 && offset[0] == 0.0F && factor[0] == 1.0F && bend.empty();
  }
  // v from x before it is bent, for column c.
  [[nodiscard]] double back(double x, std::size_t c) const {
    const std::size_t at = offset.size() == 1 ? 0 : c;
    return x / double{factor[at]} + double{offset[at]};
  }
};

// Leaves the values of that feature as they are. Requires an offset for each feature.
inline void leave_feature(Scaling& scaling, std::size_t feature) {
  scaling.offset[feature] = 0.0F;
  scaling.factor[feature] = 1.0F;
  if (!scaling.bend.empty()) scaling.bend[feature] = 0.0F;
}

// Fitted to those rows of the table, in their order; no rows means all.
[[nodiscard]] Scaling fit_scaling(const Table& table, std::span<const std::uint32_t> rows,
                                  Scale scale, std::size_t threads = 1);

// For targets (rows, outputs): mean 0 and deviation 1 over those rows, in their order, summed in
// fp64; no rows means all. A constant target keeps the factor 1. `sample_weights`: of all rows of
// the table, or none.
[[nodiscard]] Scaling fit_target_scaling(std::span<const float> targets, std::size_t outputs,
                                         std::span<const std::uint32_t> rows,
                                         std::span<const float> sample_weights = {});

}  // namespace forknet::data
