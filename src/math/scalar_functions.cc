#include "math/scalar_functions.h"

#include <algorithm>
#include <cmath>

#include "math/element_kernels.h"

namespace forknet::math {
namespace {

double value_of(Function function, double x) {
  double value = 0;
  reference_element_kernels<double>().map(function, {&x, 1}, {&value, 1});
  return value;
}

}  // namespace

double power(double base, std::uint64_t exponent) {
  double result = 1.0;
  for (; exponent > 0; exponent >>= 1) {
    if ((exponent & 1) != 0) result *= base;
    base *= base;
  }
  return result;
}

double real_power(double base, double exponent) {
  const double whole = std::floor(std::min(exponent, 0x1p53));
  const double rest = exponent - whole;
  const double result = power(base, static_cast<std::uint64_t>(whole));
  if (!(rest > 0)) return result;
  return result * value_of(Function::exp, rest * value_of(Function::log, base));
}

double natural_log(double x) { return value_of(Function::log, x); }

double cos_pi(double x) { return value_of(Function::cos_two_pi, x / 2); }

}  // namespace forknet::math
