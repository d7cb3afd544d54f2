// The confusion matrix of a classifier: counts[label][predicted].
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace forknet::report {

// The index of the largest output of a row; of equal ones the first.
[[nodiscard]] std::size_t predicted_class(std::span<const float> outputs);

class Confusion {
 public:
  explicit Confusion(std::size_t classes)
      : counts_(classes, std::vector<std::uint64_t>(classes, 0)) {}

  // outputs (rows, classes) row-major, labels (rows) below the number of classes.
  void add(std::span<const float> outputs, std::span<const std::uint32_t> labels);

  [[nodiscard]] const std::vector<std::vector<std::uint64_t>>& counts() const { return counts_; }
  // The matrix as a table; with many classes only the pairs that are confused most. Shows the names
  // of classes if there are any.
  [[nodiscard]] std::string text(const std::vector<std::string>& names = {}) const;

 private:
  [[nodiscard]] std::string matrix_text(const std::vector<std::string>& names) const;
  [[nodiscard]] std::string worst_text(const std::vector<std::string>& names) const;
  std::vector<std::vector<std::uint64_t>> counts_;
};

}  // namespace forknet::report
