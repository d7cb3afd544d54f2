// Rows written in the config (arrays.h) as a format.
#include "data/formats/format.h"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/try.h"
#include "data/arrays.h"
#include "data/error.h"

namespace forknet::data {
namespace {

using Column = std::optional<std::int64_t>;

// The column of weights; nothing: all rows count alike.
Result<Column> weight_column(const TableConfig& config) {
  if (config.weight.empty()) return Column();
  const auto* place = std::get_if<std::int64_t>(&config.weight.front());
  if (config.weight.size() == 1 && place != nullptr) return Column(*place);
  return Error{ErrorKind::config,
               "data.weight: of rows in the config it is the position of one column of the inputs, "
               "such as -1 for the last"};
}

Result<TablePointer> rows_of(const DataSource& source, bool classes, const char* place,
                             Column weight, std::vector<std::string>& warnings) {
  if (source.absent() || source.share != 0) return TablePointer();
  FORKNET_ASSIGN(TablePointer table, table_from_rows(source, classes, place, weight));
  if (const std::size_t left_out = source.input_rows.size() - table->shape.rows; left_out > 0) {
    warnings.push_back(fmt::format("note: {}: {} rows have the weight 0 and are left out; {} stay",
                                   place, left_out, table->shape.rows));
  }
  return table;
}

Result<Opened> open_rows(const OpenRequest& request) {
  const DataConfig& config = request.config;
  Opened opened;
  FORKNET_ASSIGN(const Column weight, weight_column(config.table));
  FORKNET_ASSIGN(opened.train,
                 rows_of(config.train, request.classes, "data.train", weight, opened.warnings));
  FORKNET_ASSIGN(opened.validation, rows_of(config.validation, request.classes, "data.validation",
                                            weight, opened.warnings));
  FORKNET_ASSIGN(opened.test,
                 rows_of(config.test, request.classes, "data.test", weight, opened.warnings));
  return opened;
}

}  // namespace

Format arrays_format() {
  return {"arrays", "rows in the config", {"weight"}, nullptr, open_rows, nullptr, nullptr};
}

}  // namespace forknet::data
