#include "nn/layers/embedding/embedding.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "base/try.h"
#include "nn/layers/embedding/embedding_layer.h"

namespace forknet::nn {
namespace {

// fp32 has every whole number up to there.
constexpr std::int64_t kMostCodes = std::int64_t{1} << 24;

// The inputs that are codes: those of `columns`, or all.
Result<std::vector<std::size_t>> columns_of(const LayerPlan& layer) {
  const std::vector<std::int64_t>& given = layer.settings.wholes("columns");
  std::vector<std::size_t> columns(given.empty() ? layer.inputs : given.size());
  std::iota(columns.begin(), columns.end(), std::size_t{0});
  for (std::size_t i = 0; i < given.size(); ++i) {
    columns[i] = static_cast<std::size_t>(given[i]);
    if (columns[i] >= layer.inputs) {
      return does_not_fit(layer, fmt::format("(embedding): columns has {}, but the inputs are 0 "
                                             "to {}",
                                             given[i], layer.inputs - 1));
    }
    if (std::find(given.begin(), given.begin() + static_cast<std::ptrdiff_t>(i), given[i]) !=
        given.begin() + static_cast<std::ptrdiff_t>(i)) {
      return does_not_fit(layer, fmt::format("(embedding): columns has {} twice", given[i]));
    }
  }
  return columns;
}

// Of one number of codes: one table for all columns. Of none, until the data says: as few as can
// be.
Status add_codes(LayerPlan& layer, const std::vector<std::size_t>& columns) {
  const std::vector<std::int64_t>& given = layer.settings.wholes("codes");
  if (given.size() > 1 && given.size() != columns.size()) {
    return does_not_fit(
        layer, fmt::format("(embedding): codes has {} numbers for {} columns; expected one for "
                           "each, or one for all",
                           given.size(), columns.size()));
  }
  std::size_t first = 0;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::int64_t codes = given.empty() ? 1 : given[given.size() == 1 ? 0 : i];
    layer.code_inputs.push_back({columns[i], static_cast<std::size_t>(codes), first});
    if (given.size() != 1) first += static_cast<std::size_t>(codes);
  }
  return {};
}

std::size_t table_rows(const LayerPlan& layer) {
  std::size_t rows = 0;
  for (const CodeInput& input : layer.code_inputs) rows = std::max(rows, input.first + input.codes);
  return rows;
}

class Embedding final : public LayerKind {
 public:
  std::string_view name() const override { return "embedding"; }
  const std::vector<SettingSpec>& settings() const override {
    static const std::vector<SettingSpec> kSettings = {
        {"size", 8, "numbers of each vector; default 8", {.least = 1, .most = 65'536}},
        {"columns",
         std::vector<std::int64_t>(),
         "inputs that are codes, counted from 0; default: all",
         {.least = 0}},
        {"codes",
         std::vector<std::int64_t>(),
         "codes of each column, which has a table of its own; one number: a table for all; "
         "default: from the data",
         {.least = 1, .most = kMostCodes}}};
    return kSettings;
  }
  const LayerTraits& traits() const override {
    static constexpr LayerTraits kTraits = {
        .codes = "codes", .code_columns = "columns", .begins_stage = true, .only_first = true};
    return kTraits;
  }
  Status plan(LayerPlan& layer) const override {
    if (layer.number != 0) {
      return does_not_fit(layer,
                          "(embedding) has numbers before it; expected the data's codes: "
                          "an embedding is the first layer");
    }
    FORKNET_ASSIGN(const auto columns, columns_of(layer));
    FORKNET_TRY(add_codes(layer, columns));
    const auto size = static_cast<std::size_t>(layer.settings.whole("size"));
    layer.outputs = columns.size() * size + layer.inputs - columns.size();
    const std::size_t rows = table_rows(layer);
    add_block(layer, size, rows);
    layer.parameters = {{"weight", {rows, size}, 0, 0, false, First::by_fan}};
    layer.cost = static_cast<double>(layer.outputs);
    return {};
  }
  std::unique_ptr<Layer<float>> make_f32(const LayerPlan& plan,
                                         math::Target target) const override {
    return make_embedding<float>(plan, target);
  }
  std::unique_ptr<Layer<double>> make_f64(const LayerPlan& plan,
                                          math::Target target) const override {
    return make_embedding<double>(plan, target);
  }
};

}  // namespace

std::shared_ptr<const LayerKind> embedding_layer() { return std::make_shared<const Embedding>(); }

}  // namespace forknet::nn
