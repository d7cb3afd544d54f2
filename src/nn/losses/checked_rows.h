// What check_loss() gives to a loss and what the loss wrote, in panels whose padding is a NaN.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>
#include <span>
#include <vector>

#include "math/element_kernels.h"
#include "nn/loss.h"

namespace forknet::nn {

inline constexpr std::size_t kRows = 37;  // two groups of 16 and a part of one

struct AlignedDelete {
  void operator()(void* memory) const { ::operator delete (memory, std::align_val_t{64}); }
};

// A matrix in panels whose every number, padding included, begins as `filler`.
template <class T>
class CheckedMatrix {
 public:
  CheckedMatrix(std::size_t rows, std::size_t columns, T filler)
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
    math::reference_element_kernels<T>().normals(20240607, stream, 0, numbers);
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      at(i / view_.columns, i % view_.columns) = numbers[i];
    }
  }
  [[nodiscard]] std::span<const T> numbers() const { return {memory_.get(), numbers_}; }

 private:
  std::size_t numbers_;
  std::unique_ptr<T, AlignedDelete> memory_;
  math::PanelView<T> view_;
};

struct CheckedShape {
  std::size_t units = 1;
  const math::Activation* activation = &math::activations::linear();
};

// What a loss is given; padding is a NaN, which must not be read.
template <class T>
struct CheckedRows {
  explicit CheckedRows(const CheckedShape& shape)
      : sums(kRows, shape.units, std::numeric_limits<T>::quiet_NaN()),
        outputs(kRows, shape.units, std::numeric_limits<T>::quiet_NaN()),
        targets(kRows, shape.units, std::numeric_limits<T>::quiet_NaN()),
        activation(shape.activation) {
    sums.fill_normal(1);
    targets.fill_normal(2);
    for (std::size_t row = 0; row < kRows; ++row) {
      labels.push_back(static_cast<std::uint32_t>(row % shape.units));
      for (std::size_t unit = 0; unit < shape.units; ++unit) {
        T& target = targets.at(row, unit);
        target = T{1} / (T{1} + std::fabs(target));
      }
    }
    activate();
  }
  // sums -> outputs
  void activate() {
    math::ActivationArgs<T> args;
    args.activation = activation;
    args.z = sums.view().as_const();
    args.y = outputs.view();
    args.rows = {0, kRows};
    args.panels = {0, outputs.view().panels()};
    math::reference_element_kernels<T>().activation(args);
    for (std::size_t row = 0; row < kRows; ++row) {
      for (std::size_t c = outputs.view().columns; c < outputs.view().panels() * math::kLanes;
           ++c) {
        outputs.at(row, c) = std::numeric_limits<T>::quiet_NaN();
      }
    }
  }

  CheckedMatrix<T> sums;     // before the last activation
  CheckedMatrix<T> outputs;  // behind it
  CheckedMatrix<T> targets;
  const math::Activation* activation;
  std::vector<std::uint32_t> labels;
  std::vector<T> weights = {};
};

template <class T>
inline constexpr T kUntouched = T{12345.5};

// What a loss wrote.
template <class T>
struct CheckedOutput {
  explicit CheckedOutput(std::size_t units)
      : dz(kRows, units, kUntouched<T>),
        transposed(units, kRows, kUntouched<T>),
        losses(kRows, kUntouched<T>),
        correct(kRows, 9) {}
  CheckedMatrix<T> dz;
  CheckedMatrix<T> transposed;
  std::vector<T> losses;
  std::vector<std::uint32_t> correct;
};

}  // namespace forknet::nn
