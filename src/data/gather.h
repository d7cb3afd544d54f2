// Copies and scales the rows of a batch from a view into panels (math/panels.h): u8 or f32 becomes
// T, float or double. Pure, allocates nothing, any number of threads at once.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "data/augment/augmenter.h"
#include "data/view.h"
#include "math/element_kernels.h"
#include "math/panels.h"

namespace forknet::data {

// Destinations of gather, positions.size() rows of each; padding columns become 0.
template <class T>
struct GatherTo {
  math::PanelView<T> inputs;        // (rows, features); no columns: not requested
  std::uint32_t* labels = nullptr;  // (rows), where the table has labels; null: not requested
  math::PanelView<T> targets;  // (rows, outputs); no columns: not requested. Of a table with labels
                               // but no targets, row r is 1 in column label(r) and 0 elsewhere.
  T* sample_weights = nullptr;  // (rows), where the view is weighted: T(weight / mean_weight);
                                // null: not requested
  double mean_weight = 1;
};

template <class T>
void gather(const View& view, std::span<const std::uint32_t> positions, const GatherTo<T>& to,
            const math::ElementKernels<T>& kernels);

// The inputs of the rows as they are varied in that epoch; to: (rows, features). `memory`: as the
// augmenter, which is that of the view, takes it.
template <class T>
void gather_varied(const View& view, std::span<const std::uint32_t> positions, std::uint64_t epoch,
                   const Augmenter<T>& augmenter, std::byte* memory, const math::PanelView<T>& to);

// Each of the first `count` rows becomes `times` rows, one after the other, in place.
template <class T>
void repeat_rows(const math::PanelView<T>& view, std::size_t count, std::size_t times) {
  for (std::size_t panel = 0; panel < view.panels(); ++panel) {
    for (std::size_t row = count; row-- > 0;) {
      std::array<T, math::kLanes> line;
      std::copy_n(view.line(panel, row), math::kLanes, line.begin());
      for (std::size_t i = 0; i < times; ++i) {
        std::copy_n(line.begin(), math::kLanes, view.line(panel, row * times + i));
      }
    }
  }
}
// The same for numbers.
template <class V>
void repeat_each(V* numbers, std::size_t count, std::size_t times) {
  for (std::size_t i = count; i-- > 0;) std::fill_n(numbers + i * times, times, V{numbers[i]});
}

}  // namespace forknet::data
