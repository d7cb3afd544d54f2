// Varies training pictures: scales the numbers of a row, finds each pixel of the varied picture in
// it and adds noise. Every number is a pure function of the row, seed, epoch and sample
// (docs/numerics.md, "Augmentation"): who computes it, and beside what, does not matter. Only
// additions, multiplications and kernels whose bits are the same on every machine. T is float or
// double.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "data/augment/augmentation.h"
#include "data/augment/elastic.h"
#include "math/element_kernels.h"
#include "math/panels.h"
#include "math/target.h"

namespace forknet::data {

// One row of a table. V is uint8_t or float.
template <class V>
struct PictureRow {
  const V* numbers = nullptr;     // (height, width, channels)
  std::span<const float> offset;  // one for each number, or one for all (scaling.h)
  std::span<const float> factor;  // as many
  std::uint32_t sample = 0;       // the row's number in its table
  std::uint32_t epoch = 0;
};

// Immutable; allocates at construction only. Any number of threads at once, each with memory of its
// own.
template <class T>
class Augmenter {
 public:
  // `augmentation` varies something.
  Augmenter(const Augmentation& augmentation, math::Target target);

  // Bytes of memory that a call takes, at a multiple of 64; zero before its first use.
  [[nodiscard]] std::size_t memory_bytes() const { return bytes_; }

  // Writes the varied picture, scaled, to line `line` of `to` (lines, numbers of a row).
  template <class V>
  void vary(const PictureRow<V>& row, std::byte* memory, const math::PanelView<T>& to,
            std::size_t line) const;

 private:
  template <class V>
  void scale(const PictureRow<V>& row, T* picture, std::size_t stride) const;
  void complete_edges(T* picture) const;
  void place_pixels(std::uint32_t sample, std::uint32_t epoch, std::byte* memory) const;
  template <class V>
  void add_noise(const PictureRow<V>& row, T* noise, T* numbers) const;
  [[nodiscard]] std::size_t line_numbers() const { return width_ * channels_; }

  const Augmentation augmentation_;
  const std::size_t width_;
  const std::size_t height_;
  const std::size_t channels_;
  const std::size_t numbers_;  // of a row
  const math::ElementKernels<T>& kernels_;
  std::optional<ElasticField> field_;
  // Parts of the memory, from its beginning in bytes.
  std::size_t varied_at_ = 0;   // (numbers), and zeros up to a whole line of a panel
  std::size_t picture_at_ = 0;  // (height + 1, width + 1, channels): the last ones twice
  std::size_t places_at_ = 0;   // (2, width) of float
  std::size_t field_at_ = 0;
  std::size_t noise_at_ = 0;  // (numbers)
  std::size_t bytes_ = 0;
};

extern template class Augmenter<float>;
extern template class Augmenter<double>;

}  // namespace forknet::data
