#include "nn/inits/init.h"

#include <cmath>

#include "base/check.h"

namespace forknet::nn {

double factor_of(const Init& init, std::size_t inputs, std::size_t outputs) {
  FORKNET_CHECK(init.variance != nullptr);
  const double variance = init.variance(static_cast<double>(inputs), static_cast<double>(outputs));
  // A uniform number in [-b, b) has the variance b^2 / 3.
  return std::sqrt(variance * (init.shape == Init::Shape::uniform ? 3.0 : 1.0));
}

}  // namespace forknet::nn
