#include <cmath>

#include "math/reference_functions.h"
#include "nn/losses/number_reference.h"
#include "nn/losses/poisson/poisson.h"

namespace forknet::nn {
namespace {

template <class T>
struct PlainPoisson {
  static constexpr int kErrorFactor = 1;

  void operator()(T y, T t, T& lane, T& error) const {
    const T rate = math::reference::exp(y);
    lane += std::fma(-t, y, rate);
    error = rate - t;
  }
};

}  // namespace

template <class T>
void poisson_reference(const LossArgs<T>& args, double /*setting*/) {
  number_reference(args, PlainPoisson<T>{});
}

template void poisson_reference(const LossArgs<float>&, double);
template void poisson_reference(const LossArgs<double>&, double);

}  // namespace forknet::nn
