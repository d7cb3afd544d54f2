#include "settings/allowed.h"

#include <algorithm>
#include <cmath>

#include "base/nearest.h"
#include "settings/augment.h"

namespace forknet::run {
namespace {

std::string number_text(double value) { return to_toml(Value{value, {}}); }

std::string describe_whole(const Whole& range) {
  std::string text = "whole number";
  if (range.high == std::numeric_limits<std::int64_t>::max()) {
    return text +
           (range.low == 0 ? " of 0 or more" : " of " + std::to_string(range.low) + " or more");
  }
  return text + " from " + std::to_string(range.low) + " to " + std::to_string(range.high);
}

std::string describe_fraction(const Fraction& range) {
  std::string text =
      std::string("number ") + (range.above ? "above " : "from ") + number_text(range.low);
  if (std::isinf(range.below))
    return range.above ? text : "number of " + number_text(range.low) + " or more";
  return text + (range.above ? " and below " : " to below ") + number_text(range.below);
}

bool inside(const Whole& range, std::int64_t value) {
  return value >= range.low && value <= range.high;
}

bool inside(const Fraction& range, double value) {
  return std::isfinite(value) && (range.above ? value > range.low : value >= range.low) &&
         value < range.below;
}

std::string joined(const std::vector<std::string>& parts, std::string_view last) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) text += i + 1 == parts.size() ? std::string(last) : ", ";
    text += parts[i];
  }
  return text;
}

bool is_pair(const Fraction& range, const List& list) {
  return list.size() == 2 && std::all_of(list.begin(), list.end(), [&](const Value& item) {
           return item.is_number() && inside(range, item.number());
         });
}

bool is_table(const Fraction& range, const Table& table) {
  return !table.empty() && std::all_of(table.begin(), table.end(), [&](const Entry& entry) {
    return entry.value.is_number() && inside(range, entry.value.number());
  });
}

bool is_list(const Allowed& allowed, const List& list) {
  return std::all_of(list.begin(), list.end(), [&](const Value& item) {
    if (const auto* whole = item.as<std::int64_t>()) {
      return allowed.whole_list && inside(*allowed.whole_list, *whole);
    }
    return item.is<std::string>() && allowed.text_list;
  });
}

bool accepts(const Allowed& allowed, const Value& value) {
  if (value.is<bool>()) return allowed.boolean;
  if (value.is<std::string>() && allowed.text) return true;
  if (const auto* whole = value.as<std::int64_t>(); whole != nullptr && allowed.whole) {
    return inside(*allowed.whole, *whole);
  }
  if (value.is_number() && allowed.fraction) return inside(*allowed.fraction, value.number());
  if (const auto* table = value.as<Table>())
    return allowed.table && is_table(*allowed.table, *table);
  if (const auto* list = value.as<List>()) {
    if (allowed.pair) return is_pair(*allowed.pair, *list);
    return (allowed.whole_list || allowed.text_list) && is_list(allowed, *list);
  }
  return false;
}

std::vector<std::string> word_names(const Allowed& allowed, bool only_built, bool in_quotes) {
  std::vector<std::string> names;
  for (const Word& word : allowed.words) {
    if (word.built || !only_built) {
      names.push_back(in_quotes ? '"' + std::string(word.name) + '"' : std::string(word.name));
    }
  }
  return names;
}

std::string head(std::string_view name, const Value& value) {
  return std::string(name) + " = " + printable(to_toml(value));
}

Problem wrong(const Allowed& allowed, std::string_view name, const Value& value) {
  Problem problem{head(name, value) + ": expected " + describe(allowed), "", value.place};
  if (const auto* word = value.as<std::string>()) {
    problem.hint = did_you_mean(*word, word_names(allowed, false, false));
    if (problem.hint.empty() && allowed.words.empty())
      problem.hint = "numbers are written without quotes";
  } else if (allowed.text && value.is_number()) {
    problem.hint = "text is written in quotes: \"" + printable(to_toml(value)) + "\"";
  }
  return problem;
}

}  // namespace

Allowed booleans() { return {.boolean = true}; }
Allowed texts() { return {.text = true}; }
Allowed wholes(std::int64_t low, std::int64_t high) { return {.whole = Whole{low, high}}; }
Allowed fractions(Fraction range) { return {.fraction = range}; }
Allowed words(std::vector<Word> list) { return {.words = std::move(list)}; }

std::string describe(const Allowed& allowed) {
  std::vector<std::string> parts;
  if (allowed.boolean) parts.emplace_back("true or false");
  if (allowed.text) parts.emplace_back("a string");
  if (allowed.whole) parts.push_back("a " + describe_whole(*allowed.whole));
  if (allowed.fraction) parts.push_back("a " + describe_fraction(*allowed.fraction));
  if (allowed.pair)
    parts.push_back("a list of two numbers, each a " + describe_fraction(*allowed.pair));
  if (allowed.whole_list) parts.emplace_back("a list of whole numbers");
  if (allowed.text_list) parts.emplace_back("a list of names");
  if (allowed.table)
    parts.push_back("a table of names, each with a " + describe_fraction(*allowed.table));
  if (allowed.source) parts.emplace_back("a table of files or arrays");
  if (allowed.layers) parts.emplace_back("a list of layers");
  if (allowed.augment) parts.push_back(describe_augment());
  for (auto& name : word_names(allowed, true, true)) parts.push_back(std::move(name));
  return joined(parts, " or ");
}

std::optional<Problem> check(const Allowed& allowed, std::string_view name, const Value& value) {
  if (const auto* given = value.as<std::string>()) {
    for (const Word& word : allowed.words) {
      if (word.name != *given) continue;
      if (word.built) return std::nullopt;
      return Problem{head(name, value) + " is not built yet; this version runs " +
                         joined(word_names(allowed, true, true), " and "),
                     "", value.place};
    }
  }
  if (accepts(allowed, value)) return std::nullopt;
  return wrong(allowed, name, value);
}

}  // namespace forknet::run
