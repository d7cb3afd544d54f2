#include "bench/plain_loops.h"

#include <algorithm>
#include <cmath>

namespace forknet::bench {

void add_bias(std::span<float> y, std::span<const float> bias, bool relu) {
  const std::size_t columns = bias.size();
  const float* __restrict b = bias.data();
  for (std::size_t begin = 0; begin < y.size(); begin += columns) {
    float* __restrict line = y.data() + begin;
    if (relu) {
      for (std::size_t c = 0; c < columns; ++c) line[c] = std::max(line[c] + b[c], 0.0F);
    } else {
      for (std::size_t c = 0; c < columns; ++c) line[c] += b[c];
    }
  }
}

void relu_backward(std::span<const float> y, std::span<float> dx) {
  const float* __restrict from = y.data();
  float* __restrict to = dx.data();
  for (std::size_t i = 0; i < dx.size(); ++i) to[i] = from[i] > 0 ? to[i] : 0.0F;
}

double softmax_cross_entropy(std::span<const float> logits, std::span<const std::uint32_t> labels,
                             std::span<float> errors) {
  const std::size_t rows = labels.size();
  const std::size_t classes = logits.size() / rows;
  const float scale = 1.0F / static_cast<float>(rows);
  double loss = 0;
  for (std::size_t r = 0; r < rows; ++r) {
    const float* __restrict z = logits.data() + r * classes;
    float* __restrict e = errors.data() + r * classes;
    float highest = z[0];
    for (std::size_t c = 1; c < classes; ++c) highest = std::max(highest, z[c]);
    float sum = 0;
    for (std::size_t c = 0; c < classes; ++c) {
      e[c] = std::exp(z[c] - highest);
      sum += e[c];
    }
    const float factor = scale / sum;
    for (std::size_t c = 0; c < classes; ++c) e[c] *= factor;
    e[labels[r]] -= scale;
    loss += static_cast<double>(std::log(sum) + highest - z[labels[r]]);
  }
  return loss / static_cast<double>(rows);
}

void sum_rows(std::span<const float> errors, std::span<float> sums) {
  std::ranges::fill(sums, 0.0F);
  float* __restrict to = sums.data();
  for (std::size_t begin = 0; begin < errors.size(); begin += sums.size()) {
    const float* __restrict line = errors.data() + begin;
    for (std::size_t c = 0; c < sums.size(); ++c) to[c] += line[c];
  }
}

void momentum_update(std::span<float> w, std::span<float> m, std::span<const float> g, float lr,
                     float momentum) {
  float* __restrict weights = w.data();
  float* __restrict moments = m.data();
  const float* __restrict gradients = g.data();
  for (std::size_t i = 0; i < w.size(); ++i) {
    moments[i] = momentum * moments[i] + gradients[i];
    weights[i] -= lr * moments[i];
  }
}

}  // namespace forknet::bench
