#include "os/limits.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>

#include "os/cgroup.h"
#include "os/child_process.h"
#include "os/fd.h"

namespace forknet::os {
namespace {

constexpr std::uint64_t kReservedPids = 300;  // never reused after the first wrap-around
constexpr std::uint64_t kOtherMaps = 1024;    // mappings of a process besides stacks

// The number after `key` in /proc/PID/status; 0 if there is none.
std::uint64_t field(const std::string& path, const std::string& key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.rfind(key, 0) != 0) continue;
    std::uint64_t value = 0;
    std::istringstream(line.substr(key.size())) >> value;
    return value;
  }
  return 0;
}

// Threads of all processes of this user: what RLIMIT_NPROC counts.
std::uint64_t threads_of_user(const std::string& root) {
  std::uint64_t threads = 0;
  std::error_code gone;
  for (const auto& entry : std::filesystem::directory_iterator(root + "/proc", gone)) {
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const std::string status = entry.path().string() + "/status";
    if (field(status, "Uid:") == ::getuid()) threads += field(status, "Threads:");
  }
  return threads;
}

// "0.20 0.18 0.12 1/80 11206": the fourth is running / existing threads (proc(5)).
std::uint64_t all_threads(const std::string& root) {
  std::ifstream file(root + "/proc/loadavg");
  std::string words[4];
  for (std::string& word : words) file >> word;
  const std::size_t slash = words[3].find('/');
  std::uint64_t threads = 0;
  if (slash != std::string::npos) std::istringstream(words[3].substr(slash + 1)) >> threads;
  return threads;
}

// A number of /proc/sys.
std::optional<std::uint64_t> setting(const std::string& root, const std::string& name) {
  std::ifstream file(root + "/proc/sys/" + name);
  std::uint64_t value = 0;
  if (!(file >> value)) return std::nullopt;
  return value;
}

void tighten(TaskLimit& limit, std::uint64_t most, std::uint64_t now, const char* source) {
  const std::uint64_t left = most - std::min(most, now);
  if (left < limit.left) limit = {left, source};
}

}  // namespace

TaskLimit task_limit(const std::string& root) {
  TaskLimit limit = {std::numeric_limits<std::uint64_t>::max(), "nothing"};
  if (const auto left = cgroup_tasks(root)) {
    tighten(limit, *left, 0, "pids.max of the control group");
  }
  rlimit own = {};
  // The limit does not apply to root (setrlimit(2)).
  if (::getuid() != 0 && ::getrlimit(RLIMIT_NPROC, &own) == 0 && own.rlim_cur != RLIM_INFINITY) {
    tighten(limit, own.rlim_cur, threads_of_user(root), "RLIMIT_NPROC");
  }
  if (const auto most = setting(root, "kernel/threads-max")) {
    tighten(limit, *most, all_threads(root), "kernel.threads-max");
  }
  if (const auto most = setting(root, "kernel/pid_max")) {
    tighten(limit, *most, all_threads(root) + kReservedPids, "kernel.pid_max");
  }
  return limit;
}

std::optional<std::uint64_t> threads_of_process(const std::string& root) {
  const auto most = setting(root, "vm/max_map_count");
  if (!most) return std::nullopt;
  return (*most - std::min(*most, kOtherMaps)) / 2;
}

std::optional<std::uint64_t> descriptors_left() {
  rlimit limit = {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) {
    return std::nullopt;
  }
  return limit.rlim_cur - std::min<rlim_t>(limit.rlim_cur, open_descriptors());
}

bool descriptors_used_up() {
  const Fd one(::open("/", O_PATH | O_CLOEXEC));
  return !one.open() && (errno == EMFILE || errno == ENFILE);
}

}  // namespace forknet::os
