#include "math/float_state.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace forknet::math {
namespace {

// Reads what the compiler must not fold: the sums below have to happen at run time.
template <class T>
T opaque(T value) {
  volatile T kept = value;
  return kept;
}

// What -ffast-math's start-up code, or a host program, may leave behind.
void spoil_state() {
#if defined(__x86_64__)
  _mm_setcsr(_mm_getcsr() | 0xC040U);  // flush to zero, denormals are zero, rounding up
#elif defined(__aarch64__)
  asm volatile("msr fpcr, %0" : : "r"(std::uint64_t{5} << 22));
#endif
}

template <class T>
void expect_exact_denormals() {
  const T least = std::numeric_limits<T>::denorm_min();
  const T normal = std::numeric_limits<T>::min();
  EXPECT_EQ(opaque(least) + opaque(least), 2 * least);
  EXPECT_GT(opaque(least) + opaque(least), T{0});
  EXPECT_GT(opaque(normal) / T{2}, T{0});
  EXPECT_EQ(opaque(normal) / T{2} * T{2}, normal);
  EXPECT_EQ(opaque(normal) - opaque(normal - least), least);
}

TEST(FloatState, denormal_arithmetic_is_exact_after_it_is_set) {
  const FloatStateScope restored_at_the_end;
  spoil_state();
  set_float_state();
  expect_exact_denormals<float>();
  expect_exact_denormals<double>();
}

TEST(FloatState, rounding_is_to_nearest_after_it_is_set) {
  const FloatStateScope restored_at_the_end;
  spoil_state();
  set_float_state();
  EXPECT_EQ(opaque(1.0F) + opaque(0x1p-24F), 1.0F);  // a tie goes to even
  EXPECT_EQ(opaque(1.0) + opaque(0x1p-53), 1.0);
}

TEST(FloatState, a_scope_puts_back_what_it_found) {
  const FloatStateScope restored_at_the_end;
  spoil_state();
  {
    const FloatStateScope scope;
    expect_exact_denormals<float>();
  }
#if defined(__x86_64__)
  EXPECT_EQ(opaque(std::numeric_limits<float>::min()) / 2.0F, 0.0F);
#endif
}

}  // namespace
}  // namespace forknet::math
