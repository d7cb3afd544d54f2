// Rows written in the config (arrays.h) as a format.
#include "data/formats/format.h"

#include "base/try.h"
#include "data/arrays.h"

namespace forknet::data {
namespace {

Result<TablePointer> rows_of(const DataSource& source, bool classes, const char* place) {
  if (source.absent() || source.share != 0) return TablePointer();
  return table_from_rows(source, classes, place);
}

Result<Opened> open_rows(const OpenRequest& request) {
  const DataConfig& config = request.config;
  Opened opened;
  FORKNET_ASSIGN(opened.train, rows_of(config.train, request.classes, "data.train"));
  FORKNET_ASSIGN(opened.validation, rows_of(config.validation, request.classes, "data.validation"));
  FORKNET_ASSIGN(opened.test, rows_of(config.test, request.classes, "data.test"));
  return opened;
}

}  // namespace

Format arrays_format() {
  return {
      DataFormat::arrays, "arrays", "rows in the config", {}, nullptr, open_rows, nullptr, nullptr};
}

}  // namespace forknet::data
