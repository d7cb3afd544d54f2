#include <cmath>

#include "nn/losses/number_reference.h"
#include "nn/losses/quantile/quantile.h"

namespace forknet::nn {
namespace {

template <class T>
struct PlainQuantile {
  static constexpr int kErrorFactor = 1;
  T below;  // -q, where the output lies below the target
  T above;  // 1 - q

  void operator()(T y, T t, T& lane, T& error) const {
    const T difference = y - t;
    const T slope = difference > 0 ? above : below;
    lane += slope * difference;
    error = difference > 0 || difference < 0 ? slope : difference;
  }
};

}  // namespace

template <class T>
void quantile_reference(const LossArgs<T>& args, double setting) {
  number_reference(args, PlainQuantile<T>{static_cast<T>(-setting), static_cast<T>(1 - setting)});
}

template void quantile_reference(const LossArgs<float>&, double);
template void quantile_reference(const LossArgs<double>&, double);

}  // namespace forknet::nn
