#include "os/system_error.h"

#include <sys/resource.h>

#include <algorithm>

#include "os/system_calls.h"

namespace forknet::os {
namespace {

// "", or the limit with its description.
std::string limit_text(__rlimit_resource resource, const char* begin, const char* end) {
  rlimit limit = {};
  if (::getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return "";
  return begin + std::to_string(limit.rlim_cur) + end;
}

bool starts_a_task(std::string_view call) {
  return call == "pthread_create" || call == "fork" || call == "clone3" || call == "posix_spawn";
}

// Lack of address space for the stack gives this error too; the call does not say which it was.
std::string cause_of_no_task() {
  std::string limits =
      limit_text(RLIMIT_NPROC, ", processes and threads of this user to ", " (ulimit -u)") +
      limit_text(RLIMIT_AS, ", addresses to ", " bytes (ulimit -v)") +
      limit_text(RLIMIT_DATA, ", data to ", " bytes (ulimit -d)");
  if (!limits.empty()) limits = "; limited are" + limits.substr(1) + ",";
  return limits + (limits.empty() ? ";" : "") +
         " a control group may have a limit (pids.max) as well; raise it, or ask for fewer threads";
}

}  // namespace

std::string cause_of(std::string_view call, int error) {
  switch (error) {
    case EMFILE:
      return limit_text(RLIMIT_NOFILE, "; the limit of this process is ",
                        " (ulimit -n); raise it, or ask for fewer stages or replicas");
    case ENFILE:
      return "; the machine's limit (fs.file-max) is reached; end other programs or raise it";
    case EFBIG:
      return limit_text(RLIMIT_FSIZE, "; files of this process may have ",
                        " bytes (ulimit -f); raise that limit");
    case EAGAIN:
      return starts_a_task(call) ? cause_of_no_task() : "";
    case ENOMEM:
      return limit_text(RLIMIT_AS, "; the addresses of this process are limited to ",
                        " bytes (ulimit -v); raise that limit");
    default:
      break;
  }
  const SystemCall* const known = is_denial(error) ? find_call(call) : nullptr;
  if (known == nullptr) return "";
  std::string cause = "; a seccomp filter (of a container)";
  if (*known->since != '\0') cause.append(" or a kernel older than ").append(known->since);
  cause.append(" denies ").append(known->name);
  if (*known->instead != '\0') cause.append("; ").append(known->instead);
  return cause;
}

}  // namespace forknet::os
