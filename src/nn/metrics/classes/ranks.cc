#include "nn/metrics/classes/ranks.h"

#include <cmath>
#include <cstddef>

namespace forknet::nn {

template <class T>
void rank_labels(const math::PanelView<const T>& outputs, const std::uint32_t* labels,
                 std::uint32_t* ranks, std::uint32_t* predicted) {
  for (std::size_t row = 0; row < outputs.rows; ++row) {
    const T own = outputs.at(row, labels[row]);
    T most = outputs.at(row, 0);
    std::uint32_t before = 0;
    std::uint32_t first = 0;
    bool numbers = true;
    for (std::uint32_t unit = 0; unit < outputs.columns; ++unit) {
      const T output = outputs.at(row, unit);
      numbers = numbers && !std::isnan(output);
      if (output > own || (output == own && unit < labels[row])) ++before;
      if (output > most) {
        most = output;
        first = unit;
      }
    }
    ranks[row] = numbers ? before : kNoClass;
    predicted[row] = numbers ? first : kNoClass;
  }
}

template void rank_labels(const math::PanelView<const float>&, const std::uint32_t*, std::uint32_t*,
                          std::uint32_t*);
template void rank_labels(const math::PanelView<const double>&, const std::uint32_t*,
                          std::uint32_t*, std::uint32_t*);

}  // namespace forknet::nn
