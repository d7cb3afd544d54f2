#include "os/cgroup.h"

#include <algorithm>
#include <charconv>
#include <sstream>
#include <string_view>

#include "os/file.h"

namespace forknet::os {
namespace {

constexpr std::size_t kLargestLimitFile = std::size_t{1} << 20;

std::optional<std::string> text_of(const std::string& path) {
  auto text = read_file(path, kLargestLimitFile);
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

void tighten_by_quota(std::optional<double>& cpus, std::optional<std::uint64_t> quota,
                      std::optional<std::uint64_t> period) {
  if (!quota || !period || *period == 0) return;
  tighten(cpus, static_cast<double>(*quota) / static_cast<double>(*period));
}

void cpus_of_version_2(std::optional<double>& cpus, const std::string& group) {
  const auto text = text_of(group + "/cpu.max");
  const auto space = text ? text->find(' ') : std::string::npos;
  if (space == std::string::npos) return;
  tighten_by_quota(cpus, number(*text), number(std::string_view(*text).substr(space + 1)));
}

void cpus_of_version_1(std::optional<double>& cpus, const std::string& group) {
  tighten_by_quota(cpus, number_in(group + "/cpu.cfs_quota_us"),
                   number_in(group + "/cpu.cfs_period_us"));
}

// The files of a group that say what its processes use of its memory; version 1 has a limit also
// where it has none, more than any machine's memory.
struct MemoryFiles {
  const char* most;
  const char* used;
  const char* inactive_pages;
  const char* active_pages;
};
constexpr std::uint64_t kNoLimit = std::uint64_t{1} << 62;

// Pages of files do not reduce what is left: the kernel drops them, recently used ones included,
// before it refuses memory. It sums them up when it is asked, which takes it long: a group without
// a limit is not asked.
void tighten_memory(std::optional<std::uint64_t>& left, const std::string& group,
                    const MemoryFiles& files) {
  const auto most = number_in(group + files.most);
  if (!most || *most >= kNoLimit) return;
  const auto used = number_in(group + files.used);
  if (!used) return;
  const std::string sums = group + "/memory.stat";
  const std::uint64_t droppable =
      field_in(sums, files.inactive_pages) + field_in(sums, files.active_pages);
  const std::uint64_t kept = *used - std::min(*used, droppable);
  tighten(left, *most - std::min(*most, kept));
}

void memory_of_version_2(std::optional<std::uint64_t>& left, const std::string& group) {
  tighten_memory(left, group, {"/memory.max", "/memory.current", "inactive_file", "active_file"});
}

void memory_of_version_1(std::optional<std::uint64_t>& left, const std::string& group) {
  tighten_memory(left, group,
                 {"/memory.limit_in_bytes", "/memory.usage_in_bytes", "total_inactive_file",
                  "total_active_file"});
}

// The task limit, of both versions.
void tighten_tasks(std::optional<std::uint64_t>& left, const std::string& group) {
  const auto most = number_in(group + "/pids.max");
  const auto now = number_in(group + "/pids.current");
  if (most && now) tighten(left, *most - std::min(*most, *now));
}

bool lists(const std::string& controllers, std::string_view wanted) {
  std::istringstream names(controllers);
  for (std::string name; std::getline(names, name, ',');) {
    if (name == wanted) return true;
  }
  return false;
}

template <class T>
using Read = void (*)(std::optional<T>& limit, const std::string& group);

// Calls read(limit, folder) for the group and every group above it. A container often sees only
// the groups below its own, mounted as if they were the root: missing folders set no limit.
template <class T>
void climb(std::optional<T>& limit, const std::string& mount, std::string group, Read<T> read) {
  while (true) {
    if (!group.empty() && group.back() == '/') group.pop_back();
    read(limit, mount + group);
    if (group.empty()) return;
    group.resize(group.find_last_of('/') == std::string::npos ? 0 : group.find_last_of('/'));
  }
}

// The tightest that the controller sets. Each line of /proc/self/cgroup is
// "number:controllers:path"; version 2 has number 0 and no controllers.
template <class T>
std::optional<T> tightest(const std::string& root, const std::string& controller, Read<T> version_1,
                          Read<T> version_2) {
  std::optional<T> limit;
  const std::string mount = root + "/sys/fs/cgroup";
  std::istringstream lines(text_of(root + "/proc/self/cgroup").value_or(""));
  for (std::string line; std::getline(lines, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first == std::string::npos ? first : first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string path = line.substr(second + 1);
    if (controllers.empty()) {
      climb(limit, mount, path, version_2);
      climb(limit, mount + "/unified", path, version_2);
    }
    if (lists(controllers, controller)) climb(limit, mount + "/" + controller, path, version_1);
  }
  return limit;
}

}  // namespace

std::optional<double> cgroup_cpus(const std::string& root) {
  return tightest<double>(root, "cpu", cpus_of_version_1, cpus_of_version_2);
}

std::optional<std::uint64_t> cgroup_memory_bytes(const std::string& root) {
  return tightest<std::uint64_t>(root, "memory", memory_of_version_1, memory_of_version_2);
}

std::optional<std::uint64_t> cgroup_tasks(const std::string& root) {
  return tightest<std::uint64_t>(root, "pids", tighten_tasks, tighten_tasks);
}

}  // namespace forknet::os
