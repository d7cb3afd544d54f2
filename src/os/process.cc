#include "os/process.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
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

void name_this_thread(const std::string& name) { ::prctl(PR_SET_NAME, name.c_str()); }

}  // namespace forknet::os
