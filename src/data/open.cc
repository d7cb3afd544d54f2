#include "data/open.h"

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "data/arrays.h"
#include "data/error.h"
#include "data/idx.h"
#include "data/idx_header.h"
#include "data/scaling.h"
#include "data/split.h"
#include "math/float_state.h"

namespace forknet::data {
namespace {

// The table of one source; null where it is absent or a share of the training rows.
Result<TablePointer> open_source(const DataSource& source, DataFormat format, bool classes,
                                 const std::string& place) {
  if (source.absent() || source.share != 0) return TablePointer();
  if (format == DataFormat::arrays) return table_from_rows(source, classes, place);
  if (source.inputs.empty() || source.labels.empty()) {
    return Error{ErrorKind::config,
                 fmt::format("{}: format \"idx\" needs both inputs and labels, the "
                             "paths of two files",
                             place)};
  }
  return read_idx(source.inputs, source.labels);
}

// The set must look like the training rows to the model.
Status check_alike(const Table& train, const TablePointer& other) {
  if (!other) return {};
  const TableShape& a = train.shape;
  const TableShape& b = other->shape;
  if (a.features != b.features) {
    return data_error("{}: rows of {} numbers, but {} has rows of {}", other->inputs_name,
                      shape_text(b.row_shape), train.inputs_name, shape_text(a.row_shape));
  }
  if (a.element != b.element) {
    return data_error(
        "{}: the inputs are {}, but {} has {}; both must be of one type to be scaled alike",
        other->inputs_name, b.element == Element::u8 ? "bytes" : "numbers", train.inputs_name,
        a.element == Element::u8 ? "bytes" : "numbers");
  }
  if (a.labelled != b.labelled || a.outputs != b.outputs) {
    return data_error("{}: targets of {} numbers a row, but {} has {}", other->labels_name,
                      b.outputs, train.labels_name, a.outputs);
  }
  return {};
}

std::optional<View> view_of(const TablePointer& own, const TablePointer& train,
                            std::vector<std::uint32_t> rows, const Scaling& scaling) {
  if (own) return View{own, {}, scaling};
  if (rows.empty()) return std::nullopt;
  return View{train, std::move(rows), scaling};
}

// Notes what of the inputs looks like a mistake; `others` are sets with tables of their own.
void warn(DataSets& sets, Scale scale, std::initializer_list<TablePointer> others) {
  const auto add = [&](std::optional<std::string> warning) {
    if (warning) sets.warnings.push_back(std::move(*warning));
  };
  add(unit_warning(sets.inputs, scale, sets.train.table->inputs_name));
  for (const TablePointer& table : others) {
    if (table) add(range_warning(sets.inputs, *table));
  }
}

}  // namespace

Result<DataSets> open_data(const DataConfig& config, std::uint64_t seed, bool classes) {
  FORKNET_ASSIGN(TablePointer train,
                 open_source(config.train, config.format, classes, "data.train"));
  if (!train) {
    return Error{ErrorKind::config,
                 "data.train: nothing to train on; inputs and labels are needed"};
  }
  FORKNET_ASSIGN(const TablePointer validation,
                 open_source(config.validation, config.format, classes, "data.validation"));
  FORKNET_ASSIGN(const TablePointer test,
                 open_source(config.test, config.format, classes, "data.test"));
  return make_sets(std::move(train), validation, test, config, seed);
}

Result<DataSets> make_sets(TablePointer train, const TablePointer& validation,
                           const TablePointer& test, const DataConfig& config, std::uint64_t seed) {
  const math::FloatStateScope float_state;  // of shares and scaling
  FORKNET_TRY(check_alike(*train, validation));
  FORKNET_TRY(check_alike(*train, test));
  const double validation_share = validation ? 0 : config.validation.share;
  const double test_share = test ? 0 : config.test.share;
  Split split;  // no rows: all of them
  if (validation_share > 0 || test_share > 0) {
    const auto rows = static_cast<std::uint32_t>(train->shape.rows);
    FORKNET_ASSIGN(split, split_rows(seed, rows, validation_share, test_share));
  }
  const Scaling scaling = fit_scaling(*train, split.train, config.scale);
  DataSets sets;
  sets.validation = view_of(validation, train, std::move(split.validation), scaling);
  sets.test = view_of(test, train, std::move(split.test), scaling);
  sets.train = View{std::move(train), std::move(split.train), scaling};
  sets.inputs = input_range(sets.train);
  warn(sets, config.scale, {validation, test});
  return sets;
}

}  // namespace forknet::data
