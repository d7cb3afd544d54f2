// What the tests of tables share: a file of that text, read.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "data/data_files.h"
#include "data/formats/csv/read.h"

namespace forknet::data::csv {

inline Sample sample_of(const std::string& text, const TableConfig& config = {}) {
  const auto sample = read_sample("t.csv", text, config);
  EXPECT_TRUE(sample.ok()) << sample.error().message;
  return sample.ok() ? *sample : Sample{};
}

// All inputs of all rows, as numbers (texts by their place).
inline std::vector<float> inputs_of(const RawTable& table) {
  std::vector<float> inputs;
  for (const RawBlock& block : table.blocks) {
    if (block.bytes) {
      inputs.insert(inputs.end(), block.u8.begin(), block.u8.end());
    } else {
      inputs.insert(inputs.end(), block.f32.begin(), block.f32.end());
    }
  }
  return inputs;
}

inline std::vector<std::string> names_of_inputs(const RawTable& table) {
  std::vector<std::string> names;
  for (const RawColumn& column : table.inputs) names.push_back(column.name);
  return names;
}

}  // namespace forknet::data::csv
