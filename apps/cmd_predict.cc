// forknet predict: a model's outputs for the rows of a file, as CSV or JSON lines.
#include <fmt/format.h>
#include <forknet/forknet.h>

#include <cstdio>

#include "apps/commands.h"
#include "data/idx.h"
#include "os/durable_file.h"
#include "report/confusion.h"
#include "run/model_state.h"

namespace forknet::apps {
namespace {

enum class Format { csv, json_lines };

Result<Format> format_of(const std::string& out) {
  if (out.ends_with(".csv")) return Format::csv;
  if (out.ends_with(".jsonl")) return Format::json_lines;
  return Error{ErrorKind::usage,
               out + ": predictions are written as .csv or .jsonl; NPY comes in a later version"};
}

// "3,0.01,…" or {"class":3,"outputs":[0.01,…]}; regression has no class.
std::string line_of(std::span<const float> outputs, bool classifies, Format format) {
  std::string line;
  const bool json = format == Format::json_lines;
  if (json) line += "{";
  if (classifies) {
    line += fmt::format("{}{},", json ? "\"class\":" : "", report::predicted_class(outputs));
  }
  if (json) line += "\"outputs\":[";
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (i > 0) line += ',';
    line += fmt::format("{}", outputs[i]);
  }
  return line + (json ? "]}\n" : "\n");
}

std::string csv_header(std::size_t outputs, bool classifies) {
  std::string line = classifies ? "class" : "";
  for (std::size_t i = 0; i < outputs; ++i) {
    if (!line.empty()) line += ',';
    line += fmt::format("output_{}", i);
  }
  return line + "\n";
}

Result<std::size_t> predict(const PredictOptions& options) {
  FORKNET_ASSIGN(const Format format, format_of(options.out));
  FORKNET_ASSIGN(const auto path, model_path(options.model, options.runs));
  FORKNET_ASSIGN(const auto model, Model::load(path));
  FORKNET_ASSIGN(const auto data, Dataset::from_idx_inputs(options.in));
  if (const auto warning = model.warning(data)) std::fprintf(stderr, "%s\n", warning->c_str());
  FORKNET_ASSIGN(const auto outputs, model.predict(data));
  FORKNET_ASSIGN(auto file, os::DurableFile::create(options.out, 0644));
  const bool classifies = model.state().plan.classifies();
  if (format == Format::csv) FORKNET_TRY(file.write(csv_header(model.outputs(), classifies)));
  const std::span<const float> all(outputs);
  for (std::size_t row = 0; row < data.rows(); ++row) {
    const auto one = all.subspan(row * model.outputs(), model.outputs());
    FORKNET_TRY(file.write(line_of(one, classifies, format)));
  }
  FORKNET_TRY(file.commit());
  return data.rows();
}

}  // namespace

int run_predict(const PredictOptions& options) {
  const auto rows = predict(options);
  if (!rows.ok()) return fail(rows.error());
  std::fprintf(stderr, "%s: predictions for %zu rows\n", options.out.c_str(), *rows);
  return 0;
}

}  // namespace forknet::apps
