#include "data/formats/npy/read.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "base/try.h"
#include "data/error.h"
#include "data/formats/npy/archive.h"
#include "data/formats/npy/header.h"
#include "data/formats/npy/numbers.h"
#include "data/formats/npy/source.h"
#include "data/formats/npy/weights.h"
#include "data/idx_header.h"

namespace forknet::data {
namespace {

constexpr double kLargestLabel = 4294967294.0;  // so that the number of classes fits 32 bits

// The reader with its version. Raise it when files are read into other rows than before: otherwise
// old mapped files would be used (table_place.h). Array names may hold any character, so each is
// stored with its length.
std::string preparation(bool classes, const std::string& inputs, const std::string& labels,
                        const std::string& weights) {
  std::string text =
      fmt::format("npy 1 {} {}:{} {}:{}", classes, inputs.size(), inputs, labels.size(), labels);
  if (!weights.empty()) text += fmt::format(" {}:{}", weights.size(), weights);
  return text;
}

Result<OpenArray> open_array(const NpyPath& path, const ReadingProgress& progress) {
  NpySource source;
  if (path.member.empty()) {
    FORKNET_ASSIGN(source, open_npy_file(path.file));
  } else {
    FORKNET_ASSIGN(source, open_npz_member(path.file, path.member));
  }
  FORKNET_ASSIGN(NpyHeader header, read_npy_header(source));
  source.progress = progress;
  return OpenArray{std::move(source), std::move(header)};
}

// Whether the path names an array.
Result<bool> is_one_array(const NpyPath& path) {
  FORKNET_ASSIGN(const NpyFile kind, npy_file_kind(path.file));
  if (kind == NpyFile::archive) return !path.member.empty();
  if (path.member.empty()) return true;
  return data_error("{}: one array, not an archive: \":{}\" names nothing in it", path.file,
                    path.member);
}

struct ArrayPaths {
  NpyPath inputs;
  NpyPath labels;
};

// Both in one archive; one of them may be named.
Status find_in_archive(NpzPart part, ArrayPaths& paths) {
  FORKNET_ASSIGN(const std::vector<std::string> members, npz_members(paths.inputs.file));
  NpzPair pair{paths.inputs.member, paths.labels.member};
  if (pair.inputs.empty() && pair.labels.empty()) {
    FORKNET_ASSIGN(pair, choose_pair(paths.inputs.file, members, part));
  } else {
    FORKNET_ASSIGN(pair, complete_pair(paths.inputs.file, members, pair));
  }
  paths.inputs.member = pair.inputs;
  paths.labels.member = pair.labels;
  return {};
}

// The files; their arrays are known only if they are named.
ArrayPaths array_files(const NpyPaths& given) {
  ArrayPaths paths{npy_path(given.inputs), npy_path(given.labels)};
  if (given.labels.empty()) paths.labels.file = paths.inputs.file;
  return paths;
}

Result<ArrayPaths> find_arrays(const NpyPaths& given, ArrayPaths paths) {
  FORKNET_ASSIGN(const bool inputs_known, is_one_array(paths.inputs));
  if (given.labels.empty()) {
    FORKNET_ASSIGN(const NpyFile kind, npy_file_kind(paths.inputs.file));
    if (kind == NpyFile::array) {
      return data_error(
          "{}: one array, and no labels are named\n"
          "labels are an array of their own: {{ inputs = \"{}\", labels = \"FILE.npy\" }}",
          given.inputs, given.inputs);
    }
  }
  bool labels_known = false;
  if (!given.labels.empty()) {
    FORKNET_ASSIGN(labels_known, is_one_array(paths.labels));
  }
  if (inputs_known && labels_known) return paths;
  if (paths.inputs.file == paths.labels.file) {
    FORKNET_TRY(find_in_archive(given.part, paths));
    return paths;
  }
  const NpyPath& unnamed = inputs_known ? paths.labels : paths.inputs;
  FORKNET_ASSIGN(const std::vector<std::string> members, npz_members(unnamed.file));
  if (members.size() == 1) {
    (inputs_known ? paths.labels : paths.inputs).member = members.front();
    return paths;
  }
  return data_error("{}: {} arrays in the archive; name one: \"{}:NAME\"", unnamed.file,
                    members.size(), unnamed.file);
}

// The array of the weights of `inputs`; no name: there is none.
Result<NpyPath> find_weights(const NpyPaths& given, const NpyPath& inputs) {
  NpyPath weights;
  if (given.weights.empty()) return weights;
  if (!inputs.member.empty()) {
    FORKNET_ASSIGN(const std::vector<std::string> members, npz_members(inputs.file));
    FORKNET_ASSIGN(const auto found,
                   choose_weights(inputs.file, members, given.weights, inputs.member));
    if (found) return NpyPath{inputs.file, *found};
    if (given.part != NpzPart::train) return weights;
    return data_error(
        "{}: data.weight names an array \"{}\" that is not there for {}\n  it holds {}",
        inputs.file, given.weights, inputs.member, array_names(members));
  }
  if (given.part != NpzPart::train) return weights;
  return data_error(
      "{}: data.weight = \"{}\" names an array of an archive, but this is one array\n"
      "  one archive holds them all: numpy.savez(\"set.npz\", x=x, y=y, {}=weights)",
      given.inputs, given.weights, given.weights);
}

// (rows) or (rows, 1).
Status check_one_a_row(const OpenArray& labels) {
  if (labels.header.features == 1 && labels.header.shape.size() <= 2) return {};
  return data_error(
      "{}: the shape is {}; class labels are one number a row\n"
      "of one-hot rows save labels.argmax(axis=1)",
      labels.source.name, shape_text(labels.header.shape));
}

Status check_rows(const OpenArray& labels, const OpenArray& inputs) {
  if (labels.header.rows() == inputs.header.rows()) return {};
  return data_error("{}: {} labels, but {} has {} rows", labels.source.name, labels.header.rows(),
                    inputs.source.name, inputs.header.rows());
}

Table describe(const OpenArray& inputs) {
  const NpyHeader& header = inputs.header;
  Table table;
  table.inputs_name = inputs.source.name;
  table.shape.element = header.type.is_u1() ? Element::u8 : Element::f32;
  table.shape.rows = header.rows();
  table.shape.features = header.features;
  table.shape.row_shape.assign(header.shape.begin() + 1, header.shape.end());
  if (table.shape.row_shape.empty()) table.shape.row_shape = {1};
  return table;
}

Status read_floats(const OpenArray& array, std::span<float> to) {
  FORKNET_TRY(read_npy_numbers(array.source, array.header, to));
  return check_npy_finite(array.source, array.header, to);
}

Status read_inputs(const OpenArray& inputs, std::span<std::byte> memory) {
  if (!inputs.header.type.is_u1()) {
    return read_floats(inputs, {reinterpret_cast<float*>(memory.data()), inputs.header.numbers()});
  }
  return read_npy_numbers(inputs.source, inputs.header,
                          {reinterpret_cast<std::uint8_t*>(memory.data()), memory.size()});
}

Status read_labels(const OpenArray& array, std::span<std::uint32_t> labels) {
  std::vector<double> numbers(labels.size());
  FORKNET_TRY(read_npy_numbers(array.source, array.header, numbers));
  for (std::size_t row = 0; row < labels.size(); ++row) {
    const double number = numbers[row];
    if (!(number >= 0 && number <= kLargestLabel) || number != std::floor(number)) {
      return data_error("{}: row {}: {} is not a class number; labels are 0, 1, 2, ...",
                        array.source.name, row, number);
    }
    labels[row] = static_cast<std::uint32_t>(number);
  }
  return {};
}

}  // namespace

Result<NpySet> read_npy_set(const NpyPaths& paths, bool classes, const Reading& reading) {
  const ArrayPaths files = array_files(paths);
  TablePlace place = {
      reading.cache, {source_file(files.inputs.file), source_file(files.labels.file)}, ""};
  FORKNET_ASSIGN(const ArrayPaths arrays, find_arrays(paths, files));
  FORKNET_ASSIGN(OpenArray inputs, open_array(arrays.inputs, reading.progress));
  FORKNET_ASSIGN(OpenArray labels, open_array(arrays.labels, reading.progress));
  if (classes) FORKNET_TRY(check_one_a_row(labels));
  FORKNET_TRY(check_rows(labels, inputs));
  FORKNET_ASSIGN(const NpyPath weights_path, find_weights(paths, arrays.inputs));
  Table table = describe(inputs);
  table.labels_name = labels.source.name;
  table.shape.labelled = classes;
  table.shape.outputs = classes ? 0 : labels.header.features;
  NpySet set;
  RowWeights weights;
  if (!weights_path.member.empty()) {
    FORKNET_ASSIGN(const OpenArray array, open_array(weights_path, reading.progress));
    FORKNET_ASSIGN(weights, read_npy_weights(array, inputs));
    set.weights = array.source.name;
    table.shape.weighted = true;
  }
  inputs = counted_rows(std::move(inputs), weights);
  labels = counted_rows(std::move(labels), weights);
  set.left_out = table.shape.rows - inputs.header.rows();
  table.shape.rows = inputs.header.rows();
  place.preparation =
      preparation(classes, arrays.inputs.member, arrays.labels.member, weights_path.member);
  const auto fill = [&](const TableParts& parts) -> Status {
    const std::vector<float> counted = counted_weights(weights);
    std::copy(counted.begin(), counted.end(), parts.sample_weights.begin());
    if (classes) {
      FORKNET_TRY(read_labels(labels, parts.labels));
    } else {
      FORKNET_TRY(read_floats(labels, parts.targets));
    }
    return read_inputs(inputs, parts.inputs);
  };
  FORKNET_ASSIGN(set.table, build_table(std::move(table), fill, place));
  return set;
}

Result<TablePointer> read_npy(const NpyPaths& paths, bool classes, const Reading& reading) {
  FORKNET_ASSIGN(NpySet set, read_npy_set(paths, classes, reading));
  return std::move(set.table);
}

Result<TablePointer> read_npy_inputs(const std::string& inputs_path,
                                     const ReadingProgress& progress, TableCache* cache) {
  NpyPath path = npy_path(inputs_path);
  FORKNET_ASSIGN(const bool known, is_one_array(path));
  if (!known) {
    FORKNET_ASSIGN(const std::vector<std::string> members, npz_members(path.file));
    FORKNET_ASSIGN(path.member, choose_inputs(path.file, members));
  }
  FORKNET_ASSIGN(const OpenArray inputs, open_array(path, progress));
  return build_table(
      describe(inputs),
      [&](const TableParts& parts) -> Status { return read_inputs(inputs, parts.inputs); },
      {cache});
}

}  // namespace forknet::data
