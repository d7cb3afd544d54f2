// What `forknet compare` trains: the grid of all values of the varied settings, for every config.
// Pure, but for reading the configs.
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace forknet::sweep {

// --vary optimizer.lr=0.1,0.01
struct Axis {
  std::string key;                  // "optimizer.lr"
  std::vector<std::string> values;  // TOML, as --set takes them: "0.1", "0.01"
};

// A comma within brackets, braces or quotes belongs to a value. Error (usage): the text is not
// KEY=A,B,…, a value is empty or there twice, or the key names the folder of the runs.
[[nodiscard]] Result<Axis> parse_axis(const std::string& text);

struct Variant {
  std::string config;                                         // its file
  std::vector<std::pair<std::string, std::string>> settings;  // of each axis: key and value
};

// All configs with all values of all axes; the last axis changes fastest. Error (usage): a key, or
// a config, is there twice, or there are more than kMostVariants.
inline constexpr std::size_t kMostVariants = 10'000;
[[nodiscard]] Result<std::vector<Variant>> variants_of(const std::vector<std::string>& configs,
                                                       const std::vector<Axis>& axes);

// A value as tables and lines show it: cut if it is long.
[[nodiscard]] std::string shown_value(const std::string& value);

// "lr=0.1 batch=64", with the config first if there are several: "a.toml lr=0.1". The config alone
// if nothing is varied.
[[nodiscard]] std::string label_of(const Variant& variant, bool several_configs);

}  // namespace forknet::sweep
