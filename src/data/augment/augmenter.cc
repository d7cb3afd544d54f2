#include "data/augment/augmenter.h"

#include <algorithm>

#include "base/check.h"
#include "base/philox.h"
#include "data/augment/warp.h"

namespace forknet::data {
namespace {

using math::kLanes;

constexpr std::size_t kPartAlignment = 64;

// The place of `count` numbers of N behind `bytes`, which then end behind them.
template <class N>
std::size_t reserve(std::size_t count, std::size_t& bytes) {
  const std::size_t at = bytes;
  bytes += (count * sizeof(N) + kPartAlignment - 1) / kPartAlignment * kPartAlignment;
  return at;
}

template <class N>
N* part(std::byte* memory, std::size_t at) {
  return reinterpret_cast<N*>(memory + at);
}

// A picture whose lines have one more pixel than `width`, and which has one more line.
template <class T>
struct Pixels {
  const T* numbers;
  std::size_t width;
  std::size_t channels;
};

// What lies between the four pixels around each place. x, y: (width), out: (width, channels).
// kChannels: those of the picture, or 0 for any number of them.
template <std::size_t kChannels, class T>
void sample_line(const Pixels<T>& from, const float* x, const float* y, T* out) {
  const std::size_t channels = kChannels == 0 ? from.channels : kChannels;
  const std::size_t stride = (from.width + 1) * channels;
  for (std::size_t i = 0; i < from.width; ++i) {
    const auto column = static_cast<std::int32_t>(x[i]);
    const auto line = static_cast<std::int32_t>(y[i]);
    const auto right = static_cast<T>(x[i] - static_cast<float>(column));
    const auto down = static_cast<T>(y[i] - static_cast<float>(line));
    const T* const above = from.numbers + static_cast<std::size_t>(line) * stride +
                           static_cast<std::size_t>(column) * channels;
    const T* const below = above + stride;
    for (std::size_t c = 0; c < channels; ++c) {
      const T top = above[c] + right * (above[c + channels] - above[c]);
      const T bottom = below[c] + right * (below[c + channels] - below[c]);
      out[i * channels + c] = top + down * (bottom - top);
    }
  }
}

}  // namespace

template <class T>
Augmenter<T>::Augmenter(const Augmentation& augmentation, math::Target target)
    : augmentation_(augmentation),
      width_(augmentation.width),
      height_(augmentation.height),
      channels_(augmentation.channels),
      numbers_(width_ * height_ * channels_),
      kernels_(math::element_kernels<T>(target)) {
  FORKNET_CHECK(augmentation.any() && numbers_ > 0);
  varied_at_ = reserve<T>(math::panels_for(numbers_) * kLanes, bytes_);
  if (augmentation.by.noise > 0) noise_at_ = reserve<T>(numbers_, bytes_);
  if (!augmentation.moves()) return;
  picture_at_ = reserve<T>((width_ + 1) * (height_ + 1) * channels_, bytes_);
  places_at_ = reserve<float>(2 * width_, bytes_);
  if (augmentation.by.elastic > 0) {
    field_.emplace(augmentation, target);
    field_at_ = reserve<float>(field_->memory(), bytes_);
  }
}

// picture (height, stride)
template <class T>
template <class V>
void Augmenter<T>::scale(const PictureRow<V>& row, T* picture, std::size_t stride) const {
  const std::size_t count = line_numbers();
  for (std::size_t y = 0; y < height_; ++y) {
    const V* const from = row.numbers + y * count;
    T* const to = picture + y * stride;
    if (row.factor.size() == 1) {
      const auto offset = static_cast<T>(row.offset[0]);
      const auto factor = static_cast<T>(row.factor[0]);
      for (std::size_t i = 0; i < count; ++i) to[i] = (static_cast<T>(from[i]) - offset) * factor;
    } else {
      const float* const offset = row.offset.data() + y * count;
      const float* const factor = row.factor.data() + y * count;
      for (std::size_t i = 0; i < count; ++i) {
        to[i] = (static_cast<T>(from[i]) - static_cast<T>(offset[i])) * static_cast<T>(factor[i]);
      }
    }
  }
}

// The last pixel of each line and the last line once more, so that every place has neighbours.
template <class T>
void Augmenter<T>::complete_edges(T* picture) const {
  const std::size_t stride = line_numbers() + channels_;
  for (std::size_t y = 0; y < height_; ++y) {
    T* const end = picture + y * stride + line_numbers();
    std::copy_n(end - channels_, channels_, end);
  }
  std::copy_n(picture + (height_ - 1) * stride, stride, picture + height_ * stride);
}

// Fills the varied picture from the scaled one. Places outside of it are those of its edge.
template <class T>
void Augmenter<T>::place_pixels(std::uint32_t sample, std::uint32_t epoch,
                                std::byte* memory) const {
  const Pixels<T> picture = {part<T>(memory, picture_at_), width_, channels_};
  float* const x = part<float>(memory, places_at_);
  float* const y = x + width_;
  float* const field = part<float>(memory, field_at_);
  const Warp warp = warp_of(motion_of(augmentation_, sample, epoch), width_, height_);
  if (field_) field_->draw(sample, epoch, field);
  const auto last_x = static_cast<float>(width_ - 1);
  const auto last_y = static_cast<float>(height_ - 1);
  for (std::size_t line = 0; line < height_; ++line) {
    const float line_x = warp.xy * static_cast<float>(line) + warp.x0;
    const float line_y = warp.yy * static_cast<float>(line) + warp.y0;
    for (std::size_t i = 0; i < width_; ++i) {
      const auto column = static_cast<float>(static_cast<std::int32_t>(i));
      x[i] = warp.xx * column + line_x;
      y[i] = warp.yx * column + line_y;
    }
    if (field_) field_->displace(field, line, x, y);
    for (std::size_t i = 0; i < width_; ++i) {
      x[i] = std::min(std::max(x[i], 0.0F), last_x);
      y[i] = std::min(std::max(y[i], 0.0F), last_y);
    }
    T* const out = part<T>(memory, varied_at_) + line * line_numbers();
    if (channels_ == 1) {
      sample_line<1, T>(picture, x, y, out);
    } else {
      sample_line<0, T>(picture, x, y, out);
    }
  }
}

// Inputs that are constant in training (factor 0) stay as they are.
template <class T>
template <class V>
void Augmenter<T>::add_noise(const PictureRow<V>& row, T* noise, T* numbers) const {
  kernels_.normals(augmentation_.seed, Purpose::noise, row.sample, row.epoch, {noise, numbers_});
  const auto deviation = static_cast<T>(augmentation_.by.noise);
  const bool each = row.factor.size() > 1;
  for (std::size_t i = 0; i < numbers_; ++i) {
    const bool constant = each && row.factor[i] == 0.0F;
    numbers[i] = constant ? numbers[i] : numbers[i] + deviation * noise[i];
  }
}

template <class T>
template <class V>
void Augmenter<T>::vary(const PictureRow<V>& row, std::byte* memory, const math::PanelView<T>& to,
                        std::size_t line) const {
  FORKNET_CHECK(to.columns == numbers_);
  T* const varied = part<T>(memory, varied_at_);
  if (augmentation_.moves()) {
    T* const picture = part<T>(memory, picture_at_);
    scale(row, picture, line_numbers() + channels_);
    complete_edges(picture);
    place_pixels(row.sample, row.epoch, memory);
  } else {
    scale(row, varied, line_numbers());
  }
  if (augmentation_.by.noise > 0) add_noise(row, part<T>(memory, noise_at_), varied);
  for (std::size_t p = 0; p < to.panels(); ++p) {
    std::copy_n(varied + p * kLanes, kLanes, to.line(p, line));
  }
}

template class Augmenter<float>;
template class Augmenter<double>;
template void Augmenter<float>::vary(const PictureRow<std::uint8_t>&, std::byte*,
                                     const math::PanelView<float>&, std::size_t) const;
template void Augmenter<float>::vary(const PictureRow<float>&, std::byte*,
                                     const math::PanelView<float>&, std::size_t) const;
template void Augmenter<double>::vary(const PictureRow<std::uint8_t>&, std::byte*,
                                      const math::PanelView<double>&, std::size_t) const;
template void Augmenter<double>::vary(const PictureRow<float>&, std::byte*,
                                      const math::PanelView<double>&, std::size_t) const;

}  // namespace forknet::data
