#include <cmath>

#include "nn/losses/huber/huber.h"
#include "nn/losses/number_reference.h"

namespace forknet::nn {
namespace {

template <class T>
struct PlainHuber {
  static constexpr int kErrorFactor = 1;
  T delta;

  void operator()(T y, T t, T& lane, T& error) const {
    const T difference = y - t;
    const T distance = std::fabs(difference);
    const bool far = distance > delta;
    lane += far ? delta * (distance - T{0.5} * delta) : (T{0.5} * difference) * difference;
    error = far ? std::copysign(delta, difference) : difference;
  }
};

}  // namespace

template <class T>
void huber_reference(const LossArgs<T>& args, double setting) {
  number_reference(args, PlainHuber<T>{static_cast<T>(setting)});
}

template void huber_reference(const LossArgs<float>&, double);
template void huber_reference(const LossArgs<double>&, double);

}  // namespace forknet::nn
