#include "os/system_calls.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <array>

#include "os/system_error.h"

namespace forknet::os {
namespace {

constexpr const char* kThreads = "use --grid threads, or a container without that filter";
constexpr const char* kUseShm = "use --set grid.channel=shm, or --grid threads";
constexpr const char* kSerial =
    "use --grid serial --set data.loader_threads=0, or a container without that filter "
    "(ENOSYS would do: then the C library falls back)";

struct Probed {
  SystemCall call;
  long number;
  std::array<long, 5> arguments;  // invalid, so that the call does nothing
  bool falls_back = false;        // the C library has a fallback on ENOSYS
};

const std::array<Probed, 17> kCalls = {{
    {{"clone3", "5.3", "no thread and no cell can be started", kSerial}, SYS_clone3, {0, 0}, true},
    {{"execve", "", "no cell can be started", kThreads}, SYS_execve, {0, 0, 0}},
    {{"pidfd_open", "5.3", "the death of a cell is noticed 20 ms later", ""},
     SYS_pidfd_open,
     {-1, 0}},
    {{"pidfd_send_signal", "5.1", "a resume cannot end leftover cells itself", ""},
     SYS_pidfd_send_signal,
     {-1, 0, 0, 0}},
    {{"waitid", "", "wait4 is used instead", ""}, SYS_waitid, {-1, -1, 0, 0, 0}},
    {{"memfd_create", "3.17", "memory is taken from unnamed files in /dev/shm or TMPDIR", ""},
     SYS_memfd_create,
     {0, 0}},
    {{"eventfd2", "", "pipes are used instead of events", ""}, SYS_eventfd2, {0, -1}},
    {{"signalfd4", "", "signals such as USR1 are polled twenty times a second", ""},
     SYS_signalfd4,
     {-1, 0, 0, -1}},
    {{"fallocate", "", "state is reserved by writing zeros: a slower start", ""},
     SYS_fallocate,
     {-1, 0, 0, 1}},
    {{"flock", "", "no run with a folder can start", "use a container without that filter"},
     SYS_flock,
     {-1, 0}},
    {{"fsync", "", "no run can start", "use a container without that filter"}, SYS_fsync, {-1}},
    {{"ftruncate", "", "no run can start", "use a container without that filter"},
     SYS_ftruncate,
     {-1, 0}},
    {{"close_range", "5.9", "descriptors are closed one by one", ""}, SYS_close_range, {1, 0, 0}},
    {{"socketpair", "", "no grid of processes behind pipes", kUseShm}, SYS_socketpair, {-1, 0, 0}},
    {{"sendmsg", "", "no grid of processes behind pipes", kUseShm}, SYS_sendmsg, {-1, 0, 0}},
    {{"recvmsg", "", "no grid of processes behind pipes", kUseShm}, SYS_recvmsg, {-1, 0, 0}},
    {{"sched_setaffinity", "", "threads are not bound to CPUs", ""},
     SYS_sched_setaffinity,
     {-1, 0, 0}},
}};

bool is_denied(const Probed& probed) {
  const auto& [a, b, c, d, e] = probed.arguments;
  errno = 0;
  (void)::syscall(probed.number, a, b, c, d, e);
  return is_denial(errno) && !(probed.falls_back && errno == ENOSYS);
}

// Maps names of library functions to the calls that they make.
std::string_view kernel_name(std::string_view name) {
  if (name == "posix_spawn") return is_denied(kCalls[0]) ? "clone3" : "execve";
  if (name == "pthread_create") return "clone3";
  if (name == "eventfd") return "eventfd2";
  if (name == "signalfd") return "signalfd4";
  return name;
}

}  // namespace

const SystemCall* find_call(std::string_view name) {
  const std::string_view wanted = kernel_name(name);
  for (const Probed& probed : kCalls) {
    if (probed.call.name == wanted) return &probed.call;
  }
  return nullptr;
}

std::vector<const SystemCall*> denied_calls() {
  std::vector<const SystemCall*> denied;
  for (const Probed& probed : kCalls) {
    if (is_denied(probed)) denied.push_back(&probed.call);
  }
  return denied;
}

Status granted(std::string_view name, std::string_view object) {
  for (const Probed& probed : kCalls) {
    if (probed.call.name == name && is_denied(probed)) return system_error(name, object);
  }
  return {};
}

std::size_t known_calls() { return kCalls.size(); }

}  // namespace forknet::os
