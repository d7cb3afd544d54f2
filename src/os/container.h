// Whether what is put into memory here is seen by processes that come after this container.
#pragma once

#include <string>

namespace forknet::os {

// What tells; empty where it cannot be read. Tests give their own.
struct ContainerSigns {
  std::string own_mounts;   // /proc/self/mountinfo
  std::string init_mounts;  // /proc/1/mountinfo
  std::string pids;         // namespaces: /proc/self/ns/pid, "pid:[4026531836]"
  std::string ipc;
};
[[nodiscard]] ContainerSigns container_signs();

// True: /dev/shm belongs to this container or to this mount namespace alone and ends with it. Of a
// container that shares the machine's (--ipc=host) it does not. A file that a container leaves in
// its root (/.dockerenv) says nothing: images are started as machines as well.
[[nodiscard]] bool memory_is_private(const ContainerSigns& signs);

// Of this process.
[[nodiscard]] bool memory_folder_is_private();

}  // namespace forknet::os
