// Rows of inputs with what a model shall say about them, decoded once and never changed.
//
//   const std::vector<float> inputs = {0, 0, 0, 1, 1, 0, 1, 1}, targets = {0, 1, 1, 0};
//   auto xor_data = forknet::Dataset::from_arrays(inputs, 2, targets, 1);
//
// Cheap to copy: copies share the rows. Any number of threads may use one.
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
  // For regression: inputs (rows, features) and targets (rows, outputs), row-major, all finite. The
  // numbers are copied. `sample_weights` (rows), or none: what each row counts in losses, gradients
  // and figures, finite and at least 0; a weight of 2 is the row twice, rows of weight 0 are left
  // out. Errors, kind data: no rows, sizes that do not fit each other, NaN, infinity, weights that
  // are negative or all 0.
  [[nodiscard]] static Result<Dataset> from_arrays(std::span<const float> inputs,
                                                   std::size_t features,
                                                   std::span<const float> targets,
                                                   std::size_t outputs,
                                                   std::span<const float> sample_weights = {});

  // For classification: inputs (rows, features) and a label a row, 0 .. classes - 1. classes = 0:
  // the largest label + 1. Weights and errors as above, and labels out of range.
  [[nodiscard]] static Result<Dataset> from_classes(std::span<const float> inputs,
                                                    std::size_t features,
                                                    std::span<const std::uint32_t> labels,
                                                    std::size_t classes = 0,
                                                    std::span<const float> sample_weights = {});

  // For classification, from two IDX files, plain or gzip (the format of MNIST; docs/formats.md).
  // Errors, kind data: a file that is missing, cut short, damaged or of another format, sizes that
  // do not fit each other; the message names the file and the place.
  [[nodiscard]] static Result<Dataset> from_idx(const std::string& inputs_path,
                                                const std::string& labels_path);

  // Inputs alone, from one IDX file: rows to predict, with neither labels nor targets. Errors as
  // above.
  [[nodiscard]] static Result<Dataset> from_idx_inputs(const std::string& inputs_path);

  // How many rows there are, at least 1.
  [[nodiscard]] std::size_t rows() const;
  // Numbers in a row of inputs.
  [[nodiscard]] std::size_t features() const;
  // What a model for this data has as outputs: numbers in a row of targets, or the classes.
  [[nodiscard]] std::size_t outputs() const;
  // Labels are below this; 0: targets are numbers (regression).
  [[nodiscard]] std::size_t classes() const;

 private:
  friend class Model;  // read_rows()
  friend struct DatasetInternals;
  explicit Dataset(std::shared_ptr<const data::Table> table);
  std::shared_ptr<const data::Table> table_;
};

}  // namespace forknet
