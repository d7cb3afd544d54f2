#include <forknet/dataset.h>

#include <utility>

#include "base/try.h"
#include "data/arrays.h"
#include "data/idx.h"
#include "data/table.h"

namespace forknet {

Result<Dataset> Dataset::from_arrays(std::span<const float> inputs, std::size_t features,
                                     std::span<const float> targets, std::size_t outputs,
                                     std::span<const float> sample_weights) {
  FORKNET_ASSIGN(data::TablePointer table,
                 data::table_from_arrays(inputs, features, targets, outputs, sample_weights));
  return Dataset(std::move(table));
}

Result<Dataset> Dataset::from_classes(std::span<const float> inputs, std::size_t features,
                                      std::span<const std::uint32_t> labels, std::size_t classes,
                                      std::span<const float> sample_weights) {
  FORKNET_ASSIGN(data::TablePointer table,
                 data::table_from_classes(inputs, features, labels, classes, sample_weights));
  return Dataset(std::move(table));
}

Result<Dataset> Dataset::from_idx(const std::string& inputs_path, const std::string& labels_path) {
  FORKNET_ASSIGN(data::TablePointer table, data::read_idx(inputs_path, labels_path));
  return Dataset(std::move(table));
}

Result<Dataset> Dataset::from_idx_inputs(const std::string& inputs_path) {
  FORKNET_ASSIGN(data::TablePointer table, data::read_idx_inputs(inputs_path));
  return Dataset(std::move(table));
}

Dataset::Dataset(std::shared_ptr<const data::Table> table) : table_(std::move(table)) {}

std::size_t Dataset::rows() const { return table_->shape.rows; }
std::size_t Dataset::features() const { return table_->shape.features; }
std::size_t Dataset::classes() const { return table_->shape.classes; }

std::size_t Dataset::outputs() const {
  return table_->shape.outputs != 0 ? table_->shape.outputs : table_->shape.classes;
}

}  // namespace forknet
