// forknet eval: loss and metrics of a model on a data set, for classes with those of each class and
// the confusion matrix.
#include <fmt/format.h>
#include <forknet/forknet.h>

#include <nlohmann/json.hpp>

#include "apps/commands.h"
#include "apps/output.h"
#include "apps/shown_reading.h"
#include "apps/status_view.h"
#include "base/try.h"
#include "report/confusion.h"
#include "report/evaluation_text.h"
#include "state/evaluation_json.h"
#include "train/model/model_evaluation.h"
#include "train/model/model_file.h"
#include "train/model/model_state.h"

namespace forknet::apps {
namespace {

struct Evaluated {
  ModelEvaluation figures;
  std::vector<std::string> warnings;
  std::vector<std::string> classes;  // their names, if the model has them
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
  FORKNET_ASSIGN(auto figures, evaluate_model(model, read->dataset));
  return Evaluated{std::move(figures), read->warnings, model.class_names()};
}

std::string json_of(const Evaluated& evaluated) {
  auto object = run::to_json(evaluated.figures.evaluation);
  if (const auto& classes = evaluated.figures.classes) {
    object["confusion"] = classes->counts();
    object["by_class"] = report::by_class_json(*classes);
  }
  if (!evaluated.classes.empty()) object["classes"] = evaluated.classes;
  if (!evaluated.warnings.empty()) object["warnings"] = evaluated.warnings;
  return plain_json(object) + "\n";
}

std::string text_of(const Evaluated& evaluated) {
  std::string text = report::whole_evaluation_text(evaluated.figures.evaluation);
  if (const auto& classes = evaluated.figures.classes) {
    text += "\n" + report::by_class_text(*classes, evaluated.classes);
    text += "\n" + report::Confusion(classes->counts()).text(evaluated.classes);
  }
  return text;
}

}  // namespace

int run_eval(const EvalOptions& options) {
  const auto result = evaluate(options);
  if (!result.ok()) return fail(result.error());
  for (const std::string& warning : result->warnings) {
    std::fprintf(stderr, "%s\n", warning.c_str());
  }
  print(options.json ? json_of(*result) : text_of(*result));
  return 0;
}

}  // namespace forknet::apps
