// Sums (not means) over the rows of a batch. If rows have weights, `loss` and the last two sums are
// weighted.
#pragma once

#include <cstdint>

namespace forknet::nn {

struct RowSums {
  double loss = 0;
  std::uint64_t correct = 0;
  std::uint64_t rows = 0;
  double weight = 0;          // of all rows; 0: equal weights
  double correct_weight = 0;  // of the correct ones

  void add(const RowSums& other) {
    loss += other.loss;
    correct += other.correct;
    rows += other.rows;
    weight += other.weight;
    correct_weight += other.correct_weight;
  }
  // The divisor of the mean loss, and the correct part of it.
  [[nodiscard]] double all() const { return weight > 0 ? weight : static_cast<double>(rows); }
  [[nodiscard]] double hits() const {
    return weight > 0 ? correct_weight : static_cast<double>(correct);
  }
};

}  // namespace forknet::nn
