#include "os/container.h"

#include <unistd.h>

#include <array>
#include <sstream>

#include "os/file.h"

namespace forknet::os {
namespace {

constexpr std::size_t kMostMounts = std::size_t{1} << 22;
constexpr std::string_view kShm = "/dev/shm";
// The kernel's fixed numbers of the initial namespaces (include/linux/proc_ns.h).
constexpr std::string_view kFirstPids = "pid:[4026531836]";
constexpr std::string_view kFirstIpc = "ipc:[4026531839]";

std::string file_text(const std::string& path) {
  auto text = read_file(path, kMostMounts);
  return text.ok() ? std::move(*text) : "";
}

std::string link_of(const char* path) {
  std::array<char, 64> text = {};
  const ssize_t size = ::readlink(path, text.data(), text.size());
  return size > 0 ? std::string(text.data(), static_cast<std::size_t>(size)) : "";
}

// "0:27" of the last mount at /dev/shm, which hides the others; empty: there is none.
std::string device_of_shm(const std::string& mounts) {
  std::istringstream lines(mounts);
  std::string device;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    std::string id, parent, number, root, point;
    fields >> id >> parent >> number >> root >> point;
    if (point == kShm) device = number;
  }
  return device;
}

}  // namespace

ContainerSigns container_signs() {
  return {file_text("/proc/self/mountinfo"), file_text("/proc/1/mountinfo"),
          link_of("/proc/self/ns/pid"), link_of("/proc/self/ns/ipc")};
}

bool memory_is_private(const ContainerSigns& signs) {
  // The mount differs from that of the first process of this process namespace.
  const bool both = !signs.own_mounts.empty() && !signs.init_mounts.empty();
  if (both && device_of_shm(signs.own_mounts) != device_of_shm(signs.init_mounts)) return true;
  // Processes of a container do not see the machine's first process.
  const bool contained = !signs.pids.empty() && signs.pids != kFirstPids;
  return contained && signs.ipc != kFirstIpc;
}

bool memory_folder_is_private() {
  static const bool kPrivate = memory_is_private(container_signs());
  return kPrivate;
}

}  // namespace forknet::os
