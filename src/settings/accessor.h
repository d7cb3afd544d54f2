// Converts between values of config files and members of forknet::Config: one pair of functions per
// setting, made from one expression that names the member.
#pragma once

#include <forknet/config.h>

#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "settings/augment.h"
#include "settings/data_source.h"
#include "settings/enum_names.h"
#include "settings/layers.h"
#include "settings/value.h"

namespace forknet::run {

// Both null: a setting that is known but not built. Values passed to `set` have been checked.
struct Accessor {
  std::function<void(Config&, const Value&)> set = nullptr;
  std::function<Value(const Config&)> get = nullptr;
};

inline void assign(bool& member, const Value& value) { member = *value.as<bool>(); }
inline void assign(std::int64_t& member, const Value& value) { member = *value.as<std::int64_t>(); }
inline void assign(double& member, const Value& value) { member = value.number(); }
inline void assign(std::string& member, const Value& value) { member = *value.as<std::string>(); }
inline void assign(std::uint64_t& member, const Value& value) {
  member = static_cast<std::uint64_t>(*value.as<std::int64_t>());
}
inline void assign(std::array<double, 2>& member, const Value& value) {
  const List& list = *value.as<List>();
  member = {list[0].number(), list[1].number()};
}
inline void assign(Interval& member, const Value& value) {
  member = {};
  if (const auto* steps = value.as<std::int64_t>()) {
    member = {Interval::Unit::steps, *steps};
  } else {
    member.unit = *value.as<std::string>() == "off" ? Interval::Unit::off : Interval::Unit::epoch;
  }
}
inline void assign(Pinning& member, const Value& value) {
  member = {};
  if (const auto* list = value.as<List>()) {
    member.kind = Pinning::Kind::list;
    for (const Value& cpu : *list) member.cpus.push_back(*cpu.as<std::int64_t>());
  } else if (*value.as<std::string>() == "none") {
    member.kind = Pinning::Kind::none;
  }
}
inline void assign(ClassWeight& member, const Value& value) {
  member = {};
  if (const auto* table = value.as<Table>()) {
    member.kind = ClassWeight::Kind::table;
    for (const Entry& entry : *table) member.table.emplace_back(entry.key, entry.value.number());
  } else if (*value.as<std::string>() == "balanced") {
    member.kind = ClassWeight::Kind::balanced;
  }
}
inline void assign(Choice& member, const Value& value) {
  const bool* chosen = value.as<bool>();
  member = chosen == nullptr ? Choice::automatic : *chosen ? Choice::yes : Choice::no;
}
inline void assign(std::vector<std::string>& member, const Value& value) {
  member.clear();
  for (const Value& item : *value.as<List>()) member.push_back(*item.as<std::string>());
}
inline ColumnName column_name(const Value& value) {
  if (const auto* place = value.as<std::int64_t>()) return *place;
  return *value.as<std::string>();
}
inline void assign(std::vector<ColumnName>& member, const Value& value) {
  member.clear();
  if (const auto* list = value.as<List>()) {
    for (const Value& item : *list) member.push_back(column_name(item));
  } else {
    member.push_back(column_name(value));
  }
}
template <class E>
requires std::is_enum_v<E>
void assign(E& member, const Value& value) { member = *value_of<E>(*value.as<std::string>()); }

inline Value read(bool member) { return {member, {}}; }
inline Value read(std::int64_t member) { return {member, {}}; }
inline Value read(double member) { return {member, {}}; }
inline Value read(const std::string& member) { return {member, {}}; }
inline Value read(std::uint64_t member) {
  // TOML's whole numbers end at 2^63 - 1; a larger one is shown as text, which the check refuses.
  if (member > std::numeric_limits<std::int64_t>::max()) return {std::to_string(member), {}};
  return {static_cast<std::int64_t>(member), {}};
}
inline Value read(const std::array<double, 2>& member) {
  return {List{read(member[0]), read(member[1])}, {}};
}
inline Value read(const Interval& member) {
  if (member.unit == Interval::Unit::steps) return {member.steps, {}};
  return {std::string(member.unit == Interval::Unit::off ? "off" : "epoch"), {}};
}
inline Value read(const Pinning& member) {
  if (member.kind != Pinning::Kind::list) {
    return {std::string(member.kind == Pinning::Kind::none ? "none" : "auto"), {}};
  }
  List list;
  for (const std::int64_t cpu : member.cpus) list.push_back({cpu, {}});
  return {std::move(list), {}};
}
inline Value read(const ClassWeight& member) {
  if (member.kind != ClassWeight::Kind::table) {
    return {std::string(member.kind == ClassWeight::Kind::none ? "none" : "balanced"), {}};
  }
  Table table;
  for (const auto& [name, weight] : member.table) table.push_back({name, {}, {weight, {}}});
  return {std::move(table), {}};
}
inline Value read(Choice member) {
  if (member == Choice::automatic) return {std::string("auto"), {}};
  return {member == Choice::yes, {}};
}
inline Value read(const std::vector<std::string>& member) {
  List list;
  for (const std::string& text : member) list.push_back({text, {}});
  return {std::move(list), {}};
}
inline Value read(const std::vector<ColumnName>& member) {
  List list;
  for (const ColumnName& name : member) {
    if (const auto* place = std::get_if<std::int64_t>(&name)) {
      list.push_back({*place, {}});
    } else {
      list.push_back({std::get<std::string>(name), {}});
    }
  }
  return {std::move(list), {}};
}
template <class E>
requires std::is_enum_v<E> Value read(E member) { return {std::string(word_of(member)), {}}; }

// field([](auto& config) -> auto& { return config.train.batch; })
template <class Member>
Accessor field(Member) {
  return {[](Config& config, const Value& value) { assign(Member{}(config), value); },
          [](const Config& config) { return read(Member{}(config)); }};
}

// A whole number; 0 is written "auto".
template <class Member>
Accessor field_or_auto(Member) {
  return {[](Config& config, const Value& value) {
            const auto* number = value.as<std::int64_t>();
            Member{}(config) = number != nullptr ? *number : 0;
          },
          [](const Config& config) {
            const std::int64_t number = Member{}(config);
            return number == 0 ? Value{std::string("auto"), {}} : Value{number, {}};
          }};
}

// A number; 0 is written "auto".
template <class Member>
Accessor number_or_auto(Member) {
  return {[](Config& config, const Value& value) {
            Member{}(config) = value.as<std::string>() != nullptr ? 0.0 : value.number();
          },
          [](const Config& config) {
            const double number = Member{}(config);
            return number == 0 ? Value{std::string("auto"), {}} : Value{number, {}};
          }};
}

// A number; a negative one is written "auto".
template <class Member>
Accessor negative_is_auto(Member) {
  return {[](Config& config, const Value& value) {
            Member{}(config) = value.as<std::string>() != nullptr ? -1.0 : value.number();
          },
          [](const Config& config) {
            const double number = Member{}(config);
            return number < 0 ? Value{std::string("auto"), {}} : Value{number, {}};
          }};
}

// A whole number of which one value is a word: grid.stages = "layers".
template <class Member>
Accessor field_or_word(Member) {
  return {[](Config& config, const Value& value) {
            const auto* number = value.as<std::int64_t>();
            Member::of(config) = number != nullptr ? *number : Member::kNumber;
          },
          [](const Config& config) {
            const std::int64_t number = Member::of(config);
            return number == Member::kNumber ? Value{std::string(Member::kWord), {}}
                                             : Value{number, {}};
          }};
}

// grid.average_every: a whole number, "auto", "epoch" or "end".
template <class Member>
Accessor rounds_field(Member) {
  return {[](Config& config, const Value& value) {
            const auto* number = value.as<std::int64_t>();
            const auto* word = value.as<std::string>();
            Member{}(config) = number != nullptr  ? *number
                               : *word == "end"   ? GridConfig::kEnd
                               : *word == "epoch" ? GridConfig::kEpoch
                                                  : GridConfig::kAuto;
          },
          [](const Config& config) {
            const std::int64_t number = Member{}(config);
            if (number > 0) return Value{number, {}};
            return Value{std::string(number == GridConfig::kEnd     ? "end"
                                     : number == GridConfig::kEpoch ? "epoch"
                                                                    : "auto"),
                         {}};
          }};
}

}  // namespace forknet::run
