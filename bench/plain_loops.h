// The loops of a training step beside its products, as one would write them around a matrix
// library: plain, row-major, left to the compiler's vectoriser.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace forknet::bench {

// y (rows, bias.size()): y += bias, then y = max(y, 0) if `relu`.
void add_bias(std::span<float> y, std::span<const float> bias, bool relu);

// dx (n) = y (n) > 0 ? dx : 0
void relu_backward(std::span<const float> y, std::span<float> dx);

// logits (rows, classes) -> errors (rows, classes) of the mean loss; returns the mean loss.
double softmax_cross_entropy(std::span<const float> logits, std::span<const std::uint32_t> labels,
                             std::span<float> errors);

// errors (rows, sums.size()) -> sums over the rows
void sum_rows(std::span<const float> errors, std::span<float> sums);

// m = momentum * m + g;  w -= lr * m
void momentum_update(std::span<float> w, std::span<float> m, std::span<const float> g, float lr,
                     float momentum);

}  // namespace forknet::bench
