// The settings of a part (a layer, a loss, an optimizer, a schedule): what a part declares about
// each, and the values that a config gives. A part declares its settings where it is implemented;
// config files, checks, --help and the manual come from there.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace forknet {

// true or false, a whole number, a number, a word, or a list of numbers or of whole numbers.
class SettingValue {
 public:
  SettingValue() = default;
  SettingValue(bool value) : data_(value) {}
  template <std::integral I>
  requires(!std::same_as<I, bool>) SettingValue(I value)
      : data_(static_cast<std::int64_t>(value)) {}
  SettingValue(double value) : data_(value) {}
  SettingValue(const char* word) : data_(std::string(word)) {}
  SettingValue(std::string_view word) : data_(std::string(word)) {}
  SettingValue(std::string word) : data_(std::move(word)) {}
  SettingValue(std::vector<double> numbers) : data_(std::move(numbers)) {}
  SettingValue(std::vector<std::int64_t> wholes) : data_(std::move(wholes)) {}

  // The value as a T (bool, int64_t, double, std::string, std::vector<double>,
  // std::vector<int64_t>), or null.
  template <class T>
  [[nodiscard]] const T* as() const {
    return std::get_if<T>(&data_);
  }
  // Whether both have the same type.
  [[nodiscard]] bool like(const SettingValue& other) const {
    return data_.index() == other.data_.index();
  }
  bool operator==(const SettingValue&) const = default;

 private:
  std::variant<bool, std::int64_t, double, std::string, std::vector<double>,
               std::vector<std::int64_t>>
      data_ = false;
};

// The numbers that a setting accepts: from `least` (without it, if `above`) to `most` for whole
// numbers, and below `below` for others.
struct SettingRange {
  double least = 0.0;
  bool above = false;
  double below = std::numeric_limits<double>::infinity();
  std::int64_t most = std::numeric_limits<std::int32_t>::max();
};

// The declaration of one setting. The type of the default is the setting's type; a list has as many
// numbers as its default; one of whole numbers has any length.
struct SettingSpec {
  std::string name;
  SettingValue value;  // the default
  std::string help;    // one line
  SettingRange range = {};
  std::vector<std::string> words = {};  // of a word: those it accepts; none: any text
  bool required = false;                // has no default
};

// Values by name, in the order in which they were set. Reading a name that is missing, or another
// type, ends the program: parts read settings that are complete and checked.
class Settings {
 public:
  Settings() = default;
  Settings(std::initializer_list<std::pair<std::string, SettingValue>> values) {
    for (const auto& [name, value] : values) set(name, value);
  }

  void set(std::string_view name, SettingValue value);
  // Null: it has no value.
  [[nodiscard]] const SettingValue* find(std::string_view name) const;

  [[nodiscard]] bool flag(std::string_view name) const;
  [[nodiscard]] std::int64_t whole(std::string_view name) const;
  [[nodiscard]] double number(std::string_view name) const;  // also of a whole number
  [[nodiscard]] const std::string& word(std::string_view name) const;
  [[nodiscard]] const std::vector<double>& numbers(std::string_view name) const;
  [[nodiscard]] const std::vector<std::int64_t>& wholes(std::string_view name) const;

  [[nodiscard]] const std::vector<std::pair<std::string, SettingValue>>& all() const {
    return values_;
  }
  bool operator==(const Settings&) const = default;

 private:
  std::vector<std::pair<std::string, SettingValue>> values_;
};

// The values of `given` for the declared settings, and defaults for the rest. Values of other names
// are left out: a config keeps those of other parts of its section.
[[nodiscard]] Settings complete(const Settings& given, const std::vector<SettingSpec>& declared);

}  // namespace forknet
