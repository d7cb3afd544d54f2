// A trained model: its layers, the scaling of its inputs, and its weights.
//
// Immutable and cheap to copy: copies share the weights. Threads may use one at the same time.
#pragma once

#include <forknet/config.h>
#include <forknet/dataset.h>
#include <forknet/result.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace forknet {

// Values of some of forknet's metrics, by name, in a fixed array. Holds no pointers: forknet copies
// it to memory that outlives the process.
class MetricValues {
 public:
  struct Named {
    std::string_view metric;
    double value = 0;
  };
  static constexpr std::size_t kMost = 32;  // metrics of forknet

  [[nodiscard]] std::optional<double> find(std::string_view metric) const;
  // `metric`: one that forknet has.
  void set(std::string_view metric, double value);
  // Those that are set, in the order in which they are shown.
  [[nodiscard]] std::vector<Named> all() const;

 private:
  std::array<double, kMost> values_ = {};  // by place in forknet's list
  std::uint32_t set_ = 0;                  // bit i: the metric in place i has a value
};

// The quality of a model on some rows. Classification: loss and accuracy; regression: loss, rmse,
// mae (in units of the targets) and r2 (1 - residual / total sum of squares), over all outputs;
// also accuracy if mse learns class numbers. Model::evaluate() adds all other metrics that the rows
// have (docs/numerics.md, Metrics); training adds the one of checkpoint.best.
struct Evaluation {
  std::uint64_t rows = 0;
  double loss = 0;
  std::optional<double> accuracy;
  std::optional<double> rmse;
  std::optional<double> mae;
  std::optional<double> r2;
  MetricValues others = {};  // of all other metrics

  // The value of a metric by its name, such as "loss" or "f1"; nothing: these rows have none.
  [[nodiscard]] std::optional<double> value(std::string_view metric) const;
  // Sets the value of a metric of that name, which exists.
  void set(std::string_view metric, double value);
};

struct ModelState;
class Model;

// What is read from a file besides a model's inputs.
struct RowsOptions {
  bool targets = false;                // labels or targets, to evaluate with
  std::string labels = {};             // IDX: their file; "": found by name
  std::vector<std::string> keep = {};  // tables: columns passed through as text
  // Pictures: whether they are negatives; automatic: decided by the color of their borders.
  Choice invert = Choice::automatic;
  std::size_t threads = 1;  // for reading text tables; does not change the rows
  // As TrainOptions::on_reading.
  std::function<void(const std::string& file, std::uint64_t done, std::uint64_t all)> on_reading =
      {};
};

// Rows of a file in the form that a model takes.
struct Rows {
  Dataset dataset;
  std::vector<std::string> kept_names = {};
  std::vector<std::string> kept = {};      // (rows, kept_names), row-major
  std::vector<std::string> warnings = {};  // about unusual rows, at most two lines each
};

class Model {
 public:
  // Reads a model.safetensors or a checkpoint of forknet. Errors (data) name the file and what is
  // wrong with it.
  [[nodiscard]] static Result<Model> load(const std::string& path);

  // Writes the model durably as safetensors, for any safetensors reader (docs/formats.md). Errors
  // (internal): the file cannot be written; an older file of that name is intact.
  [[nodiscard]] Status save(const std::string& path) const;

  [[nodiscard]] std::size_t inputs() const;      // numbers per row
  [[nodiscard]] std::size_t outputs() const;     // numbers per row
  [[nodiscard]] std::size_t parameters() const;  // weights and biases
  [[nodiscard]] std::string describe() const;    // "784-512-256-10"
  // XXH3-128 over the weights in model order (docs/numerics.md).
  [[nodiscard]] std::string digest() const;

  // Outputs (rows, outputs) for raw inputs (rows, inputs), both row-major: class probabilities
  // after a softmax loss, otherwise the values of the last layer, in the units of the targets. The
  // outputs of a row do not depend on other rows, to the bit. Errors (data): a size that is not a
  // multiple of inputs(), lack of memory.
  [[nodiscard]] Result<std::vector<float>> predict(std::span<const float> rows) const;
  // The same for the rows of a data set. Error (data): it does not match the model.
  [[nodiscard]] Result<std::vector<float>> predict(const Dataset& dataset) const;

  // Loss and all metrics on a data set with labels or targets. Errors (data): it does not match the
  // model.
  [[nodiscard]] Result<Evaluation> evaluate(const Dataset& dataset) const;

  // Reads rows of a file of the kind that the model was trained on: IDX, plain or gzip; a table,
  // whose columns are found by name in any order and get the stored preparation, and whose unused
  // columns are skipped; arrays of numpy; a picture or a folder of pictures, converted to the size
  // and colors of the training. Errors (data): a missing column, a value that is not a number, a
  // class unknown to the model; they name file, line and column.
  [[nodiscard]] Result<Rows> read_rows(const std::string& path,
                                       const RowsOptions& options = {}) const;
  // Names of the classes by number; empty if the model has none.
  [[nodiscard]] std::vector<std::string> class_names() const;
  // Names of the target columns; empty if the model was not trained on a table.
  [[nodiscard]] std::vector<std::string> target_names() const;

  // Why results on these rows may be wrong although their size is right: inputs of another element
  // type or range than those of the training (bytes then, 0..1 now). At most two lines; nothing if
  // they look alike, or the model is of an earlier version that does not store it.
  [[nodiscard]] std::optional<std::string> warning(const Dataset& dataset) const;

 private:
  friend struct ModelInternals;
  explicit Model(std::shared_ptr<const ModelState> state) : state_(std::move(state)) {}
  std::shared_ptr<const ModelState> state_;
};

}  // namespace forknet
