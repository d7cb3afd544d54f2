#include "data/table.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/checked.h"
#include "base/digest.h"
#include "base/try.h"
#include "data/error.h"
#include "data/label_range.h"
#include "data/table_cache.h"
#include "math/float_state.h"
#include "os/system_error.h"

namespace forknet::data {
namespace {

constexpr std::size_t kAlignment = 64;

// Bytes of each part and in total; nothing if a size does not fit.
struct Sizes {
  std::size_t inputs = 0;
  std::size_t labels = 0;
  std::size_t targets = 0;
  std::size_t labels_at = 0;
  std::size_t targets_at = 0;
  std::size_t sample_weights = 0;
  std::size_t sample_weights_at = 0;
  std::size_t total = 0;
};

std::optional<std::size_t> part_bytes(std::size_t rows, std::size_t columns, std::size_t each) {
  const std::optional<std::size_t> numbers = checked_multiply(rows, columns);
  return numbers ? checked_multiply(*numbers, each) : std::nullopt;
}

// at + bytes, rounded up to the alignment.
std::optional<std::size_t> next_part(std::size_t at, std::size_t bytes) {
  const std::optional<std::size_t> end = checked_add(at, bytes);
  const std::optional<std::size_t> padded = end ? checked_add(*end, kAlignment - 1) : std::nullopt;
  return padded ? std::optional(*padded / kAlignment * kAlignment) : std::nullopt;
}

std::optional<Sizes> measure(const TableShape& shape) {
  const auto inputs = part_bytes(shape.rows, shape.features, element_bytes(shape.element));
  const auto labels = part_bytes(shape.rows, shape.labelled ? 1 : 0, sizeof(std::uint32_t));
  const auto targets = part_bytes(shape.rows, shape.outputs, sizeof(float));
  const auto weights = part_bytes(shape.rows, shape.weighted ? 1 : 0, sizeof(float));
  if (!inputs || !labels || !targets || !weights) return std::nullopt;
  const auto labels_at = next_part(0, *inputs);
  const auto targets_at = labels_at ? next_part(*labels_at, *labels) : std::nullopt;
  const auto weights_at = targets_at ? next_part(*targets_at, *targets) : std::nullopt;
  const auto total = weights_at ? next_part(*weights_at, *weights) : std::nullopt;
  if (!total) return std::nullopt;
  return Sizes{*inputs, *labels, *targets, *labels_at, *targets_at, *weights, *weights_at, *total};
}

TableParts parts_of(std::span<std::byte> memory, const Sizes& sizes) {
  return {
      memory.first(sizes.inputs),
      {reinterpret_cast<std::uint32_t*>(memory.data() + sizes.labels_at),
       sizes.labels / sizeof(std::uint32_t)},
      {reinterpret_cast<float*>(memory.data() + sizes.targets_at), sizes.targets / sizeof(float)},
      {reinterpret_cast<float*>(memory.data() + sizes.sample_weights_at),
       sizes.sample_weights / sizeof(float)}};
}

Status check_shape(const Table& table) {
  const TableShape& shape = table.shape;
  if (shape.rows == 0) return data_error("{}: no rows", table.inputs_name);
  if (shape.features == 0) return data_error("{}: rows without numbers", table.inputs_name);
  if (shape.rows > std::numeric_limits<std::uint32_t>::max()) {
    return data_error("{}: {} rows; at most {} can be used", table.inputs_name, shape.rows,
                      std::numeric_limits<std::uint32_t>::max());
  }
  return {};
}

// Sets classes to the largest label + 1 if the shape has none; otherwise checks all labels.
Status complete_classes(Table& table) {
  if (!table.shape.labelled) return {};
  if (table.shape.classes != 0) return check_labels(table, table.shape.classes);
  const std::span<const std::uint32_t> labels = table.labels();
  table.shape.classes = std::size_t{*std::max_element(labels.begin(), labels.end())} + 1;
  return {};
}

Result<Sizes> checked_sizes(const Table& table) {
  FORKNET_TRY(check_shape(table));
  const std::optional<Sizes> sizes = measure(table.shape);
  if (!sizes) return data_error("{}: more numbers than can be addressed", table.inputs_name);
  return *sizes;
}

Result<TablePointer> finished(Table table, const Sizes& sizes) {
  table.labels_at = sizes.labels_at;
  table.targets_at = sizes.targets_at;
  table.sample_weights_at = sizes.sample_weights_at;
  FORKNET_TRY(complete_classes(table));
  return TablePointer(std::make_shared<const Table>(std::move(table)));
}

// For memory that is not available, with advice if a file could take its place.
Error with_way_on(Error error, const TablePlace& place) {
  if (place.cache != nullptr && !os::names_denial(error)) {
    error.message += "\n  data.cache = \"mapped\" keeps the rows in a file instead";
  }
  return error;
}

bool goes_to_file(const TablePlace& place, const Sizes& sizes) {
  return place.cache != nullptr && place.cache->takes(sizes.total);
}

Result<TablePointer> in_file(Table table, const Sizes& sizes, const TablePlace& place,
                             const std::function<Status(const TableParts&)>& fill) {
  const auto fill_whole = [&](std::span<std::byte> memory) -> Status {
    const TableParts parts = parts_of(memory, sizes);
    FORKNET_TRY(fill(parts));
    // Errors are found before a file is made.
    return table.shape.classes == 0
               ? Status()
               : check_label_range(table.labels_name, parts.labels, table.shape.classes);
  };
  FORKNET_ASSIGN(TableCache::Made made, place.cache->make(table, sizes.total, place, fill_whole));
  table.memory = std::move(made.memory);
  table.paged = true;
  table.known_digest = std::move(made.digest);
  return finished(std::move(table), sizes);
}

// Reserves the inputs in steps aligned for huge pages.
class InputSteps {
 public:
  InputSteps(std::size_t bytes, std::size_t rows, const os::Mapping::Reserve& reserve)
      : bytes_(bytes), row_bytes_(bytes / rows), reserve_(reserve) {}

