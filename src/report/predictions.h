// Predictions as lines of a file: CSV with a header, or JSON lines. Kept columns of the input come
// first; then classes by name with the probability of each, or numbers under the names of their
// targets.
//
//   id,class,probability_a,probability_b        {"id":"17","class":"a","probabilities":{"a":0.9,…}}
//   id,price                                    {"id":"17","price":351.2}
//   class,output_0,output_1                     {"class":0,"outputs":[0.9,0.1]}     (without names)
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace forknet::report {

enum class PredictionFormat { csv, json_lines };

struct PredictionNames {
  bool classifies = true;
  std::size_t outputs = 0;
  std::vector<std::string> classes = {};  // empty: class numbers are written
  std::vector<std::string> targets = {};  // of a table
  std::vector<std::string> kept = {};     // columns of the input to copy
};

// Empty for JSON lines.
[[nodiscard]] std::string predictions_header(const PredictionNames& names, PredictionFormat format);

// One row: its kept fields and its outputs.
[[nodiscard]] std::string prediction_line(const PredictionNames& names,
                                          std::span<const std::string> kept,
                                          std::span<const float> outputs, PredictionFormat format);

}  // namespace forknet::report
