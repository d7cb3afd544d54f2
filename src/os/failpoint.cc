#include "os/failpoint.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <limits>
#include <optional>
#include <thread>
#include <vector>

#include "os/failpoint_names.h"

namespace forknet::os::failpoints {
namespace {

constexpr std::string_view kAgain = "again,";
constexpr std::uint64_t kEvery = 0;
constexpr std::uint64_t kLargest = std::numeric_limits<int>::max();

enum class What { kill, stop, abort, segv, bus, exit, error, shorten, delay };

struct Action {
  What what = What::kill;
  int value = 0;  // an errno or milliseconds
};

struct Failpoint {
  std::string name;
  std::uint64_t hit = kEvery;
  Action action;
  std::atomic<std::uint64_t> passed{0};
};

// Written before any thread passes a failpoint.
std::deque<Failpoint>& all() {
  static std::deque<Failpoint> failpoints;
  return failpoints;
}

std::vector<Names>& known() {
  static std::vector<Names> floors;
  return floors;
}

std::optional<int> errno_of(std::string_view name) {
  struct Named {
    std::string_view name;
    int number;
  };
  static constexpr Named kErrors[] = {{"EIO", EIO},       {"ENOSPC", ENOSPC}, {"EPERM", EPERM},
                                      {"EINTR", EINTR},   {"EMFILE", EMFILE}, {"ENOMEM", ENOMEM},
                                      {"EAGAIN", EAGAIN}, {"EACCES", EACCES}};
  for (const Named& error : kErrors) {
    if (error.name == name) return error.number;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<Action> action_of(std::string_view text) {
  if (text == "kill") return Action{What::kill, 0};
  if (text == "stop") return Action{What::stop, 0};
  if (text == "abort") return Action{What::abort, 0};
  if (text == "segv") return Action{What::segv, 0};
  if (text == "bus") return Action{What::bus, 0};
  if (text == "exit") return Action{What::exit, 0};
  if (text == "error") return Action{What::error, EIO};
  if (text == "short") return Action{What::shorten, kShort};
  const auto equals = text.find('=');
  const std::string_view value = equals == text.npos ? "" : text.substr(equals + 1);
  if (text.starts_with("error=")) {
    const auto number = errno_of(value);
    if (number) return Action{What::error, *number};
  }
  if (text.starts_with("delay=")) {
    const auto number = number_of(value);
    if (number && *number <= kLargest) return Action{What::delay, static_cast<int>(*number)};
  }
  return std::nullopt;
}

template <class Names>
bool among(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_place(std::string_view name) {
  return std::ranges::any_of(known(), [&](const Names& floor) { return among(floor, name); });
}

// What is wrong with this action at this place; empty if nothing.
std::string fault_of(std::string_view name, const Action& action) {
  if (!among(kCalls, name) && !is_place(name)) {
    return fmt::format("\"{}\": there is no such failpoint", name);
  }
  if (action.what == What::shorten && !among(kTransfers, name)) {
    return fmt::format("\"{}\": no bytes are moved here; they are by {}", name,
                       fmt::join(kTransfers, ", "));
  }
  if (among(kCalls, name)) return "";
  if (action.what != What::error) return "";
  return fmt::format("\"{}\": there is no call here that could fail; calls are {}", name,
                     fmt::join(kCalls, ", "));
}

// "name@cell:hit:action"; false: of another cell, or malformed (then `fault` says how).
bool parse(std::string_view text, int cell, Failpoint& point, std::string& fault) {
  const auto second = text.rfind(':');
  const auto first = second == text.npos || second == 0 ? text.npos : text.rfind(':', second - 1);
  if (first == text.npos) {
    fault = fmt::format("\"{}\": name:hit:action was expected", text);
    return false;
  }
  std::string_view name = text.substr(0, first);
  const auto at = name.find('@');
  const auto of_cell = at == name.npos ? std::nullopt : number_of(name.substr(at + 1));
  name = name.substr(0, at);
  const std::string_view hit = text.substr(first + 1, second - first - 1);
  const auto number = hit == "*" ? kEvery : number_of(hit);
  const auto action = action_of(text.substr(second + 1));
  fault = fault_of(name, action.value_or(Action{}));
  if (fault.empty() && (!number || (hit != "*" && *number == 0) || !action ||
                        (at != text.npos && at < first && !of_cell))) {
    fault = fmt::format("\"{}\": name[@cell]:hit:action was expected", text);
  }
  if (!fault.empty() || (of_cell && (cell < 0 || *of_cell != static_cast<std::uint64_t>(cell))))
    return false;
  point.name = name;
  point.hit = *number;
  point.action = *action;
  return true;
}

int act(const Action& action) {
  switch (action.what) {
    case What::kill:
      std::raise(SIGKILL);
      break;
    case What::stop:
      std::raise(SIGSTOP);
      break;
    case What::abort:
      std::abort();
    case What::segv:
    case What::bus: {
      const int signal = action.what == What::segv ? SIGSEGV : SIGBUS;
      std::signal(signal, SIG_DFL);
      std::raise(signal);
      break;
    }
    case What::exit:
      std::_Exit(1);
    case What::error:
    case What::shorten:
      return action.value;
    case What::delay:
      std::this_thread::sleep_for(std::chrono::milliseconds(action.value));
  }
  return 0;
}

}  // namespace

void know(std::span<const Names> floors) {
  known().insert(known().end(), floors.begin(), floors.end());
}

std::string set(std::string_view text, int cell) {
  clear();
  if (text.starts_with(kAgain)) text.remove_prefix(kAgain.size());
  if (text.ends_with(',')) return fmt::format("\"{}\": nothing follows the last comma", text);
  while (!text.empty()) {
    const auto comma = text.find(',');
    std::string fault;
    Failpoint& point = all().emplace_back();
    if (!parse(text.substr(0, comma), cell, point, fault)) all().pop_back();
    if (!fault.empty()) {
      clear();
      return fault;
    }
    text = comma == text.npos ? "" : text.substr(comma + 1);
  }
  on.store(!all().empty(), std::memory_order_release);
  return "";
}

void clear() {
  on.store(false, std::memory_order_release);
  all().clear();
}

void set_from_environment(int cell, bool replacement) {
  const char* const text = std::getenv("FORKNET_FAILPOINTS");
  if (text == nullptr || *text == '\0') return;
  if (replacement && !std::string_view(text).starts_with(kAgain)) return clear();
  const std::string fault = set(text, cell);
  if (fault.empty()) return;
  std::fprintf(stderr, "forknet: FORKNET_FAILPOINTS: %s\n", fault.c_str());
  std::_Exit(2);
}

int pass(std::string_view name) {
  int error = 0;
  for (Failpoint& point : all()) {
    if (point.name != name) continue;
    const std::uint64_t passed = point.passed.fetch_add(1, std::memory_order_relaxed) + 1;
    if (point.hit != kEvery && point.hit != passed) continue;
    const int wanted = act(point.action);
    if (error == 0) error = wanted;
  }
  return error;
}

}  // namespace forknet::os::failpoints
