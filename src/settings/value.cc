#include "settings/value.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <string>

namespace forknet::run {
namespace {

std::string double_text(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  std::array<char, 32> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  std::string text(buffer.data(), end);
  // In TOML a fraction must have a point or an exponent.
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::string string_text(std::string_view value) {
  std::string text = "\"";
  for (const char c : value) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      text += '\\';
      text += c;
    } else if (code < 0x20 || code == 0x7F) {
      std::array<char, 8> escape;
      std::snprintf(escape.data(), escape.size(), "\\u%04X", code);
      text += escape.data();
    } else {
      text += c;
    }
  }
  return text + '"';
}

bool is_bare(std::string_view key) {
  const auto bare = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  };
  return !key.empty() && std::all_of(key.begin(), key.end(), bare);
}

std::string list_text(const List& list) {
  std::string text = "[";
  for (const Value& item : list) {
    if (text.size() > 1) text += ", ";
    text += to_toml(item);
  }
  return text + "]";
}

std::string table_text(const Table& table) {
  if (table.empty()) return "{}";
  std::string text = "{ ";
  for (const Entry& entry : table) {
    if (text.size() > 2) text += ", ";
    text += is_bare(entry.key) ? entry.key : string_text(entry.key);
    text += " = " + to_toml(entry.value);
  }
  return text + " }";
}

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

bool same_tables(const Table& left, const Table& right) {
  if (left.size() != right.size()) return false;
  return std::all_of(left.begin(), left.end(), [&](const Entry& entry) {
    const Entry* other = find(right, entry.key);
    return other != nullptr && same(entry.value, other->value);
  });
}

}  // namespace

Value::Value() = default;
Value::Value(Data the_data, Place the_place) : data(std::move(the_data)), place(the_place) {}
Value::Value(const Value&) = default;
Value::Value(Value&&) noexcept = default;
Value& Value::operator=(const Value&) = default;
Value& Value::operator=(Value&&) noexcept = default;
Value::~Value() = default;

double Value::number() const {
  if (const auto* whole = as<std::int64_t>()) return static_cast<double>(*whole);
  if (const auto* fraction = as<double>()) return *fraction;
  return 0.0;
}

const Entry* find(const Table& table, std::string_view key) {
  const auto entry =
      std::find_if(table.begin(), table.end(), [&](const Entry& e) { return e.key == key; });
  return entry == table.end() ? nullptr : &*entry;
}

Entry* find(Table& table, std::string_view key) {
  return const_cast<Entry*>(find(std::as_const(table), key));
}

std::string to_toml(const Value& value) {
  return std::visit(Overloaded{
                        [](bool b) { return std::string(b ? "true" : "false"); },
                        [](std::int64_t i) { return std::to_string(i); },
                        [](double d) { return double_text(d); },
                        [](const std::string& s) { return string_text(s); },
                        [](const Date&) { return std::string("a date"); },
                        [](const List& list) { return list_text(list); },
                        [](const Table& table) { return table_text(table); },
                    },
                    value.data);
}

std::string_view describe_type(const Value& value) {
  static constexpr std::array<std::string_view, 7> kNames = {
      "true or false", "a whole number", "a number with a fraction", "a string", "a date",
      "a list",        "a table"};
  return kNames[value.data.index()];
}

bool same(const Value& left, const Value& right) {
  if (left.is_number() && right.is_number()) return left.number() == right.number();
  if (left.data.index() != right.data.index()) return false;
  if (const auto* list = left.as<List>()) {
    const List& other = *right.as<List>();
    return std::equal(list->begin(), list->end(), other.begin(), other.end(), same);
  }
  if (const auto* table = left.as<Table>()) return same_tables(*table, *right.as<Table>());
  return to_toml(left) == to_toml(right);
}

}  // namespace forknet::run
