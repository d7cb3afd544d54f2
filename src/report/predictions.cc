#include "report/predictions.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "report/confusion.h"

namespace forknet::report {
namespace {

// A CSV field, in quotes if necessary.
std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

std::string json_string(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

bool has_names(const PredictionNames& names) {
  return names.classifies ? !names.classes.empty() : !names.targets.empty();
}

std::string class_of(const PredictionNames& names, std::size_t label) {
  return label < names.classes.size() ? names.classes[label] : fmt::format("{}", label);
}

std::string joined_fields(const std::vector<std::string>& fields) {
  return fmt::format("{}\n", fmt::join(fields, ","));
}

// The sign of a nan has no meaning.
std::string number_in_text(float value) {
  return std::isnan(value) ? "nan" : fmt::format("{}", value);
}

// JSON numbers are finite.
std::string number_in_json(float value) {
  return std::isfinite(value) ? fmt::format("{}", value) : "null";
}

std::string csv_line(const PredictionNames& names, std::span<const std::string> kept,
                     std::span<const float> outputs) {
  std::vector<std::string> fields;
  for (const std::string& field : kept) fields.push_back(csv_field(field));
  if (names.classifies) fields.push_back(csv_field(class_of(names, predicted_class(outputs))));
  for (const float output : outputs) fields.push_back(number_in_text(output));
  return joined_fields(fields);
}

std::string json_outputs(const PredictionNames& names, std::span<const float> outputs) {
  std::vector<std::string> members;
  if (!has_names(names)) {
    for (const float output : outputs) members.push_back(number_in_json(output));
    return fmt::format("\"outputs\":[{}]", fmt::join(members, ","));
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const std::string name = names.classifies           ? class_of(names, i)
                             : i < names.targets.size() ? names.targets[i]
                                                        : fmt::format("output_{}", i);
    members.push_back(json_string(name) + ":" + number_in_json(outputs[i]));
  }
  const std::string list = fmt::format("{}", fmt::join(members, ","));
  return names.classifies ? "\"probabilities\":{" + list + "}" : list;
}

std::string json_line(const PredictionNames& names, std::span<const std::string> kept,
                      std::span<const float> outputs) {
  std::string line = "{";
  for (std::size_t i = 0; i < kept.size(); ++i) {
    line += json_string(names.kept[i]) + ":" + json_string(kept[i]) + ",";
  }
  if (names.classifies) {
    const std::size_t label = predicted_class(outputs);
    const std::string name = class_of(names, label);
    line += "\"class\":" + (names.classes.empty() ? name : json_string(name)) + ",";
  }
  return line + json_outputs(names, outputs) + "}\n";
}

}  // namespace

std::string predictions_header(const PredictionNames& names, PredictionFormat format) {
  if (format == PredictionFormat::json_lines) return "";
  std::vector<std::string> fields;
  for (const std::string& name : names.kept) fields.push_back(csv_field(name));
  if (names.classifies) fields.emplace_back("class");
  for (std::size_t i = 0; i < names.outputs; ++i) {
    if (names.classifies && i < names.classes.size()) {
      fields.push_back(csv_field("probability_" + names.classes[i]));
    } else if (!names.classifies && i < names.targets.size()) {
      fields.push_back(csv_field(names.targets[i]));
    } else {
      fields.push_back(fmt::format("output_{}", i));
    }
  }
  return joined_fields(fields);
}

std::string prediction_line(const PredictionNames& names, std::span<const std::string> kept,
                            std::span<const float> outputs, PredictionFormat format) {
  return format == PredictionFormat::csv ? csv_line(names, kept, outputs)
                                         : json_line(names, kept, outputs);
}

}  // namespace forknet::report
