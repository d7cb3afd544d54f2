#include "nn/layers/embedding/table_update.h"

#include <algorithm>

namespace forknet::nn {
namespace {

using math::kLanes;

// Lines that are given to the update at a time.
constexpr std::size_t kChunkLines = 32;

}  // namespace

template <class T>
void TableUpdate<T>::change_all(math::Range lines, const WeightTile& tile) const {
  for (std::size_t panel = tile.out_panels.begin; panel < tile.out_panels.end; ++panel) {
    std::span<const Hit> left = hits;
    for (std::size_t line = lines.begin; line < lines.end; line += kChunkLines) {
      left = change(panel, {line, std::min(line + kChunkLines, lines.end)}, left);
    }
    if (tile.bias) (void)change(panel, {block.lines - 1, block.lines}, left);
  }
}

template <class T>
void TableUpdate<T>::change_touched(std::span<const std::size_t> before, math::Range panels) const {
  if (update.weights != update.next) copy(before, panels);
  for (std::size_t panel = panels.begin; panel < panels.end; ++panel) {
    for (std::span<const Hit> left = hits; !left.empty();) {
      const std::size_t line = left.front().line;
      left = change(panel, {line, line + 1}, left);
    }
  }
}

template <class T>
void TableUpdate<T>::copy(std::span<const std::size_t> lines, math::Range panels) const {
  for (const std::size_t line : lines) {
    for (std::size_t panel = panels.begin; panel < panels.end; ++panel) {
      const std::size_t index = panel * block.panel_stride() + line * kLanes;
      std::copy_n(update.weights + index, kLanes, update.next + index);
      for (std::size_t k = 0; k < update.states; ++k) {
        std::copy_n(update.state[k] + index, kLanes, update.next_state[k] + index);
      }
    }
  }
}

template <class T>
std::uint64_t TableUpdate<T>::bits_of_touched(math::Range panels) const {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < hits.size(); ++i) {
    if (i > 0 && hits[i].line == hits[i - 1].line) continue;
    for (std::size_t panel = panels.begin; panel < panels.end; ++panel) {
      const std::size_t index = panel * block.panel_stride() + hits[i].line * kLanes;
      bits += math::bit_sum<T>(std::span<const T>(update.weights + index, kLanes));
      for (std::size_t k = 0; k < update.states; ++k) {
        bits += math::bit_sum<T>(std::span<const T>(update.state[k] + index, kLanes));
      }
    }
  }
  return bits;
}

// Some lines of a panel; returns the hits after them.
template <class T>
std::span<const Hit> TableUpdate<T>::change(std::size_t panel, math::Range lines,
                                            std::span<const Hit> left) const {
  alignas(64) T sums[kChunkLines * kLanes];
  std::fill_n(sums, lines.size() * kLanes, T{0});
  while (!left.empty() && left.front().line < lines.end) {
    const std::size_t line = left.front().line;
    const auto next =
        std::find_if(left.begin(), left.end(), [&](const Hit& hit) { return hit.line != line; });
    sum_over_leaves(
        std::span<const Hit>(left.begin(), next), 0, leaves,
        [&](std::span<const Hit> of_leaf, T* sum) { add_chain(panel, of_leaf, sum); },
        sums + (line - lines.begin) * kLanes);
    left = {next, left.end()};
  }
  const std::size_t index = panel * block.panel_stride() + lines.begin * kLanes;
  for (std::size_t i = 0; update.before != nullptr && i < lines.size() * kLanes; ++i) {
    sums[i] = update.before[index + i] + sums[i];
  }
  products.update(update, index, lines.size(), sums);
  return left;
}

// One leaf: from +0, hit after hit.
template <class T>
void TableUpdate<T>::add_chain(std::size_t panel, std::span<const Hit> of_leaf, T* sum) const {
  const std::size_t count = std::min(kLanes, size - panel * kLanes);
  std::fill_n(sum, kLanes, T{0});
  T part[kLanes] = {};
  for (const Hit& hit : of_leaf) {
    read_part(errors, hit.row, hit.column * size + panel * kLanes, count, part);
    for (std::size_t lane = 0; lane < count; ++lane) sum[lane] += part[lane];
  }
}

template struct TableUpdate<float>;
template struct TableUpdate<double>;

}  // namespace forknet::nn
