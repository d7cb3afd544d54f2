#include "os/system_error.h"

#include <sys/resource.h>

#include <algorithm>

#include "os/system_calls.h"

namespace forknet::os {
namespace {

// "", or the limit in words that name it.
std::string limit_text(__rlimit_resource resource, const char* begin, const char* end) {
  rlimit limit = {};
  if (::getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return "";
  return begin + std::to_string(limit.rlim_cur) + end;
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
    case EAGAIN:  // of a thread whose stack finds no addresses, too
      if (call != "pthread_create") return "";
      [[fallthrough]];
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
