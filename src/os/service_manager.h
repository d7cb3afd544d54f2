// Messages to the service manager that started this program (systemd's NOTIFY_SOCKET,
// sd_notify(3)), one datagram each. A missing, broken or full socket is ignored.
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
  // can send in this process's name. Call from one thread, before others start.
  [[nodiscard]] static ServiceManager from_environment();

  [[nodiscard]] bool listens() const { return socket_.open(); }
  // "READY=1\nSTATUS=…". Never waits. Any thread.
  void tell(std::string_view text) const;
  // How long it waits for WATCHDOG=1 before it treats this process as hung; nothing: no limit.
  [[nodiscard]] std::optional<std::int64_t> watchdog_ns() const { return watchdog_ns_; }

 private:
  ServiceManager() = default;
  Fd socket_;         // closed: no service manager
  std::string name_;  // the manager's address; a first byte of 0: an abstract one
  std::optional<std::int64_t> watchdog_ns_;
};

}  // namespace forknet::os
