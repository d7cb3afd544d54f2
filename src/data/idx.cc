#include "data/idx.h"

#include <cmath>
#include <limits>
#include <utility>

#include "base/try.h"
#include "data/error.h"
#include "data/idx_header.h"

namespace forknet::data {
namespace {

// The reader with its version. Raise it when files are read into other rows than before: otherwise
// old mapped files would be used (table_place.h).
constexpr const char* kPreparation = "idx 1";

// An open IDX file with a checked header.
struct OpenIdx {
  ByteSource source;
  IdxHeader header;
};

Result<OpenIdx> open_idx(const std::string& path) {
  FORKNET_ASSIGN(ByteSource source, ByteSource::open(path));
  FORKNET_ASSIGN(IdxHeader header, read_idx_header(source));
  return OpenIdx{std::move(source), std::move(header)};
}

Status read_f32_inputs(OpenIdx& file, std::span<std::byte> memory,
                       const ReadingProgress& progress) {
  auto* inputs = reinterpret_cast<float*>(memory.data());
  const std::size_t features = file.header.features;
  return read_idx_numbers(
      file.source, file.header,
      [&](std::size_t first, std::span<const double> numbers) -> Status {
        for (std::size_t i = 0; i < numbers.size(); ++i) {
          // Written so that NaN fails too.
          if (!(std::abs(numbers[i]) <= double{std::numeric_limits<float>::max()})) {
            return data_error("{}: row {}, column {}: {} is not a finite fp32 number",
                              file.source.path(), (first + i) / features, (first + i) % features,
                              numbers[i]);
          }
          inputs[first + i] = static_cast<float>(numbers[i]);
        }
        return {};
      },
      progress);
}

Status read_inputs(OpenIdx& file, std::span<std::byte> memory, const ReadingProgress& progress) {
  if (file.header.type != IdxType::u8) return read_f32_inputs(file, memory, progress);
  FORKNET_TRY(read_idx_bytes(file.source, file.header, memory, progress));
  return expect_idx_end(file.source, file.header);
}

Status read_labels(OpenIdx& file, std::span<std::uint32_t> labels) {
  return read_idx_numbers(file.source, file.header,
                          [&](std::size_t first, std::span<const double> numbers) -> Status {
                            for (std::size_t i = 0; i < numbers.size(); ++i) {
                              if (numbers[i] < 0) {
                                return data_error("{}: row {}: label {}; labels are 0, 1, 2, ...",
                                                  file.source.path(), first + i, numbers[i]);
                              }
                              labels[first + i] = static_cast<std::uint32_t>(numbers[i]);
                            }
                            return {};
                          });
}

Status check_labels_header(const OpenIdx& labels, const OpenIdx& inputs) {
  const std::string& path = labels.source.path();
  if (!idx_is_integer(labels.header.type)) {
    return data_error("{}: the numbers are {}; labels are whole numbers (u8, i8, i16, i32)", path,
                      idx_type_name(labels.header.type));
  }
  if (labels.header.shape.size() != 1) {
    return data_error(
        "{}: the shape is {}; labels are one number a row\n"
        "are inputs and labels the wrong way round?",
        path, shape_text(labels.header.shape));
  }
  if (labels.header.rows() != inputs.header.rows()) {
    return data_error("{}: {} labels, but {} has {} rows", path, labels.header.rows(),
                      inputs.source.path(), inputs.header.rows());
  }
  return {};
}

Table describe(const OpenIdx& inputs) {
  const IdxHeader& header = inputs.header;
  Table table;
  table.inputs_name = inputs.source.path();
  table.shape.element = header.type == IdxType::u8 ? Element::u8 : Element::f32;
  table.shape.rows = header.rows();
  table.shape.features = header.features;
  table.shape.row_shape.assign(header.shape.begin() + 1, header.shape.end());
  if (table.shape.row_shape.empty()) table.shape.row_shape = {1};
  return table;
}

}  // namespace

Result<TablePointer> read_idx(const std::string& inputs_path, const std::string& labels_path,
                              const Reading& reading) {
  const TablePlace place = {
      reading.cache, {source_file(inputs_path), source_file(labels_path)}, kPreparation};
  FORKNET_ASSIGN(OpenIdx inputs, open_idx(inputs_path));
  FORKNET_ASSIGN(OpenIdx labels, open_idx(labels_path));
  FORKNET_TRY(check_labels_header(labels, inputs));
  Table table = describe(inputs);
  table.labels_name = labels_path;
  table.shape.labelled = true;
  return build_table(
      std::move(table),
      [&](const TableParts& parts) -> Status {
        FORKNET_TRY(read_labels(labels, parts.labels));
        return read_inputs(inputs, parts.inputs, reading.progress);
      },
      place);
}

Result<TablePointer> read_idx_inputs(const std::string& inputs_path,
                                     const ReadingProgress& progress, TableCache* cache) {
  FORKNET_ASSIGN(OpenIdx inputs, open_idx(inputs_path));
  return build_table(
      describe(inputs),
      [&](const TableParts& parts) { return read_inputs(inputs, parts.inputs, progress); },
      {cache});
}

}  // namespace forknet::data
