// What the commands share in reading their options: each reads one, or says how it was misused.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "apps/command_list.h"
#include "apps/commands.h"

namespace forknet::apps {

// Prints why the command line was misused; the exit code.
int stop(const Stop& reason);

// The value of an option, if it is there.
std::optional<std::string> given(const ParsedCommand& parsed, std::string_view option);

// Nothing: the text is no whole number.
std::optional<std::int64_t> whole_number(const std::string& text);

// Whole numbers of at least 0 are left in `target`; a usage error if the text is none.
std::optional<Stop> take_count(const ParsedCommand& parsed, std::string_view option,
                               std::optional<std::int64_t>& target);
template <std::integral Whole>
std::optional<Stop> take_whole(const ParsedCommand& parsed, std::string_view option,
                               Whole& target) {
  std::optional<std::int64_t> value;
  if (auto wrong = take_count(parsed, option, value)) return wrong;
  if (value) target = static_cast<Whole>(*value);
  return std::nullopt;
}

// --until accuracy=0.97
std::optional<Stop> take_until(const ParsedCommand& parsed, std::optional<double>& target);
std::optional<Stop> take_json(const ParsedCommand& parsed, Json& target);
// The flags that stand for settings.
std::optional<Stop> take_overrides(const ParsedCommand& parsed, run::Overrides& overrides);

}  // namespace forknet::apps
