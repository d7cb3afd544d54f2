#include <limits>

#include "data/formats/format.h"
#include "settings/schema_parts.h"

namespace forknet::run {
namespace {

constexpr std::int64_t kMostLoaders = 64;
constexpr std::int64_t kMostBins = 64;
constexpr std::int64_t kMostSide = 4096;    // of a picture
constexpr Whole kPlace{-1000000, 1000000};  // of a column; negative from the end

// Columns by name or position.
Allowed columns() { return {.whole_list = kPlace, .text_list = true}; }

Allowed names_of_formats() {
  std::vector<Word> names;
  for (const data::Format& format : data::formats()) names.push_back({std::string(format.name)});
  return words(std::move(names));
}

Allowed source(bool share) {
  Allowed allowed{.source = true};
  if (share) allowed.fraction = Fraction{0.0, false, 1.0};
  return allowed;
}

}  // namespace

std::vector<Key> run_and_data_keys() {
  return {
      {"run.name", texts(), "name of the run; its folder is NAME-date-time",
       field([](auto& c) -> auto& { return c.run.name; })},
      {.path = "run.dir",
       .allowed = texts(),
       .help = "the folder of runs",
       .accessor = field([](auto& c) -> auto& { return c.run.dir; }),
       .may_change = true},
      {"run.seed", wholes(0, std::numeric_limits<std::int64_t>::max()),
       "seed of all random numbers of the run", field([](auto& c) -> auto& { return c.run.seed; })},
      {.path = "run.state",
       .allowed = words_for<StateIn>(),
       .help = "where the state that survives a kill lies: memory (/dev/shm) or the run folder",
       .accessor = field([](auto& c) -> auto& { return c.run.state; }),
       .may_change = true},

      {"data.format", names_of_formats(),
       "idx: files as of MNIST; csv: a table of text; npy: numpy arrays; all plain or .gz, csv "
       "also .zip (\"set.zip:t.csv\" names one of its files), .xz or .zst, npy also .npz; images: "
       "folders of pictures, plain or packed; arrays: rows in this file",
       field([](auto& c) -> auto& { return c.data.format; })},
      {.path = "data.train",
       .allowed = source(false),
       .help =
           "{ inputs, labels } as files; csv, .npz, images (a folder with one folder per class): { "
           "inputs } alone; "
           "or rows: { inputs = [[0, 1]], "
           "labels = [1] } (targets = [[0.5]] for numbers)",
       .accessor = field([](auto& c) -> auto& { return c.data.train; }),
       .required = true},
      {"data.test", source(true), "a table like train, or a share of train such as 0.2",
       field([](auto& c) -> auto& { return c.data.test; })},
      {"data.validation", source(true), "a table like train, or a share of train such as 0.1",
       field([](auto& c) -> auto& { return c.data.validation; })},
      {"data.scale", words_for<Scale>(),
       "unit: bytes to 0..1; minmax, standard, robust: fitted on the training rows; robust: by "
       "median and quartiles, far values are drawn in",
       field([](auto& c) -> auto& { return c.data.scale; })},
      {"data.shuffle", booleans(), "a new order in every epoch",
       field([](auto& c) -> auto& { return c.data.shuffle; })},
      {.path = "data.loader_threads",
       .allowed = wholes(0, kMostLoaders),
       .help = "threads that prepare the next batches; 0: the training threads do it",
       .accessor = field([](auto& c) -> auto& { return c.data.loader_threads; }),
       .may_change = true},
      {.path = "data.cache",
       .allowed = words_for<DataCache>(),
       .help = "where the rows lie: in memory, or in a mapped file of run.dir/.cache-USER; auto: "
               "mapped if a set takes more than half of the available memory",
       .accessor = field([](auto& c) -> auto& { return c.data.cache; }),
       .may_change = true},
      {"data.target_scale", words_for<TargetScale>(),
       "numeric targets: standard trains them with mean 0 and deviation 1 (figures and "
       "predictions stay in their units); auto: standard for csv and npy",
       field([](auto& c) -> auto& { return c.data.target_scale; })},
      {"data.target",
       {.text = true, .whole = kPlace, .whole_list = kPlace, .text_list = true},
       "csv: the column to predict, by name or position (-1: the last); several: numbers; none: "
       "the column target, label, class or y, else the only text column, else the last",
       field([](auto& c) -> auto& { return c.data.table.target; })},
      {"data.task", words_for<Task>(),
       "csv: classes or numbers; auto: texts, 0 to k - 1 and 1 to k are classes",
       field([](auto& c) -> auto& { return c.data.table.task; })},
      {"data.delimiter", texts(), "csv: the field separator: auto, tab or one character",
       field([](auto& c) -> auto& { return c.data.table.delimiter; })},
      {"data.header",
       {.boolean = true, .words = {{"auto"}}},
       "csv: whether the first line has the names of the columns",
       field([](auto& c) -> auto& { return c.data.table.header; })},
      {"data.decimal", words({{"auto"}, {"."}, {","}}), "csv: the decimal mark",
       field([](auto& c) -> auto& { return c.data.table.decimal; })},
      {"data.missing", {.text_list = true}, "csv: fields that mean a missing value", field([
       ](auto& c) -> auto& { return c.data.table.missing; })},
      {"data.impute", words_for<Impute>(),
       "csv: replacement of missing numbers (for texts the most frequent one); error: missing "
       "values are refused",
       field([](auto& c) -> auto& { return c.data.table.impute; })},
      {"data.drop", columns(), "csv: columns to ignore",
       field([](auto& c) -> auto& { return c.data.table.drop; })},
      {"data.keep", columns(), "csv: the only columns to use; none: all except the dropped",
       field([](auto& c) -> auto& { return c.data.table.keep; })},
      {"data.categorical", columns(),
       "csv: numeric columns to treat as categories; text columns always are",
       field([](auto& c) -> auto& { return c.data.table.categorical; })},
      {"data.categories", words_for<Categories>(),
       "csv: flags: an input of 0 or 1 for each category; codes: one input with their numbers, for "
       "an embedding as the first layer",
       field([](auto& c) -> auto& { return c.data.table.categories; })},
      {"data.bins", wholes(0, kMostBins),
       "csv: inputs of each column of numbers besides its value, each of which rises from 0 to 1 "
       "between two neighbouring quantiles of the training rows; 0: none",
       field([](auto& c) -> auto& { return c.data.table.bins; })},
      {"data.split", words_for<ShareOf>(),
       "csv: how shares are taken: random (stratified by class) or time (the last rows)",
       field([](auto& c) -> auto& { return c.data.table.split; })},
      {"data.size", wholes(0, kMostSide),
       "images: width and height in pixels to which all pictures are scaled; 0: unscaled, all of "
       "one size",
       field([](auto& c) -> auto& { return c.data.pictures.size; })},
      {"data.color", words_for<PictureColor>(), "images: color of the inputs",
       field([](auto& c) -> auto& { return c.data.pictures.color; })},
      {"data.weight",
       {.text = true, .whole = kPlace, .whole_list = kPlace, .text_list = true},
       "weights of the rows; csv: a column, by name or position; npy: an array of the .npz, by "
       "name; arrays: a column of the inputs, by position; 2 counts as the row twice, 0 leaves it "
       "out",
       field([](auto& c) -> auto& { return c.data.table.weight; })},
      {"data.augment",
       {.augment = true},
       "pictures: how those of training are varied, anew in every epoch: shift (pixels), rotate "
       "(degrees), scale, shear (shares), elastic (pixels), noise (deviation of scaled inputs)",
       field([](auto& c) -> auto& { return c.data.augment; })},
  };
}

}  // namespace forknet::run
