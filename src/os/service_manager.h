// Words to the service manager that started this program (systemd's NOTIFY_SOCKET, sd_notify(3)):
// a datagram each. Nobody listening, a broken socket or a full one make no difference to who tells.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "os/fd.h"

namespace forknet::os {

class ServiceManager {
 public:
  // Takes NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID out of the environment, so that no child
  // speaks in this process's name. From one thread, before there are others.
  [[nodiscard]] static ServiceManager from_environment();

  [[nodiscard]] bool listens() const { return socket_.open(); }
  // "READY=1\nSTATUS=…". Never waits. Any thread.
  void tell(std::string_view text) const;
  // How long it waits for WATCHDOG=1 before it takes this process for hung; nothing: for ever.
  [[nodiscard]] std::optional<std::int64_t> watchdog_ns() const { return watchdog_ns_; }

 private:
  ServiceManager() = default;
  Fd socket_;         // closed: nobody listens
  std::string name_;  // of the manager's; a first byte of 0 is an abstract one
  std::optional<std::int64_t> watchdog_ns_;
};

}  // namespace forknet::os
