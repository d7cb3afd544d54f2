// The confusion matrix of a classifier: counts[label][predicted].
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace forknet::report {

// The index of the largest output of a row; of equal ones the first.
[[nodiscard]] std::size_t predicted_class(std::span<const float> outputs);

// The name of a class, shortened for a table, or its number.
[[nodiscard]] std::string class_name(const std::vector<std::string>& names, std::size_t label);

class Confusion {
 public:
  using Counts = std::vector<std::vector<std::uint64_t>>;
  explicit Confusion(Counts counts) : counts_(std::move(counts)) {}

  // The matrix as a table; with many classes only the pairs that are confused most. Shows the names
  // of classes if there are any.
  [[nodiscard]] std::string text(const std::vector<std::string>& names = {}) const;

 private:
  [[nodiscard]] std::string matrix_text(const std::vector<std::string>& names) const;
  [[nodiscard]] std::string worst_text(const std::vector<std::string>& names) const;
  Counts counts_;
};

}  // namespace forknet::report
