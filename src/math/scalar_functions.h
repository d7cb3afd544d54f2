// Functions of one double with the same bits on every machine, which libm does not guarantee: for
// the numbers of optimizers and schedules, computed once a step.
#pragma once

#include <cstdint>

namespace forknet::math {

// base^exponent by squaring.
[[nodiscard]] double power(double base, std::uint64_t exponent);

// base^exponent for base >= 0 and exponent from 0 to 2^53: its whole part by squaring, times
// exp(f * log(base)) for the rest f, by forknet's own functions.
[[nodiscard]] double real_power(double base, double exponent);

// By forknet's own functions; -infinity for 0.
[[nodiscard]] double natural_log(double x);

// cos(pi * x) for x in [0, 1], by forknet's own functions.
[[nodiscard]] double cos_pi(double x);

}  // namespace forknet::math