  [[nodiscard]] Status reserve_rows(std::size_t end) {
    const std::size_t needed = end * row_bytes_;
    if (needed <= reserved_) return {};
    const std::size_t steps = (needed + kStep - 1) / kStep;
    const std::size_t until = std::min(bytes_, steps * kStep);
    FORKNET_TRY(reserve_({reserved_, until}));
    reserved_ = until;
    return {};
  }

 private:
  static constexpr std::size_t kStep = std::size_t{4} << 20;
  const std::size_t bytes_;
  const std::size_t row_bytes_;
  const os::Mapping::Reserve& reserve_;
  std::size_t reserved_ = 0;
};

}  // namespace

const std::uint8_t* Table::u8_row(std::size_t row) const {
  return reinterpret_cast<const std::uint8_t*>(memory.bytes().data()) + row * shape.features;
}

const float* Table::f32_row(std::size_t row) const {
  return reinterpret_cast<const float*>(memory.bytes().data()) + row * shape.features;
}

std::span<const std::uint32_t> Table::labels() const {
  if (!shape.labelled) return {};
  return {reinterpret_cast<const std::uint32_t*>(memory.bytes().data() + labels_at), shape.rows};
}

std::span<const float> Table::targets() const {
  if (shape.outputs == 0) return {};
  return {reinterpret_cast<const float*>(memory.bytes().data() + targets_at),
          shape.rows * shape.outputs};
}

std::span<const float> Table::sample_weights() const {
  if (!shape.weighted) return {};
  return {reinterpret_cast<const float*>(memory.bytes().data() + sample_weights_at), shape.rows};
}

std::string Table::digest() const {
  return known_digest.empty() ? table_digest(shape, memory.bytes()) : known_digest;
}

std::optional<std::size_t> table_bytes(const TableShape& shape) {
  const std::optional<Sizes> sizes = measure(shape);
  return sizes ? std::optional(sizes->total) : std::nullopt;
}

Result<std::optional<TablePointer>> find_table(Table table, TableCache& cache,
                                               const std::string& key) {
  FORKNET_ASSIGN(const Sizes sizes, checked_sizes(table));
  FORKNET_ASSIGN(std::optional<TableCache::Made> made, cache.find(table, sizes.total, key));
  if (!made) return std::optional<TablePointer>();
  table.memory = std::move(made->memory);
  table.paged = true;
  table.known_digest = std::move(made->digest);
  FORKNET_ASSIGN(TablePointer found, finished(std::move(table), sizes));
  return std::optional(std::move(found));
}

std::string table_digest(const TableShape& shape, std::span<const std::byte> memory,
                         const PieceTaken& taken) {
  constexpr std::size_t kPiece = std::size_t{16} << 20;
  const std::array<std::uint64_t, 5> header = {static_cast<std::uint64_t>(shape.element),
                                               shape.rows, shape.features, shape.labelled ? 1U : 0U,
                                               shape.outputs};
  const std::optional<Sizes> sizes = measure(shape);
  FORKNET_CHECK(sizes && memory.size() >= sizes->total);
  Digest digest;
  digest.update(std::as_bytes(std::span(header)));
  const auto add = [&](std::size_t begin, std::size_t bytes) {
    for (const std::size_t end = begin + bytes; begin < end;) {
      const std::size_t until = std::min(end, begin + kPiece);
      digest.update(memory.subspan(begin, until - begin));
      if (taken) taken(begin, until);
      begin = until;
    }
  };
  add(0, sizes->inputs);
  add(sizes->labels_at, sizes->labels);
  add(sizes->targets_at, sizes->targets);
  add(sizes->sample_weights_at, sizes->sample_weights);
  return digest.hex();
}

Result<TablePointer> build_table(Table table, const std::function<Status(const TableParts&)>& fill,
                                 const TablePlace& place) {
  const math::FloatStateScope float_state;  // conversions round as defined
  FORKNET_ASSIGN(const Sizes sizes, checked_sizes(table));
  if (goes_to_file(place, sizes)) return in_file(std::move(table), sizes, place, fill);
  bool reserved = false;
  auto memory =
      os::Mapping::sealed("forknet-data", sizes.total, [&](std::span<std::byte> whole) -> Status {
        reserved = true;
        return fill(parts_of(whole, sizes));
      });
  if (!memory.ok()) return reserved ? memory.error() : with_way_on(memory.error(), place);
  table.memory = std::move(*memory);
  return finished(std::move(table), sizes);
}

Result<TablePointer> build_table_in_steps(
    Table table, const std::function<Status(const TableParts&, const ReserveRows& reserve)>& fill,
    const TablePlace& place) {
  const math::FloatStateScope float_state;  // conversions round as defined
  FORKNET_ASSIGN(const Sizes sizes, checked_sizes(table));
  if (goes_to_file(place, sizes)) {
    return in_file(std::move(table), sizes, place, [&](const TableParts& parts) {
      return fill(parts, [](std::size_t) { return Status(); });
    });
  }
  const std::size_t rows = table.shape.rows;
  bool reserved = true;
  const auto fill_whole = [&](std::span<std::byte> whole,
                              const os::Mapping::Reserve& reserve_bytes) -> Status {
    const os::Mapping::Reserve reserve = [&](const os::Mapping::Bytes& bytes) -> Status {
      Status had = reserve_bytes(bytes);
      reserved = had.ok();
      return had;
    };
    InputSteps steps(sizes.inputs, rows, reserve);
    FORKNET_TRY(reserve({sizes.labels_at, sizes.total}));
    return fill(parts_of(whole, sizes), [&](std::size_t end) { return steps.reserve_rows(end); });
  };
  auto memory = os::Mapping::sealed_in_steps("forknet-data", sizes.total, fill_whole);
  if (!memory.ok()) return reserved ? memory.error() : with_way_on(memory.error(), place);
  table.memory = std::move(*memory);
  return finished(std::move(table), sizes);
}

Status check_labels(const Table& table, std::size_t outputs_of_model) {
  if (!table.shape.labelled) {
    return data_error("{}: no class labels, which the loss of this model needs", table.inputs_name);
  }
  return check_label_range(table.labels_name, table.labels(), outputs_of_model);
}

Status check_targets(const Table& table, std::size_t outputs_of_model) {
  if (table.shape.outputs == 0) return check_labels(table, outputs_of_model);
  if (table.shape.outputs == outputs_of_model) return {};
  return data_error("{}: {} numbers a row, but the model has {} outputs", table.labels_name,
                    table.shape.outputs, outputs_of_model);
}

}  // namespace forknet::data
