// Rows by class: the confusion matrix in whole rows, and the sums by the weights of the rows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "nn/metrics/classes/class_sums.h"
#include "nn/metrics/classes/ranks.h"

namespace forknet::nn {

class ClassTable {
 public:
  explicit ClassTable(std::size_t classes)
      : counts_(classes, std::vector<std::uint64_t>(classes, 0)), sums_(classes) {}

  // The next row. `predicted`: a class, or kNoClass: then it is not in the matrix.
  void add(std::uint32_t label, std::uint32_t predicted, double weight) {
    sums_.add(label, predicted, weight);
    if (predicted != kNoClass) ++counts_[label][predicted];
  }

  using Counts = std::vector<std::vector<std::uint64_t>>;
  [[nodiscard]] const Counts& counts() const { return counts_; }  // [label][predicted]
  [[nodiscard]] const ClassSums& sums() const { return sums_; }

 private:
  Counts counts_;
  ClassSums sums_;
};

}  // namespace forknet::nn
