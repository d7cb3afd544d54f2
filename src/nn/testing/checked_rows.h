// What check_loss() gives to a loss and what the loss wrote, in panels whose padding is a NaN.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "math/element_kernels.h"
#include "nn/loss.h"
#include "nn/testing/checked_matrix.h"

namespace forknet::nn {

inline constexpr std::size_t kRows = 37;  // two groups of 16 and a part of one

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
