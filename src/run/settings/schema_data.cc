#include <limits>

#include "run/settings/schema_parts.h"

namespace forknet::run {
namespace {

constexpr std::int64_t kMostLoaders = 64;
constexpr std::string_view kCsv = "comes with format = \"csv\"";
constexpr std::string_view kImages = "comes with format = \"images\"";

Allowed source(bool share) {
  Allowed allowed{.source = true};
  if (share) allowed.fraction = Fraction{0.0, false, 1.0};
  return allowed;
}

}  // namespace

std::vector<Key> run_and_data_keys() {
  return {
      {"run.name", texts(), "what the run is called; its folder is NAME-date-time",
       field([](auto& c) -> auto& { return c.run.name; })},
      {.path = "run.dir",
       .allowed = texts(),
       .help = "the folder of runs",
       .accessor = field([](auto& c) -> auto& { return c.run.dir; }),
       .may_change = true},
      {"run.seed", wholes(0, std::numeric_limits<std::int64_t>::max()),
       "every random number of the run follows from it",
       field([](auto& c) -> auto& { return c.run.seed; })},
      {.path = "run.state",
       .allowed = words_for<StateIn>(),
       .help = "where the last step survives a kill: memory (/dev/shm) or the run folder",
       .accessor = field([](auto& c) -> auto& { return c.run.state; }),
       .may_change = true},

      {"data.format", words_for<DataFormat>({"csv", "npy", "images"}),
       "idx: files of MNIST's kind, plain or .gz; arrays: rows in this file",
       field([](auto& c) -> auto& { return c.data.format; })},
      {.path = "data.train",
       .allowed = source(false),
       .help = "{ inputs, labels } as files; or rows: { inputs = [[0, 1]], labels = [1] } "
               "(targets = [[0.5]] for numbers)",
       .accessor = field([](auto& c) -> auto& { return c.data.train; }),
       .required = true},
      {"data.test", source(true), "a table like train, or a share of train such as 0.2",
       field([](auto& c) -> auto& { return c.data.test; })},
      {"data.validation", source(true), "a table like train, or a share of train such as 0.1",
       field([](auto& c) -> auto& { return c.data.validation; })},
      {"data.scale", words_for<Scale>(),
       "unit: bytes to 0..1; minmax, standard: fitted on the training rows",
       field([](auto& c) -> auto& { return c.data.scale; })},
      {"data.shuffle", booleans(), "another order every epoch",
       field([](auto& c) -> auto& { return c.data.shuffle; })},
      {.path = "data.loader_threads",
       .allowed = wholes(0, kMostLoaders),
       .help = "threads that prepare what comes next; 0: the training threads themselves",
       .accessor = field([](auto& c) -> auto& { return c.data.loader_threads; }),
       .may_change = true},
      {"data.cache",
       words({{"auto"}, {"memory", false}, {"mapped", false}}),
       "where decoded samples are kept",
       {},
       "\"auto\""},
      {"data.target_scale",
       words({{"none"}, {"auto", false}, {"standard", false}}),
       "how targets of a regression are scaled",
       {},
       "\"none\""},
      {"data.target", {.text = true, .whole = Whole{}}, kCsv, {}},
      {"data.task", words({{"classify"}, {"regress"}}), kCsv, {}},
      {"data.header", booleans(), kCsv, {}},
      {"data.delimiter", texts(), kCsv, {}},
      {"data.decimal", texts(), kCsv, {}},
      {"data.missing", texts(), kCsv, {}},
      {"data.impute", texts(), kCsv, {}},
      {"data.weight", texts(), kCsv, {}},
      {"data.split", texts(), kCsv, {}},
      {"data.keep", {.whole_list = Whole{}, .text_list = true}, kCsv, {}},
      {"data.drop", {.whole_list = Whole{}, .text_list = true}, kCsv, {}},
      {"data.categorical", {.whole_list = Whole{}, .text_list = true}, kCsv, {}},
      {"data.size", wholes(1), kImages, {}},
      {"data.color", texts(), kImages, {}},
      {"data.augment", texts(), kImages, {}},
  };
}

}  // namespace forknet::run
