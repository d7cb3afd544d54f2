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

// images.gz beside labels: the names MNIST uses.
Result<std::string> labels_for(const EvalOptions& options) {
  if (options.labels) return *options.labels;
  std::string labels = options.data;
  for (const auto& [from, to] : {std::pair{"images", "labels"}, std::pair{"idx3", "idx1"}}) {
    const std::size_t at = labels.rfind(from);
    if (at != std::string::npos) labels.replace(at, std::string(from).size(), to);
  }
  if (labels != options.data) return labels;
  return Error{ErrorKind::usage, options.data + ": which labels belong to it? Give --labels FILE"};
}

struct Evaluated {
  Evaluation evaluation;
  std::optional<std::string> warning;
  report::Confusion confusion;
};

Result<Evaluated> evaluate(const EvalOptions& options) {
  FORKNET_ASSIGN(const auto path, model_path(options.model, options.runs));
  FORKNET_ASSIGN(const auto model, Model::load(path));
  FORKNET_ASSIGN(const auto labels, labels_for(options));
  FORKNET_ASSIGN(const auto data, Dataset::from_idx(options.data, labels));
  FORKNET_ASSIGN(const auto evaluation, model.evaluate(data));
  Evaluated evaluated{evaluation, model.warning(data), report::Confusion(model.outputs())};
  if (!evaluation.accuracy) return evaluated;
  FORKNET_ASSIGN(const auto outputs, model.predict(data));
  evaluated.confusion.add(outputs, data.table()->labels());
  return evaluated;
}

}  // namespace

int run_eval(const EvalOptions& options) {
  const auto result = evaluate(options);
  if (!result.ok()) return fail(result.error());
  if (result->warning) std::fprintf(stderr, "%s\n", result->warning->c_str());
  if (options.json) {
    auto object = run::to_json(result->evaluation);
    if (result->evaluation.accuracy) object["confusion"] = result->confusion.counts();
    if (result->warning) object["warning"] = *result->warning;
    std::printf("%s\n",
                object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
    return 0;
  }
  std::printf("%s  rows %llu\n", report::evaluation_text(result->evaluation).c_str(),
              static_cast<unsigned long long>(result->evaluation.rows));
  if (result->evaluation.accuracy) std::fputs(result->confusion.text().c_str(), stdout);
  return 0;
}

}  // namespace forknet::apps
