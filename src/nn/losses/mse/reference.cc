#include <cmath>

#include "nn/losses/mse/mse.h"
#include "nn/losses/number_reference.h"

namespace forknet::nn {
namespace {

template <class T>
struct PlainSquaredError {
  static constexpr int kErrorFactor = 2;

  void operator()(T y, T t, T& lane, T& error) const {
    error = y - t;
    lane = std::fma(error, error, lane);
  }
};

}  // namespace

template <class T>
void mse_reference(const LossArgs<T>& args) {
  number_reference(args, PlainSquaredError<T>{});
}

template void mse_reference(const LossArgs<float>&);
template void mse_reference(const LossArgs<double>&);

}  // namespace forknet::nn
