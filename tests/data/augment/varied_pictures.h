// Pictures for the tests of augmentation, and the definition of docs/numerics.md in plain loops.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "base/philox.h"
#include "data/augment/augmentation.h"
#include "data/augment/warp.h"
#include "math/element_kernels.h"
#include "math/scalar_functions.h"

namespace forknet::data {

inline AugmentConfig all_kinds() {
  AugmentConfig by;
  by.shift = 2;
  by.rotate = 15;
  by.scale = 0.15;
  by.shear = 0.2;
  by.elastic = 3;
  by.noise = 0.1;
  return by;
}

inline Augmentation of_pictures(const AugmentConfig& by, std::size_t width, std::size_t height,
                                std::size_t channels = 1) {
  return {by, 77, width, height, channels};
}

template <class V>
std::vector<V> random_pixels(std::size_t count, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<V> pixels(count);
  for (V& pixel : pixels) pixel = static_cast<V>(random() % 256);
  return pixels;
}

// The displacements of one axis (0: across, 1: down) at all nodes, and how they lie.
struct PlainField {
  std::size_t spacing, columns, lines;
  std::vector<float> at;

  PlainField(const Augmentation& a, std::size_t axis, std::uint32_t sample, std::uint32_t epoch) {
    const std::size_t side = std::min(a.width, a.height);
    spacing = (side + 31) / 32;
    columns = spacing == 1 ? a.width : (a.width - 1) / spacing + 2;
    lines = spacing == 1 ? a.height : (a.height - 1) / spacing + 2;
    const double sigma = static_cast<double>(side) / 7 / static_cast<double>(spacing);
    const auto reach = std::min({static_cast<std::size_t>(std::ceil(3 * sigma)), columns, lines});
    std::vector<double> weights;
    double sum = 0;
    for (std::size_t k = 0; k <= reach; ++k) {
      const auto far = static_cast<double>(k);
      weights.push_back(math::real_power(0.36787944117144233, far * far / (2 * (sigma * sigma))));
      sum += k == 0 ? weights[k] : 2 * weights[k];
    }
    double gain = 0;
    for (std::size_t k = 0; k <= reach; ++k) {
      weights[k] /= sum;
      gain += (k == 0 ? 1 : 2) * (weights[k] * weights[k]);
    }
    const double size = a.by.elastic / 3 * std::sqrt(3.0) / gain;
    const auto drawn = [&](std::size_t x, std::size_t y) {
      const auto i = static_cast<std::uint32_t>(axis * columns * lines + y * columns + x);
      const std::uint32_t word =
          random_block(a.seed, Purpose::elastic, sample, epoch, i / 4)[i % 4];
      return static_cast<float>(word >> 8) * 0x1p-23F - 1.0F;
    };
    std::vector<float> along(columns * lines);
    for (std::size_t y = 0; y < lines; ++y) {
      for (std::size_t x = 0; x < columns; ++x) {
        float total = static_cast<float>(weights[0] * size) * drawn(x, y);
        for (std::size_t k = 1; k <= reach; ++k) {
          total += static_cast<float>(weights[k] * size) *
                   (drawn((x + columns - k) % columns, y) + drawn((x + k) % columns, y));
        }
        along[y * columns + x] = total;
      }
    }
    at.resize(along.size());
    for (std::size_t y = 0; y < lines; ++y) {
      for (std::size_t x = 0; x < columns; ++x) {
        float total = static_cast<float>(weights[0]) * along[y * columns + x];
        for (std::size_t k = 1; k <= reach; ++k) {
          total += static_cast<float>(weights[k]) * (along[(y + lines - k) % lines * columns + x] +
                                                     along[(y + k) % lines * columns + x]);
        }
        at[y * columns + x] = total;
      }
    }
  }

  [[nodiscard]] float of_pixel(std::size_t x, std::size_t y) const {
    const std::size_t node = y / spacing * columns + x / spacing;
    if (spacing == 1) return at[node];
    const float step = 1.0F / static_cast<float>(spacing);
    const float right = static_cast<float>(x % spacing) * step;
    const float down = static_cast<float>(y % spacing) * step;
    const float top = at[node] + right * (at[node + 1] - at[node]);
    const float* const below = at.data() + node + columns;
    const float bottom = below[0] + right * (below[1] - below[0]);
    return top + down * (bottom - top);
  }
};

// The varied picture of scaled numbers x (height, width, channels); `constant`: which inputs keep
// their value under noise.
template <class T>
std::vector<T> plainly_varied(const Augmentation& a, const std::vector<T>& x,
                              const std::vector<bool>& constant, std::uint32_t sample,
                              std::uint32_t epoch) {
  std::vector<T> out = x;
  const std::size_t w = a.width, h = a.height, n = a.channels;
  if (a.moves()) {
    const Warp warp = warp_of(motion_of(a, sample, epoch), w, h);
    const PlainField across(a, 0, sample, epoch), down(a, 1, sample, epoch);
    const auto at = [&](std::size_t column, std::size_t line, std::size_t c) {
      return x[(std::min(line, h - 1) * w + std::min(column, w - 1)) * n + c];
    };
    for (std::size_t line = 0; line < h; ++line) {
      for (std::size_t i = 0; i < w; ++i) {
        const auto fi = static_cast<float>(i), fl = static_cast<float>(line);
        float px = warp.xx * fi + (warp.xy * fl + warp.x0);
        float py = warp.yx * fi + (warp.yy * fl + warp.y0);
        if (a.by.elastic > 0) {
          px += across.of_pixel(i, line);
          py += down.of_pixel(i, line);
        }
        px = std::min(std::max(px, 0.0F), static_cast<float>(w - 1));
        py = std::min(std::max(py, 0.0F), static_cast<float>(h - 1));
        const auto column = static_cast<std::size_t>(px), row = static_cast<std::size_t>(py);
        const auto fx = static_cast<T>(px - static_cast<float>(column));
        const auto fy = static_cast<T>(py - static_cast<float>(row));
        for (std::size_t c = 0; c < n; ++c) {
          const T top = at(column, row, c) + fx * (at(column + 1, row, c) - at(column, row, c));
          const T bottom =
              at(column, row + 1, c) + fx * (at(column + 1, row + 1, c) - at(column, row + 1, c));
          out[(line * w + i) * n + c] = top + fy * (bottom - top);
        }
      }
    }
  }
  if (a.by.noise > 0) {
    std::vector<T> normal(out.size());
    math::reference_element_kernels<T>().normals(a.seed, Purpose::noise, sample, epoch, normal);
    for (std::size_t i = 0; i < out.size(); ++i) {
      if (!constant[i]) out[i] += static_cast<T>(a.by.noise) * normal[i];
    }
  }
  return out;
}

}  // namespace forknet::data
