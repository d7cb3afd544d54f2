// forknet eval: loss and metrics of a model on a data set, with a confusion matrix for classes.
#include <fmt/format.h>
#include <forknet/forknet.h>

#include <nlohmann/json.hpp>

#include "apps/commands.h"
#include "apps/output.h"
#include "apps/shown_reading.h"
#include "apps/status_view.h"
#include "base/try.h"
#include "data/dataset_internals.h"
#include "data/table.h"
#include "report/confusion.h"
#include "report/result_text.h"
#include "state/evaluation_json.h"
#include "train/model/model_file.h"
#include "train/model/model_state.h"

namespace forknet::apps {
namespace {

struct Evaluated {
  Evaluation evaluation;
  std::vector<std::string> warnings;
  std::vector<std::string> classes;  // their names, if the model has them
  report::Confusion confusion;
};

Result<Evaluated> evaluate(const EvalOptions& options) {
  FORKNET_ASSIGN(const auto path, model_path(options.model, options.runs));
  FORKNET_ASSIGN(auto state, run::read_model(path));
  const Model model = ModelInternals::model(std::move(state));
  ShownReading shown;
  const data::Reading reading = shown.reading();
  const auto read = model.read_rows(
      options.data,
      {true, options.labels.value_or(""), {}, options.invert, reading.threads, reading.progress});
  shown.finish();
  if (!read.ok()) return read.error();
  const Rows& rows = *read;
  FORKNET_ASSIGN(const auto evaluation, model.evaluate(rows.dataset));
  Evaluated evaluated{evaluation, rows.warnings, model.class_names(),
                      report::Confusion(model.outputs())};
  if (!evaluation.accuracy) return evaluated;
  FORKNET_ASSIGN(const auto outputs, model.predict(rows.dataset));
  evaluated.confusion.add(outputs, DatasetInternals::table(rows.dataset)->labels());
  return evaluated;
}

}  // namespace

int run_eval(const EvalOptions& options) {
  const auto result = evaluate(options);
  if (!result.ok()) return fail(result.error());
  for (const std::string& warning : result->warnings) {
    std::fprintf(stderr, "%s\n", warning.c_str());
  }
  if (options.json) {
    auto object = run::to_json(result->evaluation);
    if (result->evaluation.accuracy) object["confusion"] = result->confusion.counts();
    if (!result->classes.empty()) object["classes"] = result->classes;
    if (!result->warnings.empty()) object["warnings"] = result->warnings;
    print(plain_json(object) + "\n");
    return 0;
  }
  print(fmt::format("{}  rows {}\n", report::evaluation_text(result->evaluation),
                    result->evaluation.rows));
  if (result->evaluation.accuracy) print(result->confusion.text(result->classes));
  return 0;
}

}  // namespace forknet::apps
