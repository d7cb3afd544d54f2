// A data set decoded once: all rows in one sealed shared mapping, which is immutable and which
// other processes can map by its descriptor, or in a mapped file (table_cache.h). Immutable after
// build_table; any number of threads read.
//
//   mapping = inputs (rows, features) of u8 or f32 | labels (rows) u32 | targets (rows, outputs)
//   f32
//             | sample weights (rows) f32
//
// row-major, each part at a multiple of 64 bytes, absent parts take no bytes.
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/table_place.h"
#include "os/mapping.h"

namespace forknet::data {

enum class Element : std::uint8_t { u8, f32 };

[[nodiscard]] constexpr std::size_t element_bytes(Element element) {
  return element == Element::u8 ? 1 : 4;
}

// The content of a table; it determines the sizes of the parts.
struct TableShape {
  Element element = Element::u8;
  std::size_t rows = 0;                // 1 .. 2^32 - 1
  std::vector<std::size_t> row_shape;  // for people: 28 x 28
  std::size_t features = 0;            // numbers per row of inputs
  bool labelled = false;               // one class number per row
  std::size_t classes = 0;  // labels are 0 .. classes - 1; 0 with labels: the largest + 1
  std::size_t outputs = 0;  // numbers per row of targets; 0: none
  bool weighted = false;    // one weight per row, above 0, for losses and means
};

struct Table {
  std::string inputs_name;  // the file, for messages
  std::string labels_name;  // the file of the labels or targets
  TableShape shape;
  os::Mapping memory;
  std::size_t labels_at = 0;          // bytes into the mapping
  std::size_t targets_at = 0;         // bytes into the mapping
  std::size_t sample_weights_at = 0;  // bytes into the mapping
  bool paged = false;                 // a file on disk, whose pages are loaded and dropped
  std::string known_digest;           // if computed when the table was made or found; else empty

  [[nodiscard]] const std::uint8_t* u8_row(std::size_t row) const;  // element u8 only
  [[nodiscard]] const float* f32_row(std::size_t row) const;        // element f32 only
  [[nodiscard]] std::span<const std::uint32_t> labels() const;      // (rows), or empty
  [[nodiscard]] std::span<const float> targets() const;             // (rows, outputs), or empty
  [[nodiscard]] std::span<const float> sample_weights() const;      // (rows), or empty
  // XXH3-128 over shape, inputs, labels, targets and weights, as hex: equal for equal data.
  [[nodiscard]] std::string digest() const;
};

using TablePointer = std::shared_ptr<const Table>;

// The parts of a new table while it is filled.
struct TableParts {
  std::span<std::byte> inputs;
  std::span<std::uint32_t> labels;
  std::span<float> targets;
  std::span<float> sample_weights;
};

// Reserves the memory, lets `fill` write it once and seals it; or finds or makes the file that
// `place` requests. `table` has names and shape; `classes` is completed from the labels. Errors
// (data): zero rows or features, too many rows.
[[nodiscard]] Result<TablePointer> build_table(Table table,
                                               const std::function<Status(const TableParts&)>& fill,
                                               const TablePlace& place = {});

// The same if the memory of the source is freed meanwhile: labels and targets are reserved;
// `reserve` reserves the inputs of the rows before `end`. Rows are requested in order, and written
// only afterwards. A file is reserved at once.
using ReserveRows = std::function<Status(std::size_t end)>;
[[nodiscard]] Result<TablePointer> build_table_in_steps(
    Table table, const std::function<Status(const TableParts&, const ReserveRows& reserve)>& fill,
    const TablePlace& place = {});

// The table of this shape that an earlier process built in a file of the cache, by its key there
// (TableCache::set_tables()). Nothing: it is not there, or damaged.
[[nodiscard]] Result<std::optional<TablePointer>> find_table(Table table, TableCache& cache,
                                                             const std::string& key);

// Bytes of the mapping of a table of this shape; nothing where that does not fit.
[[nodiscard]] std::optional<std::size_t> table_bytes(const TableShape& shape);

// Table::digest() of a table of this shape whose mapping begins with `memory`, which is as long as
// build_table() makes it. `taken`: called with ranges of it, in their order, as they are read.
using PieceTaken = std::function<void(std::size_t begin, std::size_t end)>;
[[nodiscard]] std::string table_digest(const TableShape& shape, std::span<const std::byte> memory,
                                       const PieceTaken& taken = {});

// "labels.gz: row 17: label 12, but the model has 10 outputs (labels 0..9)", or no labels at all.
[[nodiscard]] Status check_labels(const Table& table, std::size_t outputs_of_model);
// For a loss on numbers: the table needs `outputs_of_model` targets per row; labels stand for
// one-hot rows.
[[nodiscard]] Status check_targets(const Table& table, std::size_t outputs_of_model);

}  // namespace forknet::data
