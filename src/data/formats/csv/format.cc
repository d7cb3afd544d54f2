// Text tables as a format: read, split, fit on the training rows, expand.
#include "data/formats/format.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/try.h"
#include "data/error.h"
#include "data/formats/csv/expand.h"
#include "data/formats/csv/fit.h"
#include "data/formats/csv/inspect.h"
#include "data/formats/csv/read.h"
#include "data/formats/csv/targets.h"
#include "data/formats/csv/text_source.h"
#include "data/mistaken.h"
#include "data/packed_files.h"

namespace forknet::data {
namespace {

using csv::RawTable;

// True: text, or a file that the reader refuses with a good message (mistaken or packed twice). A
// few zero bytes are damage to report, not another format.
bool looks_like_text(std::string_view head) {
  constexpr std::size_t kRare = 64;
  if (!mistaken_for(head).empty() || begins_as_packed(head)) return true;
  const auto zeros = static_cast<std::size_t>(std::count(head.begin(), head.end(), '\0'));
  const auto others = static_cast<std::size_t>(std::count_if(
      head.begin(), head.end(), [](char c) { return c > 0 && c < ' ' && !std::isspace(c); }));
  return !head.empty() && (zeros == 0 || zeros + others <= head.size() / kRare + 1);
}

Status check_task(const RawTable& raw, const csv::Targets& targets, const OpenRequest& request) {
  if (!targets.classes.empty() || !request.classes) return {};
  return Error{ErrorKind::config,
               fmt::format("{}: the target {} is taken for numbers ({}), but the "
                           "loss{}{} learns classes\n"
                           "  model.loss = \"mse\" learns numbers; data.task = \"classify\" makes "
                           "each value a class",
                           raw.path, csv::shown(raw.targets[0].name), targets.why,
                           request.loss.empty() ? "" : " ", request.loss)};
}

void warn_of_left_out(const RawTable& raw, std::vector<std::string>& warnings) {
  if (raw.weightless > 0) {
    warnings.push_back(fmt::format("note: {}: {} rows have the weight 0 and are left out; {} stay",
                                   raw.path, raw.weightless, raw.rows));
  }
  if (raw.without_target == 0) return;
  warnings.push_back(
      fmt::format("warning: {}: {} rows have no value in the target column and are "
                  "left out; {} stay",
                  raw.path, raw.without_target, raw.rows));
}

// Warns if rows without weights are evaluated with a model that was trained with weights.
void warn_of_no_weights(const RawTable& raw, const Preparation& preparation,
                        std::vector<std::string>& warnings) {
  if (!preparation.weight || raw.weight) return;
  warnings.push_back(
      fmt::format("note: {}: there is no column {} of weights, so that all rows count alike",
                  raw.path, csv::shown(preparation.weight->name)));
}

// Reads a separate set, with the preparation fitted to the training rows.
Result<TablePointer> read_other(const DataSource& source, const Preparation& preparation,
                                const OpenRequest& request, std::vector<std::string>& warnings) {
  if (source.absent() || source.share != 0) return TablePointer();
  FORKNET_ASSIGN(RawTable raw,
                 csv::read_for(source.inputs, preparation, {.targets = true}, request.reading));
  warn_of_left_out(raw, warnings);
  warn_of_no_weights(raw, preparation, warnings);
  std::vector<std::uint32_t> labels;
  if (!preparation.classes.empty()) {
    FORKNET_ASSIGN(labels, csv::labels_by(raw, preparation));
  }
  return csv::expand(std::move(raw), preparation, std::move(labels), warnings, request.reading);
}

void warn_of_years(const RawTable& raw, std::vector<std::string>& warnings) {
  if (raw.dialect.years.empty()) return;
  warnings.push_back(fmt::format(
      "warning: {}:1: the first line holds {} and looks like a header, but is taken for a row, for "
      "it has numbers\n  data.header = true takes it for the names of the columns, false for a row",
      raw.path, raw.dialect.years));
}

Result<Opened> open_csv_sets(const OpenRequest& request) {
  const DataConfig& config = request.config;
  if (config.train.inputs.empty()) return Opened{};
  FORKNET_ASSIGN(RawTable raw,
                 csv::read_training(config.train.inputs, config.table, request.reading));
  FORKNET_ASSIGN(csv::Targets targets, csv::decide_targets(raw, config.table.task));
  FORKNET_TRY(check_task(raw, targets, request));
  Opened opened;
  warn_of_years(raw, opened.warnings);
  warn_of_left_out(raw, opened.warnings);
  FORKNET_ASSIGN(opened.split, split_shares(config, request.seed, raw.rows, targets.labels));
  const std::vector<std::uint32_t> rows =
      opened.split ? opened.split->train : std::vector<std::uint32_t>();
  FORKNET_ASSIGN(
      Preparation preparation,
      csv::fit_columns(raw, targets, rows, config.table, opened.warnings, request.reading.threads));
  if (targets.classes.empty()) opened.targets = csv::fit_targets(raw, rows, config.target_scale);
  FORKNET_ASSIGN(opened.train, csv::expand(std::move(raw), preparation, std::move(targets.labels),
                                           opened.warnings, request.reading));
  FORKNET_ASSIGN(opened.validation,
                 read_other(config.validation, preparation, request, opened.warnings));
  FORKNET_ASSIGN(opened.test, read_other(config.test, preparation, request, opened.warnings));
  opened.preparation = std::make_shared<const Preparation>(std::move(preparation));
  return opened;
}

Result<ModelRows> csv_rows(const RowsRequest& request) {
  if (request.preparation == nullptr || !request.preparation->of_columns()) {
    return data_error(
        "{}: this is a table of text, but the model was trained on rows without columns of names\n"
        "  give a file of the kind that it was trained on",
        request.inputs);
  }
  if (!request.labels.empty()) {
    return Error{ErrorKind::usage, "--labels: the targets of a table are one of its columns"};
  }
  const Preparation& preparation = *request.preparation;
  ModelRows rows;
  FORKNET_ASSIGN(RawTable raw, csv::read_for(request.inputs, preparation,
                                             {request.targets, request.keep}, request.reading));
  warn_of_left_out(raw, rows.warnings);
  if (request.targets) warn_of_no_weights(raw, preparation, rows.warnings);
  for (const csv::RawColumn& column : raw.kept) rows.kept_names.push_back(column.name);
  rows.kept = std::move(raw.kept_values);
  std::vector<std::uint32_t> labels;
  if (request.targets && !preparation.classes.empty()) {
    FORKNET_ASSIGN(labels, csv::labels_by(raw, preparation));
  }
  FORKNET_ASSIGN(rows.table, csv::expand(std::move(raw), preparation, std::move(labels),
                                         rows.warnings, request.reading));
  return rows;
}

SetSources text_sources(const DataConfig& config) {
  SetSources sources;
  for (const DataSource* source : own_sources(config)) {
    sources.files.push_back(source_file(csv::text_path(source->inputs).file));
  }
  return sources;
}

}  // namespace

Format csv_format() {
  return {.name = "csv",
          .what = "a table of text, a row a line",
          .keys = {"target", "task", "delimiter", "header", "decimal", "missing", "impute", "drop",
                   "keep", "categorical", "categories", "bins", "split", "target_scale", "weight"},
          .sniff = looks_like_text,
          .open = open_csv_sets,
          .rows = csv_rows,
          .inspect = csv::inspect,
          .sources = text_sources,
          .labels = LabelPlace::inside,
          .labels_hint = "the targets of a table are one of its columns: data.target",
          .takes_any_text = true};
}

}  // namespace forknet::data
