// A value of a config file, of any TOML type, with its place in the file. All of forknet reads
// these trees; only toml_text.cc uses the TOML library.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace forknet::run {

// A place in a text: line and column from 1, columns and lengths in characters. Line 0: no place (a
// default, a flag, a value made by a program).
struct Place {
  int line = 0;
  int column = 0;
  int length = 1;
  [[nodiscard]] bool known() const { return line > 0; }
};

struct Value;
struct Entry;
struct Date {};  // TOML has dates; no setting takes one

using List = std::vector<Value>;
using Table = std::vector<Entry>;  // in the order of the file

struct Value {
  using Data = std::variant<bool, std::int64_t, double, std::string, Date, List, Table>;
  Data data;
  Place place;

  // Defined in value.cc, where Entry, which holds a Value, is complete.
  Value();
  Value(Data the_data, Place the_place);
  Value(const Value&);
  Value(Value&&) noexcept;
  Value& operator=(const Value&);
  Value& operator=(Value&&) noexcept;
  ~Value();

  // The value as a T (bool, int64_t, double, std::string, List, Table), or null if it is not one.
  template <class T>
  [[nodiscard]] const T* as() const {
    return std::get_if<T>(&data);
  }
  template <class T>
  [[nodiscard]] T* as() {
    return std::get_if<T>(&data);
  }
  template <class T>
  [[nodiscard]] bool is() const {
    return as<T>() != nullptr;
  }
  // A whole number or a fraction, as a double; 0 for anything else.
  [[nodiscard]] double number() const;
  [[nodiscard]] bool is_number() const { return is<std::int64_t>() || is<double>(); }
};

struct Entry {
  std::string key;
  Place place;
  Value value;
};

// The entry of that key, or null.
[[nodiscard]] const Entry* find(const Table& table, std::string_view key);
[[nodiscard]] Entry* find(Table& table, std::string_view key);

// The value as TOML on one line; parsing it gives the same value, bit for bit.
[[nodiscard]] std::string to_toml(const Value& value);
// Of a text.
[[nodiscard]] inline std::string toml_text_of(const std::string& text) {
  return to_toml({text, {}});
}
// The type of the value for messages: "a string", "a whole number", ...
[[nodiscard]] std::string_view describe_type(const Value& value);
// Whether two values mean the same setting (1 and 1.0 are the same number).
[[nodiscard]] bool same(const Value& left, const Value& right);

}  // namespace forknet::run
