// The floating-point state that docs/numerics.md assumes: rounding to nearest, denormal numbers
// kept (neither flushed nor read as zero), exceptions masked. A thread inherits the state that the
// host program, a library built with -ffast-math or a previous owner has set, so every computing
// thread sets it before its first kernel.
#pragma once

#include <cstdint>

namespace forknet::math {

// Sets the state of the calling thread.
void set_float_state();

// Sets the state of the calling thread; the destructor restores the former state. For threads that
// belong to the caller of the library. Destroy it on the thread that made it.
class FloatStateScope {
 public:
  FloatStateScope();
  ~FloatStateScope();
  FloatStateScope(const FloatStateScope&) = delete;
  FloatStateScope& operator=(const FloatStateScope&) = delete;

 private:
  std::uint64_t saved_;
};

}  // namespace forknet::math
