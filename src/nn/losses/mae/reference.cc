#include <cmath>

#include "nn/losses/mae/mae.h"
#include "nn/losses/number_reference.h"

namespace forknet::nn {
namespace {

template <class T>
struct PlainAbsoluteError {
  static constexpr int kErrorFactor = 1;

  void operator()(T y, T t, T& lane, T& error) const {
    const T difference = y - t;
    lane += std::fabs(difference);
    error = difference > 0 ? T{1} : difference < 0 ? T{-1} : difference;
  }
};

}  // namespace

template <class T>
void mae_reference(const LossArgs<T>& args, double /*setting*/) {
  number_reference(args, PlainAbsoluteError<T>{});
}

template void mae_reference(const LossArgs<float>&, double);
template void mae_reference(const LossArgs<double>&, double);

}  // namespace forknet::nn
