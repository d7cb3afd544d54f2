#include "os/process.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>

namespace forknet::os {

int pid() { return ::getpid(); }

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

// /proc/PID/task/TID/stat: "TID (NAME) S ...", fields 14 and 15 being ticks in user and kernel mode
// (proc(5)). A name may hold anything, so the last bracket ends it.
std::vector<ThreadTime> thread_times(int pid) {
  std::vector<ThreadTime> threads;
  std::error_code gone;
  const std::filesystem::directory_iterator tasks("/proc/" + std::to_string(pid) + "/task", gone);
  for (const auto& task : tasks) {
    const std::string text = read_text(task.path().string() + "/stat");
    const std::size_t open = text.find('(');
    const std::size_t close = text.rfind(')');
    if (open == std::string::npos || close == std::string::npos) continue;
    std::istringstream fields(text.substr(close + 1));
    std::string skipped;
    for (int i = 3; i < 14; ++i) fields >> skipped;
    std::uint64_t user = 0;
    std::uint64_t kernel = 0;
    fields >> user >> kernel;
    const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    threads.push_back({std::atoi(text.c_str()), text.substr(open + 1, close - open - 1),
                       static_cast<double>(user + kernel) / ticks});
  }
  return threads;
}

void name_this_thread(const std::string& name) { ::prctl(PR_SET_NAME, name.c_str()); }

}  // namespace forknet::os
