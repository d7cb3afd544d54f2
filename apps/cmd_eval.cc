// forknet eval: loss and metrics of a model on a data set, with a confusion matrix for classes.
#include <fmt/format.h>
#include <forknet/forknet.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "apps/commands.h"
#include "data/table.h"
#include "report/confusion.h"
#include "report/result_text.h"
#include "run/evaluation_json.h"

namespace forknet::apps {
namespace {

struct Evaluated {
  Evaluation evaluation;
  std::vector<std::string> warnings;
  std::vector<std::string> classes;  // their names, where the model knows them
  report::Confusion confusion;
};

Result<Evaluated> evaluate(const EvalOptions& options) {
  FORKNET_ASSIGN(const auto path, model_path(options.model, options.runs));
  FORKNET_ASSIGN(const auto model, Model::load(path));
  FORKNET_ASSIGN(
      const auto rows,
      model.read_rows(options.data, {true, options.labels.value_or(""), {}, options.invert}));
  FORKNET_ASSIGN(const auto evaluation, model.evaluate(rows.dataset));
  Evaluated evaluated{evaluation, rows.warnings, model.class_names(),
                      report::Confusion(model.outputs())};
  if (!evaluation.accuracy) return evaluated;
  FORKNET_ASSIGN(const auto outputs, model.predict(rows.dataset));
  evaluated.confusion.add(outputs, rows.dataset.table()->labels());
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
    constexpr auto kReplace = nlohmann::json::error_handler_t::replace;
    std::printf("%s\n", object.dump(-1, ' ', false, kReplace).c_str());
    return 0;
  }
  std::printf("%s  rows %llu\n", report::evaluation_text(result->evaluation).c_str(),
              static_cast<unsigned long long>(result->evaluation.rows));
  if (result->evaluation.accuracy)
    std::fputs(result->confusion.text(result->classes).c_str(), stdout);
  return 0;
}

}  // namespace forknet::apps
