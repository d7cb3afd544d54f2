#include "nn/metrics/hits.h"

#include <cmath>

namespace forknet::nn {

template <class T>
void count_hits(const LossArgs<T>& args) {
  if (args.correct == nullptr) return;
  const bool classes = args.labels != nullptr && args.outputs.columns > 1;
  for (std::size_t row = args.rows.begin; row < args.rows.end; ++row) {
    std::size_t largest = 0;
    bool numbers = classes;
    for (std::size_t unit = 0; numbers && unit < args.outputs.columns; ++unit) {
      numbers = !std::isnan(args.outputs.at(row, unit));
      if (args.outputs.at(row, unit) > args.outputs.at(row, largest)) largest = unit;
    }
    args.correct[row] = numbers && largest == args.labels[row] ? 1 : 0;
  }
}

template void count_hits(const LossArgs<float>&);
template void count_hits(const LossArgs<double>&);

}  // namespace forknet::nn
