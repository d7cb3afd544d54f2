// A service manager that is a socket of the test's. The environment is that of children alone.
#include "os/service_manager.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>

#include "os/environment.h"
#include "os/forked_child.h"
#include "os/temporary_folder.h"

namespace forknet::os {
namespace {

// Bound to a path or, after "@", an abstract name.
class Manager {
 public:
  explicit Manager(std::string name) : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    if (name.front() == '@') name.front() = '\0';
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    bound_ = ::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0;
  }
  [[nodiscard]] bool bound() const { return bound_; }
  // The next message; "" for none.
  [[nodiscard]] std::string told() const {
    std::string text(1000, '\0');
    const ssize_t size = ::recv(fd_.get(), text.data(), text.size(), MSG_DONTWAIT);
    return text.substr(0, size < 0 ? 0 : static_cast<std::size_t>(size));
  }

 private:
  Fd fd_;
  bool bound_ = false;
};

TEST(ServiceManager, hears_what_is_told_by_path_and_by_abstract_name) {
  const TemporaryFolder folder;
  for (const std::string& name :
       {folder / "notify", "@forknet-test-" + std::to_string(::getpid())}) {
    const Manager manager(name);
    ASSERT_TRUE(manager.bound()) << name;
    EXPECT_EQ(in_child([&] {
                ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
                const auto service = ServiceManager::from_environment();
                EXPECT_IN_CHILD(service.listens());
                EXPECT_IN_CHILD(!service.watchdog_ns());
                service.tell("READY=1\nSTATUS=x");
                service.tell("STOPPING=1");
                return 0;
              }),
              0);
    EXPECT_EQ(manager.told(), "READY=1\nSTATUS=x");
    EXPECT_EQ(manager.told(), "STOPPING=1");
  }
}

TEST(ServiceManager, takes_its_variables_out_of_the_environment) {
  EXPECT_EQ(in_child([] {
              for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) {
                ::setenv(name, "7", 1);
              }
              EXPECT_IN_CHILD(!ServiceManager::from_environment().listens());
              for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) {
                EXPECT_IN_CHILD(!environment(name));
              }
              return 0;
            }),
            0);
}

TEST(ServiceManager, its_watchdog_is_heeded_when_it_is_meant_for_this_process) {
  const auto watchdog = [](const char* usec, const std::string& pid) {
    ::setenv("NOTIFY_SOCKET", "/nowhere/notify", 1);
    ::setenv("WATCHDOG_USEC", usec, 1);
    if (!pid.empty()) ::setenv("WATCHDOG_PID", pid.c_str(), 1);
    return ServiceManager::from_environment().watchdog_ns();
  };
  EXPECT_EQ(in_child([&] {
              const std::string own = std::to_string(::getpid());
              EXPECT_IN_CHILD(watchdog("20000000", "") == 20'000'000'000);
              EXPECT_IN_CHILD(watchdog("5", own) == 5000);
              EXPECT_IN_CHILD(!watchdog("5", std::to_string(::getppid())));
              EXPECT_IN_CHILD(!watchdog("5", "x"));
              for (const char* odd :
                   {"", "0", "-5", "x", "5x", "9223372036854775807", "99999999999999999999"}) {
                EXPECT_IN_CHILD(!watchdog(odd, ""));
              }
              return 0;
            }),
            0);
}

TEST(ServiceManager, one_that_is_not_there_or_full_disturbs_nobody) {
  const TemporaryFolder folder;
  const std::string full = folder / "full";
  const Manager manager(full);
  for (const std::string& name :
       {std::string("/nowhere"), folder / "nothing", std::string("vsock:2:1"), std::string("@"),
        std::string("/") + std::string(500, 'x'), full}) {
    EXPECT_EQ(in_child([&] {
                ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
                const auto service = ServiceManager::from_environment();
                for (int i = 0; i < 10'000; ++i) service.tell("WATCHDOG=1");
                return 0;
              }),
              0)
        << name;
  }
}

}  // namespace
}  // namespace forknet::os
