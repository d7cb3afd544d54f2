#include "sweep/plan/variants.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "base/printable.h"
#include "base/try.h"
#include "os/file.h"

namespace forknet::sweep {
namespace {

Error misused(const std::string& text, const std::string& why) {
  return {ErrorKind::usage, fmt::format("--vary {}: {}", printable(text), why)};
}

std::string trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return "";
  return std::string(text.substr(begin, text.find_last_not_of(" \t") - begin + 1));
}

// Splits at commas that are in no bracket, brace or quotes.
std::vector<std::string> values_in(std::string_view text) {
  std::vector<std::string> values(1);
  int depth = 0;
  char quote = 0;
  bool escaped = false;
  for (const char c : text) {
    if (quote != 0) {
      if (c == quote && !escaped) quote = 0;
      escaped = quote == '"' && c == '\\' && !escaped;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '[' || c == '{') {
      ++depth;
    } else if (c == ']' || c == '}') {
      --depth;
    }
    if (c == ',' && depth == 0 && quote == 0) {
      values.emplace_back();
    } else {
      values.back() += c;
    }
  }
  for (std::string& value : values) value = trimmed(value);
  return values;
}

template <class List>
bool contains(const List& list, const typename List::value_type& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// The part of a key after its section.
std::string short_name(const std::string& key) { return key.substr(key.find('.') + 1); }

}  // namespace

Result<Axis> parse_axis(const std::string& text) {
  const auto equals = text.find('=');
  Axis axis;
  if (equals != std::string::npos) axis.key = trimmed(std::string_view(text).substr(0, equals));
  if (axis.key.empty()) return misused(text, "expected KEY=A,B,…, such as optimizer.lr=0.1,0.01");
  if (axis.key == "run.name" || axis.key == "run.dir") {
    return misused(text, "the runs of a comparison lie in one folder; --run NAME names them");
  }
  for (std::string& value : values_in(std::string_view(text).substr(equals + 1))) {
    if (value.empty()) return misused(text, "a value is missing: expected KEY=A,B,…");
    if (contains(axis.values, value)) return misused(text, value + " is there twice");
    axis.values.push_back(std::move(value));
  }
  return axis;
}

Result<std::vector<Variant>> variants_of(const std::vector<std::string>& configs,
                                         const std::vector<Axis>& axes) {
  std::vector<Variant> variants;
  for (const std::string& config : configs) {
    const bool twice = std::any_of(variants.begin(), variants.end(),
                                   [&](const Variant& other) { return other.config == config; });
    if (twice) return Error{ErrorKind::usage, printable(config, 200) + " is there twice"};
    variants.push_back({config, {}});
  }
  std::vector<std::string> keys;
  for (const Axis& axis : axes) {
    if (contains(keys, axis.key)) return misused(axis.key, "the key is there twice");
    keys.push_back(axis.key);
    if (variants.size() * axis.values.size() > kMostVariants) {
      return misused(axis.key, fmt::format("these are more than {} variants", kMostVariants));
    }
    std::vector<Variant> product;
    for (const Variant& variant : variants) {
      for (const std::string& value : axis.values) {
        product.push_back(variant);
        product.back().settings.emplace_back(axis.key, value);
      }
    }
    variants = std::move(product);
  }
  return variants;
}

std::string shown_value(const std::string& value) {
  constexpr std::size_t kMost = 40;
  return printable(value, kMost);
}

std::string label_of(const Variant& variant, bool several_configs) {
  std::string label =
      several_configs || variant.settings.empty() ? os::name_of(variant.config) : "";
  for (const auto& [key, value] : variant.settings) {
    label += fmt::format("{}{}={}", label.empty() ? "" : " ", short_name(key), shown_value(value));
  }
  return label;
}

}  // namespace forknet::sweep
