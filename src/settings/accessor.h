// Between the values of config files and the workers of forknet::Config: one pair of functions a
// setting, made from one expression that names the worker.
#pragma once

#include <forknet/config.h>

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "settings/data_source.h"
#include "settings/enum_names.h"
#include "settings/layers.h"
#include "settings/value.h"

namespace forknet::run {

// Both null: a setting that is known but not built. Values given to `set` have been checked.
struct Accessor {
  void (*set)(Config&, const Value&) = nullptr;
  Value (*get)(const Config&) = nullptr;
};

inline void assign(bool& worker, const Value& value) { worker = *value.as<bool>(); }
inline void assign(std::int64_t& worker, const Value& value) { worker = *value.as<std::int64_t>(); }
inline void assign(double& worker, const Value& value) { worker = value.number(); }
inline void assign(std::string& worker, const Value& value) { worker = *value.as<std::string>(); }
inline void assign(std::uint64_t& worker, const Value& value) {
  worker = static_cast<std::uint64_t>(*value.as<std::int64_t>());
}
inline void assign(std::array<double, 2>& worker, const Value& value) {
  const List& list = *value.as<List>();
  worker = {list[0].number(), list[1].number()};
}
inline void assign(Interval& worker, const Value& value) {
  worker = {};
  if (const auto* steps = value.as<std::int64_t>()) {
    worker = {Interval::Unit::steps, *steps};
  } else {
    worker.unit = *value.as<std::string>() == "off" ? Interval::Unit::off : Interval::Unit::epoch;
  }
}
inline void assign(Pinning& worker, const Value& value) {
  worker = {};
  if (const auto* list = value.as<List>()) {
    worker.kind = Pinning::Kind::list;
    for (const Value& cpu : *list) worker.cpus.push_back(*cpu.as<std::int64_t>());
  } else if (*value.as<std::string>() == "none") {
    worker.kind = Pinning::Kind::none;
  }
}
inline void assign(Choice& worker, const Value& value) {
  const bool* chosen = value.as<bool>();
  worker = chosen == nullptr ? Choice::automatic : *chosen ? Choice::yes : Choice::no;
}
inline void assign(std::vector<std::string>& worker, const Value& value) {
  worker.clear();
  for (const Value& item : *value.as<List>()) worker.push_back(*item.as<std::string>());
}
inline ColumnName column_name(const Value& value) {
  if (const auto* place = value.as<std::int64_t>()) return *place;
  return *value.as<std::string>();
}
inline void assign(std::vector<ColumnName>& worker, const Value& value) {
  worker.clear();
  if (const auto* list = value.as<List>()) {
    for (const Value& item : *list) worker.push_back(column_name(item));
  } else {
    worker.push_back(column_name(value));
  }
}
template <class E>
requires std::is_enum_v<E>
void assign(E& worker, const Value& value) { worker = *value_of<E>(*value.as<std::string>()); }

inline Value read(bool worker) { return {worker, {}}; }
inline Value read(std::int64_t worker) { return {worker, {}}; }
inline Value read(double worker) { return {worker, {}}; }
inline Value read(const std::string& worker) { return {worker, {}}; }
inline Value read(std::uint64_t worker) {
  // TOML's whole numbers end at 2^63 - 1; what is above is shown as it is and refused as text.
  if (worker > std::numeric_limits<std::int64_t>::max()) return {std::to_string(worker), {}};
  return {static_cast<std::int64_t>(worker), {}};
}
inline Value read(const std::array<double, 2>& worker) {
  return {List{read(worker[0]), read(worker[1])}, {}};
}
inline Value read(const Interval& worker) {
  if (worker.unit == Interval::Unit::steps) return {worker.steps, {}};
  return {std::string(worker.unit == Interval::Unit::off ? "off" : "epoch"), {}};
}
inline Value read(const Pinning& worker) {
  if (worker.kind != Pinning::Kind::list) {
    return {std::string(worker.kind == Pinning::Kind::none ? "none" : "auto"), {}};
  }
  List list;
  for (const std::int64_t cpu : worker.cpus) list.push_back({cpu, {}});
  return {std::move(list), {}};
}
inline Value read(Choice worker) {
  if (worker == Choice::automatic) return {std::string("auto"), {}};
  return {worker == Choice::yes, {}};
}
inline Value read(const std::vector<std::string>& worker) {
  List list;
  for (const std::string& text : worker) list.push_back({text, {}});
  return {std::move(list), {}};
}
inline Value read(const std::vector<ColumnName>& worker) {
  List list;
  for (const ColumnName& name : worker) {
    if (const auto* place = std::get_if<std::int64_t>(&name)) {
      list.push_back({*place, {}});
    } else {
      list.push_back({std::get<std::string>(name), {}});
    }
  }
  return {std::move(list), {}};
}
template <class E>
requires std::is_enum_v<E> Value read(E worker) { return {std::string(word_of(worker)), {}}; }

// field([](auto& config) -> auto& { return config.train.batch; })
template <class Worker>
Accessor field(Worker) {
  return {[](Config& config, const Value& value) { assign(Worker{}(config), value); },
          [](const Config& config) { return read(Worker{}(config)); }};
}

// A whole number whose 0 is written "auto".
template <class Worker>
Accessor field_or_auto(Worker) {
  return {[](Config& config, const Value& value) {
            const auto* number = value.as<std::int64_t>();
            Worker{}(config) = number != nullptr ? *number : 0;
          },
          [](const Config& config) {
            const std::int64_t number = Worker{}(config);
            return number == 0 ? Value{std::string("auto"), {}} : Value{number, {}};
          }};
}

// The same of a number.
template <class Worker>
Accessor number_or_auto(Worker) {
  return {[](Config& config, const Value& value) {
            Worker{}(config) = value.as<std::string>() != nullptr ? 0.0 : value.number();
          },
          [](const Config& config) {
            const double number = Worker{}(config);
            return number == 0 ? Value{std::string("auto"), {}} : Value{number, {}};
          }};
}

// A number that is never negative, but where it is written "auto".
template <class Worker>
Accessor negative_is_auto(Worker) {
  return {[](Config& config, const Value& value) {
            Worker{}(config) = value.as<std::string>() != nullptr ? -1.0 : value.number();
          },
          [](const Config& config) {
            const double number = Worker{}(config);
            return number < 0 ? Value{std::string("auto"), {}} : Value{number, {}};
          }};
}

// A whole number of which one value is a word: grid.stages = "layers".
template <class Worker>
Accessor field_or_word(Worker) {
  return {[](Config& config, const Value& value) {
            const auto* number = value.as<std::int64_t>();
            Worker::of(config) = number != nullptr ? *number : Worker::kNumber;
          },
          [](const Config& config) {
            const std::int64_t number = Worker::of(config);
            return number == Worker::kNumber ? Value{std::string(Worker::kWord), {}}
                                             : Value{number, {}};
          }};
}

// grid.average_every: a whole number, "auto", "epoch" or "end".
template <class Worker>
Accessor rounds_field(Worker) {
  return {[](Config& config, const Value& value) {
            const auto* number = value.as<std::int64_t>();
            const auto* word = value.as<std::string>();
            Worker{}(config) = number != nullptr  ? *number
                               : *word == "end"   ? GridConfig::kEnd
                               : *word == "epoch" ? GridConfig::kEpoch
                                                  : GridConfig::kAuto;
          },
          [](const Config& config) {
            const std::int64_t number = Worker{}(config);
            if (number > 0) return Value{number, {}};
            return Value{std::string(number == GridConfig::kEnd     ? "end"
                                     : number == GridConfig::kEpoch ? "epoch"
                                                                    : "auto"),
                         {}};
          }};
}

}  // namespace forknet::run
