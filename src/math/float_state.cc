#include "math/float_state.h"

#if defined(__x86_64__)
#include <xmmintrin.h>
#elif !defined(__aarch64__)
#include <cfenv>
#endif

namespace forknet::math {
namespace {

#if defined(__x86_64__)

// MXCSR with every exception masked, no flag raised, nearest rounding, FTZ (bit 15) and DAZ (bit 6)
// off: the value after a reset. Intel SDM volume 1, 10.2.3.
constexpr std::uint64_t kDefined = 0x1F80;

std::uint64_t read_state() { return _mm_getcsr(); }
void write_state(std::uint64_t state) { _mm_setcsr(static_cast<unsigned>(state)); }

#elif defined(__aarch64__)

// FPCR with nearest rounding, FZ and FZ16 off, NaNs propagated, no traps. Arm ARM, C5.2.8.
constexpr std::uint64_t kDefined = 0;

std::uint64_t read_state() {
  std::uint64_t state = 0;
  asm volatile("mrs %0, fpcr" : "=r"(state));
  return state;
}
void write_state(std::uint64_t state) { asm volatile("msr fpcr, %0" : : "r"(state)); }

#else

// On other CPUs C knows only the rounding mode.
constexpr std::uint64_t kDefined = FE_TONEAREST;

std::uint64_t read_state() { return static_cast<std::uint64_t>(std::fegetround()); }
void write_state(std::uint64_t state) { std::fesetround(static_cast<int>(state)); }

#endif

}  // namespace

void set_float_state() { write_state(kDefined); }

FloatStateScope::FloatStateScope() : saved_(read_state()) { set_float_state(); }
FloatStateScope::~FloatStateScope() { write_state(saved_); }

}  // namespace forknet::math
