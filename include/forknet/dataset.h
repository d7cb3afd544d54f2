// Rows of inputs with their labels or targets, decoded once and immutable.
//
//   const std::vector<float> inputs = {0, 0, 0, 1, 1, 0, 1, 1}, targets = {0, 1, 1, 0};
//   auto xor_data = forknet::Dataset::from_arrays(inputs, 2, targets, 1);
//
// Cheap to copy: copies share the rows. Any number of threads may use one at the same time.
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace forknet {

namespace data {
struct Table;
}

class Dataset {
 public:
  // For regression: inputs (rows, features) and targets (rows, outputs), row-major, all finite.
  // Copies the numbers. `sample_weights` (rows), or none: the weight of each row in losses,
  // gradients and figures, finite and at least 0; weight 2 counts as the row twice, rows of weight
  // 0 are left out. Errors, kind data: no rows, sizes that do not match, NaN, infinity, weights
  // that are negative or all 0.
  [[nodiscard]] static Result<Dataset> from_arrays(std::span<const float> inputs,
                                                   std::size_t features,
                                                   std::span<const float> targets,
                                                   std::size_t outputs,
                                                   std::span<const float> sample_weights = {});

  // For classification: inputs (rows, features) and one label per row, 0 .. classes - 1. classes =
  // 0: the largest label + 1. Weights and errors as above; also an error: labels out of range.
  [[nodiscard]] static Result<Dataset> from_classes(std::span<const float> inputs,
                                                    std::size_t features,
                                                    std::span<const std::uint32_t> labels,
                                                    std::size_t classes = 0,
                                                    std::span<const float> sample_weights = {});

  // For classification, from two IDX files, plain or gzip (the format of MNIST; docs/formats.md).
  // Errors, kind data: a file that is missing, truncated, damaged or of another format, sizes that
  // do not match; the message names the file and the place.
  [[nodiscard]] static Result<Dataset> from_idx(const std::string& inputs_path,
                                                const std::string& labels_path);

  // Inputs only, from one IDX file: rows to predict, without labels or targets. Errors as above.
  [[nodiscard]] static Result<Dataset> from_idx_inputs(const std::string& inputs_path);

  // The number of rows, at least 1.
  [[nodiscard]] std::size_t rows() const;
  // Numbers per row of inputs.
  [[nodiscard]] std::size_t features() const;
  // The outputs of a model for this data: numbers per row of targets, or classes.
  [[nodiscard]] std::size_t outputs() const;
  // The number of classes; labels are below it. 0: targets are numbers (regression).
  [[nodiscard]] std::size_t classes() const;

 private:
  friend class Model;  // read_rows()
  friend struct DatasetInternals;
  explicit Dataset(std::shared_ptr<const data::Table> table);
  std::shared_ptr<const data::Table> table_;
};

}  // namespace forknet
