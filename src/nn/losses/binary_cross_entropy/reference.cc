#include <cmath>

#include "math/reference_functions.h"
#include "nn/losses/binary_cross_entropy/binary_cross_entropy.h"
#include "nn/losses/number_reference.h"

namespace forknet::nn {
namespace {

template <class T>
struct PlainBinaryCrossEntropy {
  static constexpr int kErrorFactor = 1;

  void operator()(T y, T t, T& lane, T& error) const {
    const T positive = y > 0 ? y : T{0};
    const T rest = math::reference::log1p(math::reference::exp(-std::fabs(y)));
    lane += std::fma(-t, y, positive) + rest;
    error = math::reference::sigmoid(y) - t;
  }
};

}  // namespace

template <class T>
void binary_cross_entropy_reference(const LossArgs<T>& args, double /*setting*/) {
  number_reference(args, PlainBinaryCrossEntropy<T>{});
}

template void binary_cross_entropy_reference(const LossArgs<float>&, double);
template void binary_cross_entropy_reference(const LossArgs<double>&, double);

}  // namespace forknet::nn
