#include "math/scalar_functions.h"

#include "math/element_kernels.h"

namespace forknet::math {

double power(double base, std::uint64_t exponent) {
  double result = 1.0;
  for (; exponent > 0; exponent >>= 1) {
    if ((exponent & 1) != 0) result *= base;
    base *= base;
  }
  return result;
}

double cos_pi(double x) {
  const double turn = x / 2;
  double cosine = 0;
  reference_element_kernels<double>().map(Function::cos_two_pi, {&turn, 1}, {&cosine, 1});
  return cosine;
}

}  // namespace forknet::math
