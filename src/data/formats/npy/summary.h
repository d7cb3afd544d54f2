// A summary of an array of rows and columns, gathered number by number in any order that visits the
// rows of a column in order: range, mean, non-finite values, distinct values, constant and repeated
// columns, the first rows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace forknet::data {

class ArraySummary {
 public:
  // count: also counts how often each value occurs (for labels).
  ArraySummary(std::size_t rows, std::size_t columns, bool count);
  void add(std::size_t row, std::size_t column, double number);

  // Lines for people.
  [[nodiscard]] std::string text() const;
  // Members of a JSON object: "min":0,"max":255,...
  [[nodiscard]] std::string json() const;

 private:
  struct Column {
    double low = std::numeric_limits<double>::infinity();
    double high = -std::numeric_limits<double>::infinity();
    std::uint64_t hash = 0;
  };
  [[nodiscard]] std::string range_text() const;
  [[nodiscard]] std::string values_text() const;
  [[nodiscard]] std::string columns_text() const;
  [[nodiscard]] std::string first_text() const;
  [[nodiscard]] std::vector<std::size_t> constant_columns() const;
  // (a column, the earlier one that it repeats)
  [[nodiscard]] std::vector<std::pair<std::size_t, std::size_t>> repeated_columns() const;

  std::size_t rows_;
  std::size_t columns_;
  bool count_;
  double low_ = std::numeric_limits<double>::infinity();
  double high_ = -std::numeric_limits<double>::infinity();
  double sum_ = 0;
  std::size_t finite_ = 0;
  std::size_t missing_ = 0;  // NaN
  std::size_t infinite_ = 0;
  std::map<double, std::size_t> values_;
  std::vector<Column> of_columns_;  // empty: too many to keep
  std::vector<double> first_;       // (shown rows, shown columns)
};

}  // namespace forknet::data
