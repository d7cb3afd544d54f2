// Copies the numbers of a slice of the layers from weights that other processes left in a file or
// in memory.
#pragma once

#include <forknet/result.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "base/try.h"
#include "state/live_state.h"
#include "store/weights.h"

namespace forknet::run {

// Copies from the version that step `version` begins with into the current version of `to`. Error:
// `from` is shorter than the layout.
template <class T>
[[nodiscard]] Status copy_slice(os::Fd from, const store::WeightsLayout& layout,
                                std::uint64_t version, const SliceNumbers& part,
                                store::Weights<T>& to) {
  FORKNET_ASSIGN(auto weights, store::Weights<T>::of(std::move(from), layout.numbers,
                                                     layout.moments, layout.versions));
  weights.turn_to(version);
  for (std::size_t i = 0; i < to.regions(); ++i) {
    const auto numbers =
        std::as_const(weights).region(i).subspan(part.begin, part.end - part.begin);
    std::ranges::copy(numbers, to.region(i).subspan(part.begin).begin());
  }
  return {};
}

}  // namespace forknet::run
