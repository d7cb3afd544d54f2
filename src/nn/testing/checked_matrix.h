// What the checks of parts (forknet/testing.h) share: matrices whose padding is a NaN, so that a
// part that reads it as a number is found, and equality of bits.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <span>
#include <vector>

#include "math/element_kernels.h"
#include "math/panels.h"

namespace forknet::nn {

template <class T>
[[nodiscard]] bool same_bits(T left, T right) {
  return std::memcmp(&left, &right, sizeof(T)) == 0;
}

struct AlignedDelete {
  void operator()(void* memory) const { ::operator delete (memory, std::align_val_t{64}); }
};

// A matrix in panels whose every number, padding included, begins as `filler`.
template <class T>
class CheckedMatrix {
 public:
  CheckedMatrix(std::size_t rows, std::size_t columns,
                T filler = std::numeric_limits<T>::quiet_NaN())
      : numbers_(math::panel_numbers(rows, columns)),
        view_{nullptr, rows, columns, rows * math::kLanes} {
    memory_.reset(static_cast<T*>(::operator new (numbers_ * sizeof(T), std::align_val_t{64})));
    std::fill_n(memory_.get(), numbers_, filler);
    view_.data = memory_.get();
  }
  [[nodiscard]] const math::PanelView<T>& view() const { return view_; }
  [[nodiscard]] T& at(std::size_t row, std::size_t column) const { return view_.at(row, column); }
  void fill_normal(std::uint32_t stream) {
    std::vector<T> numbers(view_.rows * view_.columns);
    math::reference_element_kernels<T>().normals(20240607, Purpose::weights, stream, 0, numbers);
    fill([next = numbers.begin()]() mutable { return *next++; });
  }
  // Each number, without padding, row after row.
  template <class Number>
  void fill(Number number) {
    for (std::size_t row = 0; row < view_.rows; ++row) {
      for (std::size_t column = 0; column < view_.columns; ++column) {
        at(row, column) = static_cast<T>(number());
      }
    }
  }
  [[nodiscard]] std::span<const T> numbers() const { return {memory_.get(), numbers_}; }

 private:
  std::size_t numbers_;
  std::unique_ptr<T, AlignedDelete> memory_;
  math::PanelView<T> view_;
};

}  // namespace forknet::nn
