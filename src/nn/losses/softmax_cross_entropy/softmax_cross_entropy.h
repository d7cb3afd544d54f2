// Softmax cross-entropy of logits z (rows, classes), row by row, sums in 16 lanes and their tree:
//   m = max z;  e = exp(z - m);  s = sum e;  loss = log(s) - (z_label - m);  dz = e / s - [label]
// With label smoothing a (Szegedy et al. 2016, arXiv:1512.00567) the target is h = a / classes for
// every class and g = 1 - a more at the label:
//   loss = log(s) - fma(h, sum (z - m), g * (z_label - m));  dz = e / s - h, at the label - (h + g)
// and correct = 1 if the label is the first largest logit, 0 where the loss is NaN (a row with a
// NaN or +infinity, or with -infinity only). Loss and dz times the row's weight. Predictions are
// the probabilities e / s (docs/numerics.md).
#pragma once

#include "nn/loss.h"

namespace forknet::nn {

[[nodiscard]] LossEntry softmax_cross_entropy();

// Outputs (rows, units) -> their softmax by row, in place.
template <class T>
void softmax(math::Target target, const math::PanelView<T>& outputs);

// The outputs are logits. Their storage may serve as that of dz or of probabilities. dz needs
// labels; without labels only probabilities are computed.
template <class T>
struct SoftmaxArgs : LossArgs<T> {
  math::PanelView<T> probabilities = {};  // (rows, classes), or none
  double smoothing = 0.0;                 // of labels: 0 <= smoothing < 1
};

// What a smoothed label asks of each class: everywhere, and at the label besides.
template <class T>
struct SmoothLabel {
  T everywhere = 0;
  T besides = 1;

  SmoothLabel(double smoothing, std::size_t classes)
      : everywhere(static_cast<T>(smoothing) / static_cast<T>(classes)),
        besides(T{1} - static_cast<T>(smoothing)) {}
};

template <class T>
using SoftmaxKernel = void (*)(const SoftmaxArgs<T>&);

// The kernel of a target; the reference if this build has none for it.
template <class T>
[[nodiscard]] SoftmaxKernel<T> softmax_kernel(math::Target target);

// The oracle: plain loops, one number after the other.
template <class T>
void softmax_reference(const SoftmaxArgs<T>& args);

}  // namespace forknet::nn
