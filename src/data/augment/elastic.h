// Elastic distortions: random displacements of all pixels, smoothed by a Gaussian, as in P. Simard,
// D. Steinkraus and J. Platt, "Best practices for convolutional neural networks applied to visual
// document analysis", ICDAR 2003. Their field with alpha = 34 and sigma = 4 pixels, for pictures of
// 28 x 28, is about that of elastic = 4. docs/numerics.md defines every operation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "data/augment/augmentation.h"
#include "math/target.h"

namespace forknet::data {

// Immutable; any number of threads draw at once, each in memory of its own.
class ElasticField {
 public:
  ElasticField(const Augmentation& augmentation, math::Target target);

  // Numbers of memory that a draw takes. All were zero before the first draw.
  [[nodiscard]] std::size_t memory() const;
  // Draws the displacements of a picture: a pure function of seed, epoch and sample.
  void draw(std::uint32_t sample, std::uint32_t epoch, float* memory) const;
  // Adds the displacements of row y to the places of its pixels. x, y: (width).
  void displace(const float* memory, std::size_t row, float* x, float* y) const;

 private:
  // Nodes of the field: every spacing-th pixel of every spacing-th row.
  [[nodiscard]] std::size_t nodes() const { return columns_ * lines_; }
  void smooth(const float* drawn, float* memory, float* field) const;

  std::uint64_t seed_;
  std::size_t width_;
  std::size_t spacing_;
  std::size_t columns_;
  std::size_t lines_;
  std::size_t reach_;   // of the Gaussian, in nodes
  std::size_t stride_;  // numbers from one line of nodes to the next
  math::Target target_;
  std::vector<float> weights_;  // (reach + 1), from the middle
  std::vector<float> scaled_;   // the same times the size of the displacements
};

}  // namespace forknet::data
