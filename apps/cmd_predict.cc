// forknet predict: a model's outputs for the rows of a file, as CSV or JSON lines.
#include <fmt/format.h>
#include <forknet/forknet.h>

#include <cstdio>

#include "apps/commands.h"
#include "os/durable_file.h"
#include "report/predictions.h"
#include "run/model_state.h"

namespace forknet::apps {
namespace {

Result<report::PredictionFormat> format_of(const std::string& out) {
  if (out.ends_with(".csv")) return report::PredictionFormat::csv;
  if (out.ends_with(".jsonl")) return report::PredictionFormat::json_lines;
  return Error{ErrorKind::usage,
               out + ": predictions are written as .csv or .jsonl; NPY comes in a later version"};
}

report::PredictionNames names_of(const Model& model, const Rows& rows) {
  return {model.state().plan.classifies(), model.outputs(), model.class_names(),
          model.target_names(), rows.kept_names};
}

Result<std::size_t> predict(const PredictOptions& options) {
  FORKNET_ASSIGN(const auto format, format_of(options.out));
  FORKNET_ASSIGN(const auto path, model_path(options.model, options.runs));
  FORKNET_ASSIGN(const auto model, Model::load(path));
  FORKNET_ASSIGN(const auto rows, model.read_rows(options.in, {false, "", options.keep}));
  for (const std::string& warning : rows.warnings) std::fprintf(stderr, "%s\n", warning.c_str());
  FORKNET_ASSIGN(const auto outputs, model.predict(rows.dataset));
  FORKNET_ASSIGN(auto file, os::DurableFile::create(options.out, 0644));
  const auto names = names_of(model, rows);
  FORKNET_TRY(file.write(report::predictions_header(names, format)));
  const std::span<const float> all(outputs);
  const std::span<const std::string> kept(rows.kept);
  const std::size_t columns = rows.kept_names.size();
  for (std::size_t row = 0; row < rows.dataset.rows(); ++row) {
    const auto one = all.subspan(row * model.outputs(), model.outputs());
    FORKNET_TRY(file.write(
        report::prediction_line(names, kept.subspan(row * columns, columns), one, format)));
  }
  FORKNET_TRY(file.commit());
  return rows.dataset.rows();
}

}  // namespace

int run_predict(const PredictOptions& options) {
  const auto rows = predict(options);
  if (!rows.ok()) return fail(rows.error());
  std::fprintf(stderr, "%s: predictions for %zu rows\n", options.out.c_str(), *rows);
  return 0;
}

}  // namespace forknet::apps
