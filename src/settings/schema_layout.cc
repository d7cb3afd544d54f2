#include <algorithm>

#include "nn/metrics/list.h"
#include "settings/limits.h"
#include "settings/schema_parts.h"
#include "wire/transports.h"

namespace forknet::run {
namespace {

constexpr std::int64_t kMostThreads = 65536;
constexpr std::int64_t kMostMicrobatches = 1024;
constexpr std::int64_t kMostCheckpoints = 1'000'000;

struct Threads {
  static constexpr std::int64_t kNumber = GridConfig::kNeurons;
  static constexpr std::string_view kWord = "neurons";
  static auto& of(auto& config) { return config.grid.threads; }
};
struct Stages {
  static constexpr std::int64_t kNumber = GridConfig::kLayers;
  static constexpr std::string_view kWord = "layers";
  static auto& of(auto& config) { return config.grid.stages; }
};

// A setting of the grid that this version does not have: it accepts only one value.
Key grid_key(std::string_view path, Allowed allowed, std::string_view only, std::string_view help) {
  return {.path = std::string(path),
          .allowed = std::move(allowed),
          .help = std::string(help),
          .accessor = {},
          .only = only,
          .may_change = true};
}

Allowed names_of_transports() {
  std::vector<Word> names;
  for (const wire::Transport* const transport : wire::transports()) {
    names.push_back({std::string(transport->name())});
  }
  return words(std::move(names));
}

std::vector<Key> grid_keys() {
  return {
      {.path = "grid.preset",
       .allowed = words({{"serial"},
                         {"threads"},
                         {"replicas"},
                         {"processes"},
                         {"pipeline"},
                         {"layers"},
                         {"averaging"},
                         {"children"},
                         {"auto", false}}),
       .help = "a named layout; keys given with it win",
       .accessor = field([](auto& c) -> auto& { return c.grid.preset; }),
       .may_change = true},
      {.path = "grid.stages",
       .allowed = whole_or({1, kMostCells}, {{"layers"}}),
       .help = "number of segments of the layers",
       .accessor = field_or_word(Stages{}),
       .may_change = true},
      {.path = "grid.replicas",
       .allowed = wholes(1, kMostCells),
       .help = "copies of the pipeline, each with its share of every batch; with sync = "
               "\"average\": workers",
       .accessor = field([](auto& c) -> auto& { return c.grid.replicas; }),
       .may_change = true},
      {.path = "grid.threads",
       .allowed = whole_or({0, kMostThreads}, {{"neurons"}}),
       .help = "threads per cell; 0: an equal share of the CPUs",
       .accessor = field_or_word(Threads{}),
       .may_change = true},
      {.path = "grid.microbatches",
       .allowed = wholes(0, kMostMicrobatches),
       .help = "pieces of a cell's share of the batch; 0: automatic",
       .accessor = field([](auto& c) -> auto& { return c.grid.microbatches; }),
       .may_change = true},
      {.path = "grid.host",
       .allowed = words({{"process"}, {"thread"}}),
       .help = "where a cell lives",
       .accessor = field([](auto& c) -> auto& { return c.grid.host; }),
       .may_change = true},
      {.path = "grid.channel",
       .allowed = names_of_transports(),
       .help = "what carries activations, errors, gradients and weights",
       .accessor = field([](auto& c) -> auto& { return c.grid.channel; }),
       .may_change = true},
      {.path = "grid.schedule",
       .allowed = words({{"1f1b"}, {"gpipe"}, {"zero-bubble"}}),
       .help = "the order in which a stage takes microbatches",
       .accessor = field([](auto& c) -> auto& { return c.grid.schedule; }),
       .may_change = true},
      {.path = "grid.sync",
       .allowed = words({{"step"}, {"average"}}),
       .help = "sum gradients every step, or train models apart and average them",
       .accessor = field([](auto& c) -> auto& { return c.grid.sync; })},
      {.path = "grid.average_every",
       .allowed = whole_or({1}, {{"auto"}, {"epoch"}, {"end"}}),
       .help = "with sync = \"average\": how often, in steps of each model; \"auto\": by learning "
               "rate, batch and models",
       .accessor = rounds_field([](auto& c) -> auto& { return c.grid.average_every; })},
      {.path = "grid.models",
       .allowed = wholes(0, kMostCells),
       .help = "with sync = \"average\": models that train apart; changes the result; 0: as many "
               "as replicas at the start",
       .accessor = field([](auto& c) -> auto& { return c.grid.models; })},
      grid_key("grid.ranks", words({{"replicas"}, {"stages"}}), "\"replicas\"",
               "what MPI ranks multiply"),
      {.path = "grid.pin",
       .allowed = {.whole_list = Whole{}, .words = {{"auto"}, {"none"}}},
       .help = "CPUs that threads are bound to",
       .accessor = field([](auto& c) -> auto& { return c.grid.pin; }),
       .may_change = true},
      {.path = "grid.restarts",
       .allowed = wholes(0),
       .help = "deaths of cells without a step in between that a run survives",
       .accessor = field([](auto& c) -> auto& { return c.grid.restarts; }),
       .may_change = true},
      {.path = "grid.step_budget",
       .allowed = {.fraction = Fraction{0.0, true}, .words = {{"auto"}}},
       .help = "seconds without a step after which cells that hang are replaced; \"auto\": 50 "
               "steps, at least 10 s",
       .accessor = number_or_auto([](auto& c) -> auto& { return c.grid.step_budget; }),
       .may_change = true},
      {.path = "grid.stopped_budget",
       .allowed = {.fraction = Fraction{0.0, true}},
       .help = "seconds after which a stopped cell is replaced",
       .accessor = field([](auto& c) -> auto& { return c.grid.stopped_budget; }),
       .may_change = true},
  };
}

std::vector<Key> average_keys() {
  return {
      {.path = "average.batch",
       .allowed = words({{"shared"}, {"each"}}),
       .help = "what train.batch counts: \"shared\": rows of a step of all models, each takes its "
               "share and the rate of optimizers such as adam grows by the root of the models; "
               "\"each\": rows of each model",
       .accessor = field([](auto& c) -> auto& { return c.average.batch; })},
      {.path = "average.moments",
       .allowed = words({{"mean"}, {"keep"}, {"reset"}}),
       .help =
           "moments of the optimizer after an average: the mean of all, each model's own, or zeros",
       .accessor = field([](auto& c) -> auto& { return c.average.moments; })},
      {.path = "average.outer_lr",
       .allowed = {.fraction = Fraction{0.0, true}},
       .help = "factor of the mean change of a round",
       .accessor = field([](auto& c) -> auto& { return c.average.outer_lr; })},
      {.path = "average.outer_momentum",
       .allowed = {.fraction = Fraction{0.0, false, 1.0}, .words = {{"auto"}}},
       .help = "Nesterov momentum of these steps; 0: none; \"auto\": none, with batch = \"each\" "
               "0.5 for eight models or more",
       .accessor = negative_is_auto([](auto& c) -> auto& { return c.average.outer_momentum; })},
      {.path = "average.diverged",
       .allowed = words({{"leave_out"}, {"fail"}}),
       .help = "a model whose loss is not finite: leave it out of the mean of its round, or end "
               "the run",
       .accessor = field([](auto& c) -> auto& { return c.average.diverged; })},
  };
}

// "auto" and "off", then the metrics by which a model can be the best.
Allowed words_of_best() {
  std::vector<Word> list;
  for (const nn::MetricEntry& metric : nn::metrics()) {
    list.push_back({"validation/" + std::string(metric.name)});
  }
  std::sort(list.begin(), list.end(), [](const Word& a, const Word& b) { return a.name < b.name; });
  list.insert(list.begin(), {{"auto"}, {"off"}});
  return words(std::move(list));
}

}  // namespace

std::vector<Key> layout_keys() {
  std::vector<Key> keys = grid_keys();
  for (Key& key : average_keys()) keys.push_back(std::move(key));
  keys.push_back({.path = "checkpoint.every",
                  .allowed = whole_or({1}, {{"epoch"}, {"off"}}),
                  .help = "\"epoch\", \"off\" or a number of steps",
                  .accessor = field([](auto& c) -> auto& { return c.checkpoint.every; }),
                  .may_change = true,
                  .live = true});
  keys.push_back({.path = "checkpoint.keep",
                  .allowed = wholes(1, kMostCheckpoints),
                  .help = "number of newest checkpoints to keep",
                  .accessor = field([](auto& c) -> auto& { return c.checkpoint.keep; }),
                  .may_change = true,
                  .live = true});
  keys.push_back(
      {.path = "checkpoint.best",
       .allowed = words_of_best(),
       .help = "the metric of the best model, the result; auto: loss, if training stops early",
       .accessor = field([](auto& c) -> auto& { return c.checkpoint.best; }),
       .may_change = true});
  keys.push_back({.path = "log.every",
                  .allowed = wholes(1),
                  .help = "steps between lines",
                  .accessor = field([](auto& c) -> auto& { return c.log.every; }),
                  .may_change = true,
                  .live = true});
  keys.push_back({.path = "log.digest",
                  .allowed = words({{"off"}, {"epoch", false}, {"steps", false}}),
                  .help = "how often metrics.jsonl has the digest of the weights",
                  .accessor = {},
                  .only = "\"off\"",
                  .may_change = true});
  keys.push_back({.path = "log.tensorboard",
                  .allowed = booleans(),
                  .help = "event files for TensorBoard",
                  .accessor = {},
                  .only = "false",
                  .may_change = true});
  return keys;
}

}  // namespace forknet::run
