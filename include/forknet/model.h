// A trained model: what it computes, how inputs are scaled before it, and its weights.
//
// Immutable and cheap to copy: copies share the weights. Any number of threads may use one.
#pragma once

#include <forknet/config.h>
#include <forknet/dataset.h>
#include <forknet/result.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace forknet {

// How well a model does on some rows. Classification: loss and accuracy; regression: loss, rmse,
// mae (in units of the targets) and r2 (1 - residual / total sum of squares), over all outputs,
// and accuracy too where mse learns class numbers.
struct Evaluation {
  std::uint64_t rows = 0;
  double loss = 0;
  std::optional<double> accuracy;
  std::optional<double> rmse;
  std::optional<double> mae;
  std::optional<double> r2;
};

struct ModelState;
class Model;

// What is taken from a file besides a model's inputs.
struct RowsOptions {
  bool targets = false;                // labels or targets, to evaluate with
  std::string labels = {};             // IDX: their file; "": the one whose name fits
  std::vector<std::string> keep = {};  // tables: columns that are passed through as they stand
  // Pictures: whether they are taken as negatives; automatic: those whose borders say so.
  Choice invert = Choice::automatic;
  std::size_t threads = 1;  // that read a table of text; the rows are the same for any number
  // As TrainOptions::on_reading.
  std::function<void(const std::string& file, std::uint64_t done, std::uint64_t all)> on_reading =
      {};
};

// Rows of a file as a model takes them.
struct Rows {
  Dataset dataset;
  std::vector<std::string> kept_names = {};
  std::vector<std::string> kept = {};      // (rows, kept_names), row-major
  std::vector<std::string> warnings = {};  // of what is odd about them, two lines at most each
};

class Model {
 public:
  // Reads a model.safetensors or a checkpoint that forknet wrote. Errors (data) name the file and
  // what is wrong with it.
  [[nodiscard]] static Result<Model> load(const std::string& path);

  // Writes the model durably as safetensors: any safetensors reader opens it (docs/formats.md).
  [[nodiscard]] Status save(const std::string& path) const;

  [[nodiscard]] std::size_t inputs() const;
  [[nodiscard]] std::size_t outputs() const;
  [[nodiscard]] std::size_t parameters() const;
  [[nodiscard]] std::string describe() const;  // "784-512-256-10"
  // XXH3-128 over the weights in model order (docs/numerics.md).
  [[nodiscard]] std::string digest() const;

  // Outputs (rows, outputs) for raw inputs (rows, inputs), both row-major: class probabilities
  // after a softmax loss, else the values of the last layer, in the units of the targets. A row's
  // outputs do not depend on the rows beside it, to the bit. Errors (data): a size that is no
  // multiple of inputs(), memory.
  [[nodiscard]] Result<std::vector<float>> predict(std::span<const float> rows) const;
  // The same for the rows of a data set.
  [[nodiscard]] Result<std::vector<float>> predict(const Dataset& dataset) const;

  // Loss and metrics on a data set with labels or targets. Errors (data): it does not fit the
  // model.
  [[nodiscard]] Result<Evaluation> evaluate(const Dataset& dataset) const;

  // Rows of a file, of the kind that the model was trained on: IDX, plain or gzip, or a table whose
  // columns are found by their names in any order and go through what was fitted in training;
  // columns that the model does not take are passed over; arrays of numpy; a picture or a folder
  // of them, brought to the size and colors of the training. Errors (data): a column that is
  // missing, a value that is no number, a class that the model does not know; file, line and column
  // named.
  [[nodiscard]] Result<Rows> read_rows(const std::string& path,
                                       const RowsOptions& options = {}) const;
  // Names of the classes by their numbers; empty where the model does not know any.
  [[nodiscard]] std::vector<std::string> class_names() const;
  // Names of the columns that were the targets; empty where it was no table.
  [[nodiscard]] std::vector<std::string> target_names() const;

  // Why results on these rows may mean little although they have the right size: inputs of another
  // element type or range than those the model was trained on (bytes then, 0..1 now). A text of two
  // lines, or nothing where they look alike or the model, of an earlier version, does not know.
  [[nodiscard]] std::optional<std::string> warning(const Dataset& dataset) const;

 private:
  friend struct ModelInternals;
  explicit Model(std::shared_ptr<const ModelState> state) : state_(std::move(state)) {}
  std::shared_ptr<const ModelState> state_;
};

}  // namespace forknet
