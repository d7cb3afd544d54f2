// forknet predict: a model's outputs for the rows of a file, as CSV, JSON lines or NPY.
#include <fmt/format.h>
#include <forknet/forknet.h>

#include <cmath>
#include <cstdio>
#include <span>
#include <vector>

#include "apps/commands.h"
#include "apps/shown_reading.h"
#include "base/printable.h"
#include "base/try.h"
#include "data/formats/npy/writer.h"
#include "os/durable_file.h"
#include "report/predictions.h"
#include "train/model/model_file.h"
#include "train/model/model_state.h"

namespace forknet::apps {
namespace {

enum class Output { csv, json_lines, npy };

Result<Output> output_of(const PredictOptions& options) {
  const std::string& out = options.out;
  if (out.ends_with(".csv")) return Output::csv;
  if (out.ends_with(".jsonl")) return Output::json_lines;
  if (!out.ends_with(".npy")) {
    return Error{ErrorKind::usage, out + ": predictions are written as .csv, .jsonl or .npy"};
  }
  if (options.keep.empty()) return Output::npy;
  return Error{ErrorKind::usage, out + ": an .npy file cannot hold the columns of --keep"};
}

report::PredictionNames names_of(const Model& model, const Rows& rows) {
  return {ModelInternals::state(model).plan.classifies(), model.outputs(), model.class_names(),
          model.target_names(), rows.kept_names};
}

// One line per row.
Status write_lines(os::DurableFile& file, const report::PredictionNames& names, const Rows& rows,
                   std::span<const float> outputs, report::PredictionFormat format) {
  FORKNET_TRY(file.write(report::predictions_header(names, format)));
  const std::span<const std::string> kept(rows.kept);
  const std::size_t columns = rows.kept_names.size();
  for (std::size_t row = 0; row < rows.dataset.rows(); ++row) {
    const auto one = outputs.subspan(row * names.outputs, names.outputs);
    FORKNET_TRY(file.write(
        report::prediction_line(names, kept.subspan(row * columns, columns), one, format)));
  }
  return {};
}

Result<std::size_t> predict(const PredictOptions& options) {
  FORKNET_ASSIGN(const Output output, output_of(options));
  FORKNET_ASSIGN(const auto path, model_path(options.model, options.runs));
  FORKNET_ASSIGN(auto state, run::read_model(path));
  const Model model = ModelInternals::model(std::move(state));
  FORKNET_ASSIGN(const auto rows,
                 model.read_rows(options.in, {false, "", options.keep, options.invert}));
  for (const std::string& warning : rows.warnings) {
    std::fprintf(stderr, "%s\n", printable_lines(warning).c_str());
  }
  FORKNET_ASSIGN(const std::vector<float> outputs, model.predict(rows.dataset));
  FORKNET_ASSIGN(auto file, os::DurableFile::create(options.out, 0644));
  if (output == Output::npy) {
    FORKNET_TRY(file.write(data::npy_head_f32(rows.dataset.rows(), model.outputs())));
    FORKNET_TRY(file.write(std::as_bytes(std::span(outputs))));
  } else {
    const auto format = output == Output::csv ? report::PredictionFormat::csv
                                              : report::PredictionFormat::json_lines;
    FORKNET_TRY(write_lines(file, names_of(model, rows), rows, outputs, format));
  }
  FORKNET_TRY(file.commit());
  return rows.dataset.rows();
}

}  // namespace

int run_predict(const PredictOptions& options) {
  const auto rows = predict(options);
  if (!rows.ok()) return fail(rows.error());
  std::fprintf(stderr, "%s: predictions for %zu rows\n", printable_lines(options.out).c_str(),
               *rows);
  return 0;
}

}  // namespace forknet::apps
