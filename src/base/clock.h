// Time: a monotonic one for durations, the wall clock as text for people and names.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <string>

namespace forknet {

// Nanoseconds since some fixed moment; never goes back. Only differences mean something.
[[nodiscard]] inline std::int64_t monotonic_ns() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

// Seconds between two values of monotonic_ns().
[[nodiscard]] constexpr double seconds_between(std::int64_t start_ns, std::int64_t end_ns) {
  return static_cast<double>(end_ns - start_ns) * 1e-9;
}

using WallTime = std::chrono::system_clock::time_point;

[[nodiscard]] inline WallTime wall_now() { return std::chrono::system_clock::now(); }

namespace clock_detail {
[[nodiscard]] inline std::string format(const std::tm& parts, const char* pattern) {
  std::string text(64, '\0');
  text.resize(std::strftime(text.data(), text.size(), pattern, &parts));
  return text;
}
[[nodiscard]] inline std::tm local_parts(WallTime time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts = {};
  localtime_r(&seconds, &parts);
  return parts;
}
}  // namespace clock_detail

// "2026-01-31T12:00:00Z"
[[nodiscard]] inline std::string iso8601_utc(WallTime time = wall_now()) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts = {};
  gmtime_r(&seconds, &parts);
  return clock_detail::format(parts, "%Y-%m-%dT%H:%M:%SZ");
}

// "2026-01-31T13:00:00+01:00", in the user's time zone.
[[nodiscard]] inline std::string iso8601_local(WallTime time = wall_now()) {
  std::string text = clock_detail::format(clock_detail::local_parts(time), "%Y-%m-%dT%H:%M:%S%z");
  constexpr std::size_t kZoneDigits = 2;  // "+0100" -> "+01:00"
  if (text.size() > kZoneDigits) text.insert(text.size() - kZoneDigits, 1, ':');
  return text;
}

// "20260131-130000", in the user's time zone: part of a run's name.
[[nodiscard]] inline std::string run_timestamp(WallTime time = wall_now()) {
  return clock_detail::format(clock_detail::local_parts(time), "%Y%m%d-%H%M%S");
}

}  // namespace forknet
