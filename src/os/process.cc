#include "os/process.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>

#include "os/fd.h"

namespace forknet::os {

int pid() { return ::getpid(); }

unsigned user_id() { return ::geteuid(); }

std::string hostname() {
  std::array<char, 256> name = {};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "unknown";
  return name.data();
}

std::string executable_path() {
  std::array<char, 4096> path = {};
  const auto length = ::readlink("/proc/self/exe", path.data(), path.size());
  if (length <= 0) return {};
  return std::string(std::string_view(path.data(), static_cast<std::size_t>(length)));
}

std::uint64_t peak_rss_bytes() {
  rusage usage = {};
  if (::getrusage(RUSAGE_SELF, &usage) != 0) return 0;
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;  // the kernel counts kilobytes
}

namespace {

std::string read_text(const std::string& path) {
  std::ifstream file(path);
  std::string text;
  std::getline(file, text, '\0');
  return text;
}

}  // namespace

std::uint64_t resident_bytes(int pid) {
  std::uint64_t pages = 0;
  std::uint64_t resident = 0;
  std::istringstream(read_text("/proc/" + std::to_string(pid) + "/statm")) >> pages >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

namespace {

// `stat`: the text of /proc/PID/stat, "PID (NAME) S ...", fields counted from 1 (proc(5)). A name
// may hold any character, so the last bracket ends it.
std::uint64_t field_of(const std::string& stat, int field) {
  const std::size_t close = stat.rfind(')');
  if (close == std::string::npos) return 0;
  std::istringstream fields(stat.substr(close + 1));
  std::string skipped;
  for (int i = 3; i < field; ++i) fields >> skipped;
  std::uint64_t value = 0;
  fields >> value;
  return value;
}

}  // namespace

std::uint64_t start_ticks(int pid) {
  constexpr int kStarted = 22;
  return field_of(read_text("/proc/" + std::to_string(pid) + "/stat"), kStarted);
}

char process_state(int pid) {
  const std::string stat = read_text("/proc/" + std::to_string(pid) + "/stat");
  const std::size_t close = stat.rfind(')');
  return close == std::string::npos || close + 2 >= stat.size() ? '\0' : stat[close + 2];
}

void end_process(int pid, std::uint64_t started) {
  // With this descriptor a signal cannot hit a successor of the same process id.
  const Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!pidfd.open() || started == 0 || start_ticks(pid) != started) return;
  (void)::syscall(SYS_pidfd_send_signal, pidfd.get(), SIGKILL, nullptr, 0);
}

namespace {

// CPU time of a thread, from its folder and the text of its stat: in nanoseconds if the kernel
// counts them (schedstat), otherwise in ticks.
double cpu_seconds_of(const std::string& folder, const std::string& stat) {
  constexpr int kUserTicks = 14;
  constexpr int kKernelTicks = 15;
  const double nanoseconds = std::strtod(read_text(folder + "/schedstat").c_str(), nullptr);
  if (nanoseconds > 0) return nanoseconds * 1e-9;
  const std::uint64_t used = field_of(stat, kUserTicks) + field_of(stat, kKernelTicks);
  return static_cast<double>(used) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace

std::vector<ThreadTime> thread_times(int pid) {
  std::vector<ThreadTime> threads;
  std::error_code gone;
  const std::filesystem::directory_iterator tasks("/proc/" + std::to_string(pid) + "/task", gone);
  for (const auto& task : tasks) {
    const std::string text = read_text(task.path().string() + "/stat");
    const std::size_t open = text.find('(');
    const std::size_t close = text.rfind(')');
    if (open == std::string::npos || close == std::string::npos) continue;
    threads.push_back({std::atoi(text.c_str()), text.substr(open + 1, close - open - 1),
                       cpu_seconds_of(task.path().string(), text)});
  }
  return threads;
}

void name_this_thread(const std::string& name) { ::prctl(PR_SET_NAME, name.c_str()); }

// Linux has a niceness for each thread; 0 names the caller.
void give_way_to_other_threads() {
  constexpr int kNiceness = 10;  // a tenth of a CPU beside a thread of niceness 0
  if (::getpriority(PRIO_PROCESS, 0) < kNiceness) (void)::setpriority(PRIO_PROCESS, 0, kNiceness);
}

}  // namespace forknet::os
