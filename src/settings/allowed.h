// The allowed values of a setting: types, ranges and words. Checks a value and describes what was
// expected.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "settings/enum_names.h"
#include "settings/problem.h"
#include "settings/value.h"

namespace forknet::run {

// A word that a setting accepts; not built: known, but refused by this version.
struct Word {
  std::string name;
  bool built = true;
};

struct Whole {  // low <= value <= high
  std::int64_t low = 0;
  std::int64_t high = std::numeric_limits<std::int32_t>::max();
};

struct Fraction {  // low <= value (low < value when above), value < below
  double low = 0.0;
  bool above = false;
  double below = std::numeric_limits<double>::infinity();
};

// The union of all members that are set: {.whole = Whole{1}, .words = {{"layers"}}} allows both.
struct Allowed {
  bool boolean = false;
  bool text = false;
  std::optional<Whole> whole = {};
  std::optional<Fraction> fraction = {};
  std::optional<Fraction> pair = {};     // a list of two such numbers
  std::optional<Whole> whole_list = {};  // a list of such numbers
  bool text_list = false;
  std::optional<Fraction> table = {};  // of names and such numbers, at least one
  std::vector<Word> words = {};
  bool source = false;   // files, arrays (data_source.h)
  bool layers = false;   // the model (layers.h)
  bool augment = false;  // of pictures (augment.h)

  // Whether --set may name one entry of the value.
  [[nodiscard]] bool is_table() const { return source || table || augment; }
};

[[nodiscard]] Allowed booleans();
[[nodiscard]] Allowed texts();
[[nodiscard]] Allowed wholes(std::int64_t low,
                             std::int64_t high = std::numeric_limits<std::int32_t>::max());
[[nodiscard]] Allowed fractions(Fraction range);
[[nodiscard]] Allowed words(std::vector<Word> list);

// The words of an enum, then `not_built`, those of later versions.
template <class E>
[[nodiscard]] Allowed words_for(const std::vector<std::string_view>& not_built = {}) {
  Allowed allowed;
  for (const auto& word : kEnumNames<E>) allowed.words.push_back({std::string(word.name), true});
  for (const auto& name : not_built) allowed.words.push_back({std::string(name), false});
  return allowed;
}

// `a whole number from 1 to 10 or "auto"`: what this version expects.
[[nodiscard]] std::string describe(const Allowed& allowed);

// Nothing: the value is allowed; else what is wrong with it. `name`: the setting in the message
// ("train.batch", "layer 2: units"). Sources, layers and augmentation have
// their own checks.
[[nodiscard]] std::optional<Problem> check(const Allowed& allowed, std::string_view name,
                                           const Value& value);

}  // namespace forknet::run
