// A CSV file as read, before fitting: numbers unchanged, texts as places in a list, missing values
// as NaN. In blocks of rows, so that a table can be made block by block and each block freed once
// it is used.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "data/formats/csv/sample.h"
#include "os/mapping.h"

namespace forknet::data::csv {

struct RawColumn {
  std::string name;
  std::size_t place = 0;  // in the file
  std::size_t index = 0;  // among the model's inputs, or its targets
  bool text = false;
  std::vector<std::string> texts = {};  // of a text column, in the order of their first rows
};

// Rows of the inputs, (rows, inputs) row-major, as bytes if all are integers from 0 to 255, else as
// fp32. The memory is a mapping of its own, returned to the system with the block.
struct RawBlock {
  std::size_t rows = 0;
  bool bytes = false;
  os::Mapping memory = {};

  [[nodiscard]] const std::uint8_t* u8() const {
    return reinterpret_cast<const std::uint8_t*>(memory.bytes().data());
  }
  [[nodiscard]] float value(std::size_t at) const {
    return bytes ? static_cast<float>(u8()[at])
                 : reinterpret_cast<const float*>(memory.bytes().data())[at];
  }
};

struct RawTable {
  std::string path;
  Dialect dialect;
  std::size_t file_columns = 0;
  bool keeps_lines = false;  // for messages about single rows
  std::vector<RawColumn> inputs = {};
  std::vector<RawColumn> targets = {};
  std::vector<RawColumn> kept = {};
  std::optional<RawColumn> weight = {};
  std::deque<RawBlock> blocks = {};
  std::vector<float> target_values = {};      // (rows, targets)
  std::vector<float> sample_weights = {};     // (rows), if there is a column of weights
  std::vector<std::string> kept_values = {};  // (rows, kept), as in the file
  std::vector<std::size_t> lines = {};        // (rows), if keeps_lines
  std::size_t rows = 0;
  std::size_t without_target = 0;  // rows left out because the target is missing
  std::size_t weightless = 0;      // rows left out because their weight is 0
};

// The use of a column of the file.
struct ColumnUse {
  enum class As : std::uint8_t { nothing, input, target, weight } as = As::nothing;
  bool text = false;
  std::size_t index = 0;  // among the model's inputs, or its targets
  bool kept = false;      // the text is also passed through
};

}  // namespace forknet::data::csv
