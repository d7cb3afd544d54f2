// FORKNET_CHECK(condition): states what must hold if forknet has no bug. A failure names the place
// and aborts; it is never used for what a user or the operating system can cause.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace forknet {

[[noreturn]] inline void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "forknet: internal error: %s:%d: %s does not hold; please report this\n",
               file, line, condition);
  std::abort();
}

}  // namespace forknet

#define FORKNET_CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::forknet::check_failed(#condition, __FILE__, __LINE__))
