#include "train/check_codes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include "base/printable.h"
#include "nn/layer.h"

namespace forknet::run {
namespace {

// fp32 has every whole number below.
constexpr float kMostCodes = 1 << 24;

bool is_code(float value) { return value >= 0 && value < kMostCodes && std::floor(value) == value; }

struct Met {
  std::size_t row = 0;
  std::size_t which = 0;  // of the code inputs
  float value = 0;
};

// The first value that fits(value, which) is false for, row by row.
template <class Fits>
std::optional<Met> first_that_does_not(const data::Table& table,
                                       const std::vector<nn::CodeInput>& inputs, Fits fits) {
  const bool bytes = table.shape.element == data::Element::u8;
  for (std::size_t row = 0; row < table.shape.rows; ++row) {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const std::size_t input = inputs[i].input;
      const float value =
          bytes ? static_cast<float>(table.u8_row(row)[input]) : table.f32_row(row)[input];
      if (!fits(value, i)) return Met{row, i, value};
    }
  }
  return std::nullopt;
}

// "input 3 (city) of row 17 is 2.5"
std::string text_of(const Met& met, const nn::LayerPlan& layer,
                    const data::Preparation* preparation) {
  const std::size_t input = layer.code_inputs[met.which].input;
  const bool named = preparation != nullptr && preparation->of_columns();
  return fmt::format("input {}{} of row {} is {}", input,
                     named ? " (" + printable(preparation->input_name(input)) + ")" : "",
                     met.row + 1, met.value);
}

}  // namespace

Result<std::vector<std::int64_t>> codes_in(const data::Table& table, const nn::LayerPlan& layer,
                                           const data::Preparation* preparation) {
  std::vector<std::int64_t> codes(layer.code_inputs.size(), 1);
  const auto fault =
      first_that_does_not(table, layer.code_inputs, [&](float value, std::size_t which) {
        if (!is_code(value)) return false;
        codes[which] = std::max(codes[which], static_cast<std::int64_t>(value) + 1);
        return true;
      });
  if (!fault) return codes;
  return Error{ErrorKind::config,
               fmt::format("model.layers: layer {} ({}) takes whole-number codes, but in {} {}",
                           nn::place_of(layer), layer.kind->name(), table.inputs_name,
                           text_of(*fault, layer, preparation))};
}

Status check_codes(const data::Table& table, const nn::ModelPlan& plan,
                   const data::Preparation* preparation) {
  const nn::LayerPlan& layer = plan.layers.front();
  if (layer.code_inputs.empty()) return {};
  const auto fault =
      first_that_does_not(table, layer.code_inputs, [&](float value, std::size_t which) {
        return is_code(value) && value < static_cast<float>(layer.code_inputs[which].codes);
      });
  if (!fault) return {};
  return Error{ErrorKind::data, fmt::format("{}: {}, but the model has the codes 0 to {} there",
                                            table.inputs_name, text_of(*fault, layer, preparation),
                                            layer.code_inputs[fault->which].codes - 1)};
}

void leave_codes(const nn::ModelPlan& plan, data::Scaling& scaling) {
  const std::vector<nn::CodeInput>& inputs = plan.layers.front().code_inputs;
  if (inputs.empty() || scaling.is_none()) return;
  if (scaling.offset.size() == 1) {
    scaling.offset.resize(plan.inputs, scaling.offset.front());
    scaling.factor.resize(plan.inputs, scaling.factor.front());
  }
  for (const nn::CodeInput& input : inputs) {
    data::leave_feature(scaling, input.input);
  }
}

}  // namespace forknet::run
