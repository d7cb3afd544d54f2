// Arrays of numpy (read.h) as a format.
#include "data/formats/format.h"

#include <string>
#include <utility>
#include <variant>

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

// The name of the array of weights; empty: none.
Result<std::string> weights_of(const TableConfig& config) {
  if (config.weight.empty()) return std::string();
  const auto* name = std::get_if<std::string>(&config.weight.front());
  if (config.weight.size() == 1 && name != nullptr && !name->empty()) return *name;
  return Error{ErrorKind::config,
               "data.weight: of arrays of numpy it is the name of one array of the .npz"};
}

void take_notes(const NpySet& set, const std::string& weights, std::vector<std::string>& warnings) {
  const Table& table = *set.table;
  if (!weights.empty() && set.weights.empty()) {
    warnings.push_back(fmt::format(
        "note: {}: there is no array \"{}\" of weights for it, so that all rows count alike",
        table.inputs_name, weights));
  }
  if (set.left_out > 0) {
    warnings.push_back(fmt::format("note: {}: {} rows have the weight 0 and are left out; {} stay",
                                   table.inputs_name, set.left_out, table.shape.rows));
  }
}

// The sets of one run.
class SetReader {
 public:
  SetReader(const OpenRequest& request, Opened& opened) : request_(request), opened_(opened) {}

  // Training first.
  Result<TablePointer> read(const DataSource& source, NpzPart part) {
    if (source.absent() || source.share != 0) return TablePointer();
    FORKNET_ASSIGN(NpySet set, read_npy_set({source.inputs, source.labels, part, opened_.weights},
                                            request_.classes, request_.reading));
    take_notes(set, opened_.weights, opened_.warnings);
    if (part == NpzPart::train) weights_ = set.weights;
    const std::string& inputs = set.table->inputs_name;
    const std::string trained = opened_.train ? opened_.train->inputs_name : inputs;
    if (set.weights.empty() || set.weights != weights_ || inputs == trained) {
      return std::move(set.table);
    }
    return data_error(
        "{}: the weights of two sets, {} and {}\n"
        "  each set has an array of its own, such as {}_train and {}_test",
        weights_, trained, inputs, opened_.weights, opened_.weights);
  }

 private:
  const OpenRequest& request_;
  Opened& opened_;
  std::string weights_;  // the array of training
};

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
  opened.targets = fit_target_scaling(opened.train->targets(), opened.train->shape.outputs, rows,
                                      opened.train->sample_weights());
  return {};
}

Result<Opened> open_npy_sets(const OpenRequest& request) {
  const DataConfig& config = request.config;
  Opened opened;
  FORKNET_ASSIGN(opened.weights, weights_of(config.table));
  SetReader sets(request, opened);
  FORKNET_ASSIGN(opened.train, sets.read(config.train, NpzPart::train));
  FORKNET_ASSIGN(opened.validation, sets.read(config.validation, NpzPart::validation));
  FORKNET_ASSIGN(opened.test, sets.read(config.test, NpzPart::test));
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
    const bool weighted = request.preparation != nullptr && request.preparation->weight;
    const std::string weights = weighted ? request.preparation->weight->name : "";
    FORKNET_ASSIGN(NpySet set,
                   read_npy_set({request.inputs, request.labels, NpzPart::test, weights},
                                request.classes, request.reading));
    take_notes(set, weights, rows.warnings);
    rows.table = std::move(set.table);
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
  return {"npy",
          "arrays of numpy, NPY or NPZ",
          {"target_scale", "weight", "augment"},
          looks_like_npy,
          open_npy_sets,
          npy_rows,
          npy_text};
}

}  // namespace forknet::data
