// Tells the CPU that this thread only looks at a word until it changes.
#pragma once

namespace forknet::os {

inline void pause_cpu() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace forknet::os
