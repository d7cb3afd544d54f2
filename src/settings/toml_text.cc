#include "settings/toml_text.h"

#include <algorithm>
#include <string>
#include <utility>

#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_WINDOWS_COMPAT 0
#include <toml++/toml.h>

#include "settings/toml_traps.h"

namespace forknet::run {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";  // some editors write it

Place place_of(const toml::source_region& source) {
  Place place;
  place.line = static_cast<int>(source.begin.line);
  place.column = static_cast<int>(source.begin.column);
  const bool one_line = source.end.line == source.begin.line;
  place.length = one_line ? static_cast<int>(source.end.column) - place.column : 1;
  return place;
}

Value convert(const toml::node& node);

Table convert_table(const toml::table& table) {
  Table entries;
  for (auto&& [key, node] : table) {
    entries.push_back({std::string(key.str()), place_of(key.source()), convert(node)});
  }
  // The library sorts by name; messages follow the order of the file.
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::pair(a.place.line, a.place.column) < std::pair(b.place.line, b.place.column);
  });
  return entries;
}

List convert_list(const toml::array& array) {
  List items;
  items.reserve(array.size());
  for (const toml::node& item : array) items.push_back(convert(item));
  return items;
}

Value convert(const toml::node& node) {
  Value value;
  value.place = place_of(node.source());
  if (const auto* boolean = node.as_boolean()) {
    value.data = boolean->get();
  } else if (const auto* whole = node.as_integer()) {
    value.data = std::int64_t{whole->get()};
  } else if (const auto* fraction = node.as_floating_point()) {
    value.data = fraction->get();
  } else if (const auto* string = node.as_string()) {
    value.data = string->get();
  } else if (const auto* array = node.as_array()) {
    value.data = convert_list(*array);
  } else if (const auto* table = node.as_table()) {
    value.data = convert_table(*table);
  } else {
    value.data = Date{};
  }
  return value;
}

std::string hint_for(std::string_view description) {
  const auto says = [&](std::string_view part) {
    return description.find(part) != std::string_view::npos;
  };
  if (says("redefine")) return "every key and every [table] is written once";
  if (says("control characters") || says("string: encountered end-of-file")) {
    return "is a closing quote missing?";
  }
  const bool bare_word = says("expected 'true'") || says("expected 'false'") ||
                         says("expected 'nan'") || says("expected 'inf'") ||
                         says("could not determine value type") || says("expected value");
  if (bare_word) return "text is written in quotes: activation = \"relu\"";
  return "the file is TOML: key = value lines under [section] lines";
}

// "Error while parsing key-value pair: expected value" -> "expected value"
std::string_view without_preamble(std::string_view description) {
  constexpr std::string_view kPreamble = "Error while parsing ";
  const auto colon = description.find(": ");
  if (description.substr(0, kPreamble.size()) == kPreamble && colon != std::string_view::npos) {
    description.remove_prefix(colon + 2);
  }
  return description;
}

// A word is not in a file, so an error must not point into one.
void forget_places(Value& value) {
  value.place = {};
  if (auto* list = value.as<List>()) {
    for (Value& item : *list) forget_places(item);
  }
  if (auto* table = value.as<Table>()) {
    for (Entry& entry : *table) {
      entry.place = {};
      forget_places(entry.value);
    }
  }
}

}  // namespace

Outcome<Table> parse_toml(std::string_view text) {
  if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark) {
    text.remove_prefix(kByteOrderMark.size());
  }
  if (const auto nul = text.find('\0'); nul != std::string_view::npos) {
    return Problem{"this is not a text file (byte " + std::to_string(nul + 1) + " is zero)",
                   "a config is TOML text; \"forknet init mnist FILE\" writes one",
                   {}};
  }
  if (auto trap = find_trap(text)) return std::move(*trap);
  const toml::parse_result result = toml::parse(text);
  if (result.succeeded()) return convert_table(result.table());
  const toml::parse_error& error = result.error();
  const auto description = without_preamble(error.description());
  return Problem{"not TOML: " + printable(description, 160), hint_for(error.description()),
                 place_of(error.source())};
}

Outcome<Value> parse_word(std::string_view text) {
  auto outcome = parse_toml("value = " + std::string(text));
  if (auto* table = std::get_if<Table>(&outcome)) {
    if (table->size() == 1) {
      forget_places(table->front().value);
      return std::move(table->front().value);
    }
    return Problem{in_quotes(text) + " is more than one value", "", {}};
  }
  const bool meant_as_toml = text.find_first_of("\"'[{") == 0;
  const bool one_word = text.find('\n') == std::string_view::npos && !text.empty();
  if (one_word && !meant_as_toml) return Value{std::string(text), {}};
  const auto& problem = std::get<Problem>(outcome);
  return Problem{in_quotes(text) + ": " + problem.message, problem.hint, {}};
}

}  // namespace forknet::run
