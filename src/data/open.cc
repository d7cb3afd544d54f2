#include "data/open.h"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "base/try.h"
#include "data/class_counts.h"
#include "data/error.h"
#include "data/idx_header.h"
#include "data/picture_inputs.h"
#include "data/scaling.h"
#include "data/split.h"
#include "math/float_state.h"
#include "os/file.h"

namespace forknet::data {
namespace {

// The set must have the same form as the training rows.
Status check_alike(const Table& train, const TablePointer& other, bool prepared) {
  if (!other) return {};
  const TableShape& a = train.shape;
  const TableShape& b = other->shape;
  if (a.features != b.features) {
    return data_error("{}: rows of {} numbers, but {} has rows of {}", other->inputs_name,
                      shape_text(b.row_shape), train.inputs_name, shape_text(a.row_shape));
  }
  if (a.element != b.element && !prepared) {
    return data_error(
        "{}: the inputs are {}, but {} has {}; both must be of one type to be scaled alike",
        other->inputs_name, b.element == Element::u8 ? "bytes" : "numbers", train.inputs_name,
        a.element == Element::u8 ? "bytes" : "numbers");
  }
  if (a.labelled != b.labelled || a.outputs != b.outputs) {
    return data_error("{}: targets of {} numbers a row, but {} has {}", other->labels_name,
                      b.outputs, train.labels_name, a.outputs);
  }
  return {};
}

// Leaves inputs unscaled that are 0 or 1 by nature.
void keep_flags(const PreparationPointer& preparation, Scaling& scaling) {
  if (!preparation || scaling.offset.size() == 1) return;
  const std::vector<bool> flags = preparation->flags();
  for (std::size_t input = 0; input < flags.size(); ++input) {
    if (flags[input]) leave_feature(scaling, input);
  }
}

// If rows are pictures: their form, so that the model takes picture files later. If they have
// weights: their name, so that later rows are weighted likewise.
PreparationPointer of_arrays(const Table& train, const std::string& weights) {
  auto preparation = std::make_shared<Preparation>();
  preparation->pictures = picture_inputs(train);
  if (!weights.empty()) preparation->weight = WeightColumn{weights};
  return preparation->pictures || preparation->weight ? preparation : nullptr;
}

// The scalings of all sets.
struct Scalings {
  Scaling inputs;
  Scaling targets;
};

std::optional<View> view_of(const TablePointer& own, const TablePointer& train,
                            std::vector<std::uint32_t> rows, const Scalings& scaled) {
  if (own) return View{own, {}, scaled.inputs, scaled.targets};
  if (rows.empty()) return std::nullopt;
  return View{train, std::move(rows), scaled.inputs, scaled.targets};
}

// Adds warnings about classes and inputs that look like mistakes; `others` are sets with tables of
// their own.
void warn(DataSets& sets, Scale scale, std::initializer_list<TablePointer> others) {
  for (std::string& text : class_warnings(sets.train, sets.preparation.get())) {
    sets.warnings.push_back(std::move(text));
  }
  const auto add = [&](std::optional<std::string> warning) {
    if (warning) sets.warnings.push_back(std::move(*warning));
  };
  add(unit_warning(sets.inputs, scale, sets.train.table->inputs_name));
  for (const TablePointer& table : others) {
    if (table) add(range_warning(sets.inputs, *table, sets.preparation.get()));
  }
}

}  // namespace

Result<DataSets> open_data(const DataConfig& config, std::uint64_t seed, bool classes,
                           ReadingProgress progress, TableCache* cache) {
  const std::size_t threads = reading_threads(config);
  FORKNET_ASSIGN(Opened opened,
                 read_data({config, seed, classes, {threads, std::move(progress), cache}}));
  return make_sets(std::move(opened), config, seed, cache);
}

std::size_t reading_threads(const DataConfig& config) {
  return static_cast<std::size_t>(std::max<std::int64_t>(1, config.loader_threads));
}

Result<Opened> read_data(const OpenRequest& request) {
  FORKNET_ASSIGN(Opened opened, format_of(request.config.format).open(request));
  if (opened.train) return opened;
  return Error{ErrorKind::config, "data.train: nothing to train on; inputs and labels are needed"};
}

Result<DataSets> make_sets(Opened opened, const DataConfig& config, std::uint64_t seed,
                           const TableCache* cache) {
  const math::FloatStateScope float_state;  // of shares and scaling
  const TablePointer train = opened.train;
  const bool prepared = opened.preparation != nullptr;
  FORKNET_TRY(check_alike(*train, opened.validation, prepared));
  FORKNET_TRY(check_alike(*train, opened.test, prepared));
  FORKNET_TRY(check_classes_differ(*train, opened.preparation.get()));
  const double validation_share = opened.validation ? 0 : config.validation.share;
  const double test_share = opened.test ? 0 : config.test.share;
  Split split;  // no rows: all rows
  if (opened.split) {
    split = std::move(*opened.split);
  } else if (validation_share > 0 || test_share > 0) {
    const auto rows = static_cast<std::uint32_t>(train->shape.rows);
    FORKNET_ASSIGN(split, split_rows(seed, rows, validation_share, test_share));
  }
  const std::size_t threads = train->paged ? 1 : reading_threads(config);  // a disk reads in order
  Scalings scaled{fit_scaling(*train, split.train, config.scale, threads),
                  std::move(opened.targets)};
  keep_flags(opened.preparation, scaled.inputs);
  DataSets sets;
  sets.preparation =
      opened.preparation ? std::move(opened.preparation) : of_arrays(*train, opened.weights);
  sets.warnings = std::move(opened.warnings);
  sets.validation = view_of(opened.validation, train, std::move(split.validation), scaled);
  sets.test = view_of(opened.test, train, std::move(split.test), scaled);
  sets.train = View{train, std::move(split.train), scaled.inputs, scaled.targets};
  FORKNET_ASSIGN(sets.train.augment, augmentation_of(config.augment, *train, seed));
  if (config.augment.any()) {
    sets.warnings.push_back("note: training pictures are varied in every epoch: " +
                            describe(config.augment) + " (data.augment)");
  }
  sets.inputs = input_range(sets.train, threads);
  warn(sets, config.scale, {opened.validation, opened.test});
  if (cache != nullptr) {
    sets.warnings.insert(sets.warnings.begin(), cache->notes().begin(), cache->notes().end());
    sets.in_memory = cache->in_memory();
  }
  return sets;
}

}  // namespace forknet::data
