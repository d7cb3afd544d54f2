#include "session/settle_codes.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/try.h"
#include "nn/layers/list.h"
#include "nn/model_plan.h"
#include "train/check_codes.h"

namespace forknet::run {
namespace {

bool absent(const LayerConfig& layer, std::string_view setting) {
  const SettingValue* const given = layer.settings.find(setting);
  return given == nullptr || *given == SettingValue(std::vector<std::int64_t>());
}

// The inputs that hold the codes of categories.
std::vector<std::int64_t> coded_inputs(const data::DataSets& sets) {
  std::vector<std::int64_t> inputs;
  if (!sets.preparation) return inputs;
  for (std::size_t i = 0; i < sets.preparation->inputs(); ++i) {
    if (sets.preparation->codes_of(i) > 0) inputs.push_back(static_cast<std::int64_t>(i));
  }
  return inputs;
}

// Of all sets, so that a code that only the test rows have is one as well.
Result<std::vector<std::int64_t>> codes_of(const data::DataSets& sets, const nn::LayerPlan& layer) {
  const data::Preparation* const preparation = sets.preparation.get();
  FORKNET_ASSIGN(auto codes, codes_in(*sets.train.table, layer, preparation));
  for (const auto* view : {&sets.validation, &sets.test}) {
    if (!*view || (*view)->table == sets.train.table) continue;
    FORKNET_ASSIGN(const auto own, codes_in(*(*view)->table, layer, preparation));
    for (std::size_t i = 0; i < codes.size(); ++i) codes[i] = std::max(codes[i], own[i]);
  }
  for (std::size_t i = 0; i < codes.size() && preparation != nullptr; ++i) {
    // With one for categories that no set has.
    const std::size_t known = preparation->codes_of(layer.code_inputs[i].input);
    codes[i] = std::max(codes[i], static_cast<std::int64_t>(known));
  }
  return codes;
}

}  // namespace

Status settle_codes(ModelConfig& model, const data::DataSets& sets) {
  LayerConfig& first = model.layers.front();
  const nn::LayerKind* const kind = nn::find_layer(first.type);
  std::vector<std::int64_t> coded = coded_inputs(sets);
  if (kind == nullptr || kind->traits().codes.empty()) {
    if (coded.empty()) return {};
    return Error{ErrorKind::config,
                 "data.categories = \"codes\": the first layer takes numbers, not codes; begin the "
                 "model with { type = \"embedding\", size = 8 }"};
  }
  if (absent(first, kind->traits().code_columns) && !coded.empty()) {
    first.settings.set(kind->traits().code_columns, std::move(coded));
  }
  const data::Table& train = *sets.train.table;
  FORKNET_ASSIGN(const auto plan, nn::plan_layer(first, 0, train.shape.features));
  FORKNET_ASSIGN(auto codes, codes_of(sets, plan));
  if (absent(first, kind->traits().codes)) {
    first.settings.set(kind->traits().codes, std::move(codes));
  }
  return {};
}

}  // namespace forknet::run
