// The oracle of a loss of numbers (number_loss.h): plain loops, one number after the other.
//
// Of is the loss: kErrorFactor is its k, and of(y, t, lane, error) adds l(y, t) to `lane` and
// writes e(y, t).
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "math/element_kernels.h"
#include "math/reference_rows.h"
#include "nn/loss.h"

namespace forknet::nn {

// errors (outputs), of one row: through the activation, then times the row's weight
template <class T>
void write_number_errors(const LossArgs<T>& args, std::size_t row, const std::vector<T>& errors) {
  const std::size_t outputs = errors.size();
  std::vector<T> lines(outputs * math::kLanes);  // (outputs, 1 row)
  for (std::size_t c = 0; c < outputs; ++c) lines[c * math::kLanes] = errors[c];
  math::ActivationBackwardArgs<T> back;
  back.activation = args.activation;
  back.dx = {lines.data(), outputs, 1, lines.size()};
  back.y = {args.outputs.line(0, row), 1, outputs, args.outputs.panel_stride};
  if (args.sums.data != nullptr) {
    back.sums = {args.sums.line(0, row), 1, outputs, args.sums.panel_stride};
  }
  back.dz = {args.dz.line(0, row), 1, outputs, args.dz.panel_stride};
  back.rows = {0, 1};
  back.panels = {0, math::panels_for(outputs)};
  math::reference_element_kernels<T>().activation_backward(back);
  if (args.sample_weights == nullptr) return;
  for (std::size_t c = 0; c < outputs; ++c) args.dz.at(row, c) *= args.sample_weights[row];
}

template <class T, class Of>
void number_reference(const LossArgs<T>& args, const Of& of) {
  const std::size_t outputs = args.outputs.columns;
  std::vector<T> errors(outputs);
  for (std::size_t row = args.rows.begin; row < args.rows.end; ++row) {
    std::array<T, math::kLanes> lanes = {};
    for (std::size_t c = 0; c < outputs; ++c) {
      of(args.outputs.at(row, c), args.targets.at(row, c), lanes[c % math::kLanes], errors[c]);
      errors[c] *= T{Of::kErrorFactor} / static_cast<T>(outputs);
    }
    if (args.losses != nullptr) {
      const T loss = math::reference::fold(lanes) * (T{1} / static_cast<T>(outputs));
      args.losses[row] = args.sample_weights == nullptr ? loss : loss * args.sample_weights[row];
    }
    if (args.dz.data != nullptr) write_number_errors(args, row, errors);
  }
  if (args.dz_transposed.data == nullptr) return;
  math::reference::turn(args.dz, args.dz_transposed, args.rows, {0, outputs});
}

}  // namespace forknet::nn
