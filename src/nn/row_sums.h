// Sums (not means) over the rows of a batch. If rows have weights, `loss` and the last two sums are
// weighted.
#pragma once

#include <cstddef>
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

// Sums over rows of which each sample is `members`, as sums over samples: losses and hits are the
// means over the members.
[[nodiscard]] inline RowSums mean_of_members(RowSums sums, std::size_t members) {
  if (members == 1) return sums;
  const auto count = static_cast<double>(members);
  sums.correct_weight = sums.hits() / count;
  sums.weight = sums.all() / count;
  sums.loss /= count;
  sums.correct /= members;
  sums.rows /= members;
  return sums;
}

}  // namespace forknet::nn
