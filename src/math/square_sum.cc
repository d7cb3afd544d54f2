#include "math/square_sum.h"

#include <array>

#include "math/panels.h"
#include "math/reference_rows.h"

namespace forknet::math {

template <class T>
double square_sum(const T* numbers, std::size_t lines) {
  std::array<double, kLanes> lanes = {};
  for (std::size_t line = 0; line < lines; ++line, numbers += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const auto number = static_cast<double>(numbers[lane]);
      lanes[lane] += number * number;
    }
  }
  return reference::fold(lanes);
}

template double square_sum<float>(const float*, std::size_t);
template double square_sum<double>(const double*, std::size_t);

}  // namespace forknet::math
