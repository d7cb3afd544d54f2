#include "os/memory.h"

#include <linux/magic.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <string>

#include "os/cgroup.h"
#include "os/file.h"

namespace forknet::os {
namespace {

constexpr std::size_t kSmallFile = std::size_t{1} << 20;

// The first number after a word at the start of a line, as in files of /proc.
std::optional<std::uint64_t> number_after(const std::string& text, const std::string& word) {
  const std::string lines = "\n" + text;
  const auto start = lines.find("\n" + word);
  if (start == std::string::npos) return std::nullopt;
  const auto digits = text.find_first_of("0123456789", start + word.size());
  if (digits == std::string::npos) return std::nullopt;
  std::uint64_t number = 0;
  std::from_chars(text.data() + digits, text.data() + text.size(), number);
  return number;
}

// "NAME:   123 kB"
std::optional<std::uint64_t> meminfo_bytes(const std::string& text, const std::string& name) {
  const auto kilobytes = number_after(text, name + ":");
  return kilobytes ? std::optional(*kilobytes * 1024) : std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> available_memory_bytes() {
  const auto meminfo = read_file("/proc/meminfo", kSmallFile);
  std::optional<std::uint64_t> left;
  if (meminfo.ok()) left = meminfo_bytes(meminfo.value(), "MemAvailable");
  const auto group = cgroup_memory_bytes();
  if (left && group) return std::min(*left, *group);
  return left ? left : group;
}

std::optional<std::uint64_t> out_of_memory_kills(const std::string& root) {
  const auto counts = read_file(root + "/proc/vmstat", kSmallFile);
  return counts.ok() ? number_after(*counts, "oom_kill ") : std::nullopt;
}

std::uint64_t total_memory_bytes() {
  return static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
         static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::optional<TmpfsSize> shared_memory_size() {
  struct statfs status = {};
  if (::statfs("/dev/shm", &status) != 0 || status.f_type != TMPFS_MAGIC) return std::nullopt;
  const auto block = static_cast<std::uint64_t>(status.f_bsize);
  return TmpfsSize{.total_bytes = status.f_blocks * block, .free_bytes = status.f_bavail * block};
}

// In a virtual machine the query takes microseconds: the host answers it.
std::size_t third_level_cache_bytes() {
  static const std::size_t bytes =
      static_cast<std::size_t>(std::max(0L, ::sysconf(_SC_LEVEL3_CACHE_SIZE)));
  return bytes;
}

}  // namespace forknet::os
