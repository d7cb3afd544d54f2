#include "apps/option_words.h"

#include <charconv>
#include <cstdio>

#include "settings/problem.h"
#include "settings/value.h"

namespace forknet::apps {
namespace {

template <class Number>
std::optional<Number> number(const std::string& text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

int stop(const Stop& reason) {
  std::fputs(reason.text.c_str(), stderr);
  return reason.code;
}

std::optional<std::string> given(const ParsedCommand& parsed, std::string_view option) {
  if (!parsed.has(option)) return std::nullopt;
  return parsed.value(option);
}

std::optional<std::int64_t> whole_number(const std::string& text) {
  return number<std::int64_t>(text);
}

std::optional<Stop> take_count(const ParsedCommand& parsed, std::string_view option,
                               std::optional<std::int64_t>& target) {
  if (!parsed.has(option)) return std::nullopt;
  const std::string text = parsed.value(option);
  target = whole_number(text);
  if (target && *target >= 0) return std::nullopt;
  return misused(*parsed.command, std::string(option) + " " + run::in_quotes(text) +
                                      " is not a whole number of 0 or more");
}

std::optional<Stop> take_until(const ParsedCommand& parsed, std::optional<double>& target) {
  if (!parsed.has("--until")) return std::nullopt;
  constexpr std::string_view kMetric = "accuracy=";
  const std::string text = parsed.value("--until");
  const auto value =
      text.starts_with(kMetric) ? number<double>(text.substr(kMetric.size())) : std::nullopt;
  if (!value || !(*value > 0.0 && *value <= 1.0)) {
    return misused(*parsed.command, "--until " + run::in_quotes(text) +
                                        " is not accuracy=X with X above 0 and at most 1");
  }
  target = value;
  return std::nullopt;
}

std::optional<Stop> take_json(const ParsedCommand& parsed, Json& target) {
  if (!parsed.has("--json")) return std::nullopt;
  const std::string text = parsed.value("--json");
  target = text.empty() ? Json::result : Json::lines;
  if (text.empty() || text == "lines") return std::nullopt;
  return misused(*parsed.command,
                 "--json=" + run::printable(text) + " is not --json or --json=lines");
}

std::optional<Stop> take_overrides(const ParsedCommand& parsed, run::Overrides& overrides) {
  if (parsed.has("--epochs")) {
    std::int64_t epochs = 0;
    if (auto wrong = take_whole(parsed, "--epochs", epochs)) return wrong;
    overrides.flags.push_back({"--epochs", "train.epochs", std::to_string(epochs)});
  }
  if (parsed.has("--grid")) {
    const std::string preset = run::to_toml(run::Value{parsed.value("--grid"), {}});
    overrides.flags.push_back({"--grid", "grid.preset", preset});
  }
  if (const auto sets = parsed.options.find("--set"); sets != parsed.options.end()) {
    overrides.sets = sets->second;
  }
  return std::nullopt;
}

}  // namespace forknet::apps
