#include "data/augment/elastic.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "base/philox.h"
#include "math/element_kernels.h"
#include "math/panels.h"
#include "math/scalar_functions.h"

namespace forknet::data {
namespace {

constexpr std::size_t kBlock = math::kLanes;  // nodes that are smoothed at once
constexpr std::size_t kMostNodes = 32;        // along the shorter side
constexpr double kSidesInSigma = 7;           // 28 pixels: 4
constexpr double kReachInSigmas = 3;
constexpr double kDeviationsInElastic = 3;
constexpr double kOneByE = 0.36787944117144233;

std::size_t whole_blocks(std::size_t count) { return (count + kBlock - 1) / kBlock * kBlock; }

// With one node a pixel the field is the picture; else there is a node past the last pixel.
std::size_t nodes_along(std::size_t pixels, std::size_t spacing) {
  return spacing == 1 ? pixels : (pixels - 1) / spacing + 2;
}

// Gaussian weights of the nodes 0 to `reach` from the middle; those of both sides add up to 1.
std::vector<double> gaussian(double sigma, std::size_t reach) {
  std::vector<double> weights(reach + 1);
  double sum = 0;
  for (std::size_t k = 0; k <= reach; ++k) {
    const auto distance = static_cast<double>(k);
    weights[k] = math::real_power(kOneByE, distance * distance / (2.0 * (sigma * sigma)));
    sum += k == 0 ? weights[k] : 2.0 * weights[k];
  }
  for (double& weight : weights) weight /= sum;
  return weights;
}

// Four numbers at once, each computed as it would be alone. Without it GCC 12 keeps the sums below
// in memory, which takes twice the time.
using Four [[gnu::vector_size(16)]] = float;

Four four(const float* from) {
  Four numbers;
  std::memcpy(&numbers, from, sizeof(Four));
  return numbers;
}

// out[x] = weights[0] * in[x] + sums over k of weights[k] * (in[x - k * step] + in[x + k * step])
void smooth_line(const float* in, std::size_t step, const std::vector<float>& weights,
                 std::size_t columns, float* out) {
  for (std::size_t x = 0; x < columns; x += kBlock) {
    Four sums[kBlock / 4];
    for (std::size_t i = 0; i < kBlock / 4; ++i) sums[i] = weights[0] * four(in + x + 4 * i);
    for (std::size_t k = 1; k < weights.size(); ++k) {
      const float* before = in + x - k * step;
      const float* after = in + x + k * step;
      for (std::size_t i = 0; i < kBlock / 4; ++i) {
        sums[i] += weights[k] * (four(before + 4 * i) + four(after + 4 * i));
      }
    }
    std::memcpy(out + x, sums, sizeof(sums));
  }
}

}  // namespace

ElasticField::ElasticField(const Augmentation& augmentation, math::Target target)
    : seed_(augmentation.seed), width_(augmentation.width), target_(target) {
  const std::size_t height = augmentation.height;
  const std::size_t side = std::min(width_, height);
  spacing_ = (side + kMostNodes - 1) / kMostNodes;
  columns_ = nodes_along(width_, spacing_);
  lines_ = nodes_along(height, spacing_);
  const double sigma = static_cast<double>(side) / kSidesInSigma / static_cast<double>(spacing_);
  reach_ =
      std::min({static_cast<std::size_t>(std::ceil(kReachInSigmas * sigma)), columns_, lines_});
  stride_ = whole_blocks(columns_);
  const std::vector<double> weights = gaussian(sigma, reach_);
  double gain = weights[0] * weights[0];
  for (std::size_t k = 1; k <= reach_; ++k) gain += 2.0 * (weights[k] * weights[k]);
  // Numbers in [-1, 1) have the deviation 1 / sqrt(3), and after both passes gain times that.
  const double size = augmentation.by.elastic / kDeviationsInElastic * std::sqrt(3.0) / gain;
  for (const double weight : weights) {
    weights_.push_back(static_cast<float>(weight));
    scaled_.push_back(static_cast<float>(weight * size));
  }
}

// Both fields, then: what was drawn; a line with what is on both sides of it; all lines, smoothed
// along, with those above and below.
std::size_t ElasticField::memory() const {
  return 2 * lines_ * stride_ + whole_blocks(2 * nodes()) + whole_blocks(stride_ + 2 * reach_) +
         (lines_ + 2 * reach_) * stride_;
}

void ElasticField::draw(std::uint32_t sample, std::uint32_t epoch, float* memory) const {
  float* const drawn = memory + 2 * lines_ * stride_;
  float* const work = drawn + whole_blocks(2 * nodes());
  math::element_kernels<float>(target_).uniforms(seed_, Purpose::elastic, sample, epoch,
                                                 {drawn, 2 * nodes()});
  smooth(drawn, work, memory);
  smooth(drawn + nodes(), work, memory + lines_ * stride_);
}

// The field is periodic: beyond an edge it continues at the opposite one.
void ElasticField::smooth(const float* drawn, float* memory, float* field) const {
  float* const line = memory;
  float* const along = memory + whole_blocks(stride_ + 2 * reach_);
  for (std::size_t y = 0; y < lines_; ++y) {
    const float* const from = drawn + y * columns_;
    std::copy_n(from + columns_ - reach_, reach_, line);
    std::copy_n(from, columns_, line + reach_);
    std::copy_n(from, reach_, line + reach_ + columns_);
    smooth_line(line + reach_, 1, scaled_, columns_, along + (reach_ + y) * stride_);
  }
  std::copy_n(along + lines_ * stride_, reach_ * stride_, along);
  std::copy_n(along + reach_ * stride_, reach_ * stride_, along + (reach_ + lines_) * stride_);
  for (std::size_t y = 0; y < lines_; ++y) {
    smooth_line(along + (reach_ + y) * stride_, stride_, weights_, columns_, field + y * stride_);
  }
}

void ElasticField::displace(const float* memory, std::size_t row, float* x, float* y) const {
  const std::size_t line = row / spacing_;
  const std::array<float*, 2> places = {x, y};
  for (std::size_t axis = 0; axis < 2; ++axis) {
    const float* const here = memory + (axis * lines_ + line) * stride_;
    float* const to = places[axis];
    if (spacing_ == 1) {
      for (std::size_t i = 0; i < width_; ++i) to[i] += here[i];
      continue;
    }
    const float* const below = here + stride_;
    const float step = 1.0F / static_cast<float>(spacing_);
    const float down = static_cast<float>(row - line * spacing_) * step;
    for (std::size_t i = 0; i < width_; ++i) {
      const std::size_t node = i / spacing_;
      const float right = static_cast<float>(i - node * spacing_) * step;
      const float top = here[node] + right * (here[node + 1] - here[node]);
      const float bottom = below[node] + right * (below[node + 1] - below[node]);
      to[i] += top + down * (bottom - top);
    }
  }
}

}  // namespace forknet::data
