// Whether files in /dev/shm are visible to processes that start after this container has ended.
#pragma once

#include <string>

namespace forknet::os {

// The evidence; empty where it cannot be read. Tests give their own.
struct ContainerSigns {
  std::string own_mounts;   // /proc/self/mountinfo
  std::string init_mounts;  // /proc/1/mountinfo
  std::string pids;         // namespaces: /proc/self/ns/pid, "pid:[4026531836]"
  std::string ipc;
};
[[nodiscard]] ContainerSigns container_signs();

// True: /dev/shm belongs to this container or mount namespace alone and ends with it. False for a
// container that shares the machine's (--ipc=host). A marker file in the root (/.dockerenv) proves
// nothing: machines are started from such images as well.
[[nodiscard]] bool memory_is_private(const ContainerSigns& signs);

// The answer for this process.
[[nodiscard]] bool memory_folder_is_private();

}  // namespace forknet::os
