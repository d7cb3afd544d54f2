// Tells the CPU that this thread is in a spin loop.
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
