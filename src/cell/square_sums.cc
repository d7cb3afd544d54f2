#include "cell/square_sums.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.h"
#include "math/panels.h"
#include "math/square_sum.h"

namespace forknet::cell {
namespace {

std::size_t tiles_of(const nn::BlockPlan& block) { return math::panels_for(block.lines - 1); }
std::size_t sums_of(const nn::BlockPlan& block) { return block.panels * (tiles_of(block) + 1); }

}  // namespace

std::size_t SquareSums::count(const nn::ModelPlan& plan) {
  std::size_t count = 0;
  for (const nn::LayerPlan& layer : plan.layers) {
    for (const nn::BlockPlan& block : layer.blocks) count += sums_of(block);
  }
  return count;
}

SquareSums::SquareSums(const nn::ModelPlan& plan, std::span<double> memory)
    : plan_(plan), memory_(memory) {
  std::size_t at = 0;
  for (const nn::LayerPlan& layer : plan.layers) {
    std::vector<std::size_t>& first = first_.emplace_back(1, at);
    for (const nn::BlockPlan& block : layer.blocks) first.push_back(at += sums_of(block));
  }
  FORKNET_CHECK(memory.size() >= at);
}

template <class T>
void SquareSums::put(std::size_t layer, std::size_t number, const WeightTile& tile,
                     std::span<const T> gradient) {
  const nn::BlockPlan& block = plan_.layers[layer].blocks[number];
  const std::size_t last = block.lines - 1;  // line
  const std::size_t tiles = tiles_of(block);
  for (std::size_t p = tile.out_panels.begin; p < tile.out_panels.end; ++p) {
    const T* const panel = gradient.data() + block.offset + p * block.panel_stride();
    double* const sums = memory_.data() + first_[layer][number] + p * (tiles + 1);
    for (std::size_t i = tile.in_panels.begin; i < tile.in_panels.end; ++i) {
      const std::size_t line = i * math::kLanes;
      sums[i] = math::square_sum(panel + line * math::kLanes, std::min(math::kLanes, last - line));
    }
    if (tile.bias) sums[tiles] = math::square_sum(panel + last * math::kLanes, 1);
  }
}

double SquareSums::add(const nn::LayerRange& layers, double before) const {
  double sum = before;
  for (std::size_t i = first_[layers.begin].front(); i < first_[layers.end - 1].back(); ++i) {
    sum += memory_[i];
  }
  return sum;
}

template <class T>
T clipped_scale(double squares, double most, T scale) {
  const double norm = std::sqrt(squares);  // of the sums
  if (!std::isfinite(norm)) return std::numeric_limits<T>::quiet_NaN();
  return norm * static_cast<double>(scale) > most ? static_cast<T>(most / norm) : scale;
}

#define FORKNET_SQUARES(T)                                                      \
  template void SquareSums::put<T>(std::size_t, std::size_t, const WeightTile&, \
                                   std::span<const T>);                         \
  template T clipped_scale<T>(double, double, T);
FORKNET_SQUARES(float)
FORKNET_SQUARES(double)
#undef FORKNET_SQUARES

}  // namespace forknet::cell
