// Arrays of numpy (read.h) as a format.
#include "data/formats/format.h"

#include "base/try.h"
#include "data/error.h"
#include "data/formats/npy/inspect.h"
#include "data/formats/npy/read.h"
#include "math/float_state.h"

namespace forknet::data {
namespace {

// A zip whose first member is an array; other zips belong to other formats.
bool begins_with_array(std::string_view head) {
  constexpr std::size_t kLengthAt = 26;
  constexpr std::size_t kNameAt = 30;
  if (!head.starts_with("PK\x03\x04") || head.size() < kNameAt) return false;
  const std::size_t length = static_cast<unsigned char>(head[kLengthAt]) +
                             std::size_t{256} * static_cast<unsigned char>(head[kLengthAt + 1]);
  return head.substr(kNameAt, length).ends_with(".npy");
}

bool looks_like_npy(std::string_view head) {
  return head.starts_with("\x93NUMPY") || begins_with_array(head);
}

Result<TablePointer> read_set(const DataSource& source, NpzPart part, const OpenRequest& request) {
  if (source.absent() || source.share != 0) return TablePointer();
  return read_npy({source.inputs, source.labels, part}, request.classes, request.reading);
}

// Target scaling is fitted to training rows only, so shares are split off here, as elsewhere.
Status scale_targets(const OpenRequest& request, Opened& opened) {
  const DataConfig& config = request.config;
  if (opened.train == nullptr || opened.train->targets().empty() ||
      config.target_scale == TargetScale::none) {
    return {};
  }
  const double validation = opened.validation ? 0 : config.validation.share;
  const double test = opened.test ? 0 : config.test.share;
  if (validation > 0 || test > 0) {
    const auto rows = static_cast<std::uint32_t>(opened.train->shape.rows);
    FORKNET_ASSIGN(opened.split, split_rows(request.seed, rows, validation, test));
  }
  const math::FloatStateScope float_state;  // for the sums
  const std::vector<std::uint32_t> rows =
      opened.split ? opened.split->train : std::vector<std::uint32_t>();
  opened.targets = fit_target_scaling(opened.train->targets(), opened.train->shape.outputs, rows);
  return {};
}

Result<Opened> open_npy_sets(const OpenRequest& request) {
  const DataConfig& config = request.config;
  Opened opened;
  FORKNET_ASSIGN(opened.train, read_set(config.train, NpzPart::train, request));
  FORKNET_ASSIGN(opened.validation, read_set(config.validation, NpzPart::validation, request));
  FORKNET_ASSIGN(opened.test, read_set(config.test, NpzPart::test, request));
  FORKNET_TRY(scale_targets(request, opened));
  return opened;
}

Result<ModelRows> npy_rows(const RowsRequest& request) {
  if (request.preparation != nullptr && request.preparation->of_columns()) {
    return data_error("{}: the model takes a table with columns, such as {}, but this is an array",
                      request.inputs, request.preparation->columns.front().name);
  }
  if (!request.keep.empty()) {
    return Error{ErrorKind::usage, "--keep passes columns of tables through; arrays have none"};
  }
  ModelRows rows;
  if (request.targets) {
    FORKNET_ASSIGN(rows.table, read_npy({request.inputs, request.labels, NpzPart::test},
                                        request.classes, request.reading));
  } else {
    FORKNET_ASSIGN(rows.table, read_npy_inputs(request.inputs, request.reading.progress,
                                               request.reading.cache));
  }
  return rows;
}

Result<std::string> npy_text(const InspectRequest& request) {
  return inspect_npy(request.path, request.json, request.reading.progress);
}

}  // namespace

Format npy_format() {
  return {DataFormat::npy,  "npy",          "arrays of numpy, NPY or NPZ",
          {"target_scale"}, looks_like_npy, open_npy_sets,
          npy_rows,         npy_text};
}

}  // namespace forknet::data
