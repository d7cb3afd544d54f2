#include "os/cgroup.h"

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <sstream>
#include <string_view>

#include "os/file.h"

namespace forknet::os {
namespace {

constexpr std::size_t kSmallFile = std::size_t{1} << 20;

std::optional<std::string> text_of(const std::string& path) {
  auto text = read_file(path, kSmallFile);
  if (!text.ok()) return std::nullopt;
  return std::move(text).value();
}

// A non-negative integer; nothing for "max", "-1" and other text.
std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> number_in(const std::string& path) {
  const auto text = text_of(path);
  return text ? number(*text) : std::nullopt;
}

// The value after `key ` at the start of a line.
std::uint64_t field_in(const std::string& path, const std::string& key) {
  std::istringstream lines(text_of(path).value_or(""));
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind(key + " ", 0) == 0) return number(line.substr(key.size() + 1)).value_or(0);
  }
  return 0;
}

template <class T>
void tighten(std::optional<T>& limit, T value) {
  limit = limit ? std::min(*limit, value) : value;
}

void tighten_cpus(CgroupLimits& limits, std::optional<std::uint64_t> quota,
                  std::optional<std::uint64_t> period) {
  if (!quota || !period || *period == 0) return;
  tighten(limits.cpus, static_cast<double>(*quota) / static_cast<double>(*period));
}

// Pages of files do not reduce what is left: the kernel drops them, recently used ones included,
// before it refuses memory.
void tighten_memory(CgroupLimits& limits, std::optional<std::uint64_t> most,
                    std::optional<std::uint64_t> used, std::uint64_t droppable) {
  if (!most || !used) return;
  const std::uint64_t kept = *used - std::min(*used, droppable);
  tighten(limits.memory_bytes, *most - std::min(*most, kept));
}

// The task limit, of both versions.
void tighten_tasks(CgroupLimits& limits, const std::string& group) {
  const auto most = number_in(group + "/pids.max");
  const auto now = number_in(group + "/pids.current");
  if (most && now) tighten(limits.tasks, *most - std::min(*most, *now));
}

void read_version_2(CgroupLimits& limits, const std::string& group) {
  if (const auto text = text_of(group + "/cpu.max")) {
    const auto space = text->find(' ');
    if (space != std::string::npos) {
      tighten_cpus(limits, number(*text), number(std::string_view(*text).substr(space + 1)));
    }
  }
  tighten_memory(limits, number_in(group + "/memory.max"), number_in(group + "/memory.current"),
                 field_in(group + "/memory.stat", "inactive_file") +
                     field_in(group + "/memory.stat", "active_file"));
  tighten_tasks(limits, group);
}

void read_version_1(CgroupLimits& limits, const std::string& group) {
  tighten_cpus(limits, number_in(group + "/cpu.cfs_quota_us"),
               number_in(group + "/cpu.cfs_period_us"));
  tighten_memory(limits, number_in(group + "/memory.limit_in_bytes"),
                 number_in(group + "/memory.usage_in_bytes"),
                 field_in(group + "/memory.stat", "total_inactive_file") +
                     field_in(group + "/memory.stat", "total_active_file"));
}

bool lists(const std::string& controllers, std::string_view wanted) {
  std::istringstream names(controllers);
  for (std::string name; std::getline(names, name, ',');) {
    if (name == wanted) return true;
  }
  return false;
}

// Calls read(limits, folder) for the group and every group above it. A container often sees only
// the groups below its own, mounted as if they were the root: missing folders set no limit.
template <class Read>
void climb(CgroupLimits& limits, const std::string& mount, std::string group, Read read) {
  while (true) {
    if (!group.empty() && group.back() == '/') group.pop_back();
    read(limits, mount + group);
    if (group.empty()) return;
    group.resize(group.find_last_of('/') == std::string::npos ? 0 : group.find_last_of('/'));
  }
}

}  // namespace

CgroupLimits read_cgroup_limits(const std::string& root) {
  CgroupLimits limits;
  const std::string mount = root + "/sys/fs/cgroup";
  std::istringstream lines(text_of(root + "/proc/self/cgroup").value_or(""));
  // Each line is "number:controllers:path"; version 2 has number 0 and no controllers.
  for (std::string line; std::getline(lines, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first == std::string::npos ? first : first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string path = line.substr(second + 1);
    if (controllers.empty()) {
      climb(limits, mount, path, read_version_2);
      climb(limits, mount + "/unified", path, read_version_2);
    }
    if (lists(controllers, "pids")) climb(limits, mount + "/pids", path, tighten_tasks);
    for (const char* controller : {"/cpu", "/memory"}) {
      if (!lists(controllers, controller + 1)) continue;
      climb(limits, std::string(mount).append(controller), path, read_version_1);
    }
  }
  return limits;
}

}  // namespace forknet::os
