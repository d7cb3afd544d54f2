#include "data/gather.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/check.h"

namespace forknet::data {
namespace {

using math::kLanes;

// Rows are gathered in groups. Shuffled rows are far apart and unpredictable for the CPU, so the
// next group is prefetched while this one is copied (784 bytes per row: half the time).
constexpr std::size_t kGroup = 4;
constexpr std::size_t kCacheLine = 64;

template <class V>
void prefetch(const V* row, std::size_t columns) {
  const char* bytes = reinterpret_cast<const char*>(row);
  for (std::size_t at = 0; at < columns * sizeof(V); at += kCacheLine) {
    __builtin_prefetch(bytes + at);
  }
}

void prefetch_row(const Table& table, std::size_t row) {
  if (table.shape.element == Element::u8) {
    prefetch(table.u8_row(row), table.shape.features);
  } else {
    prefetch(table.f32_row(row), table.shape.features);
  }
}

template <class T>
void scale(const math::ElementKernels<T>& kernels, const math::ScaleArgs<std::uint8_t, T>& args) {
  kernels.scale_bytes(args);
}
template <class T>
void scale(const math::ElementKernels<T>& kernels, const math::ScaleArgs<float, T>& args) {
  kernels.scale_floats(args);
}

// The scaling of a set of rows; owns nothing.
struct Scaled {
  std::span<const float> offset;
  std::span<const float> factor;
  std::span<const float> bend = {};
};

template <class V, class T>
void gather_rows(const View& view, const V* rows, std::span<const std::uint32_t> positions,
                 const Scaled& by, const math::PanelView<T>& to,
                 const math::ElementKernels<T>& kernels) {
  const auto row_at = [&](std::size_t r) { return rows + view.row(positions[r]) * to.columns; };
  std::array<const V*, kGroup> group{};
  for (std::size_t first = 0; first < positions.size(); first += kGroup) {
    const std::size_t behind = std::min(first + kGroup, positions.size());
    for (std::size_t r = first; r < behind; ++r) group[r - first] = row_at(r);
    for (std::size_t r = behind; r < std::min(behind + kGroup, positions.size()); ++r) {
      prefetch(row_at(r), to.columns);
    }
    scale<T>(kernels, math::ScaleArgs<V, T>{std::span(group).first(behind - first), by.offset,
                                            by.factor, to, first, by.bend});
  }
}

void gather_labels(const View& view, std::span<const std::uint32_t> positions, std::uint32_t* to) {
  const std::span<const std::uint32_t> labels = view.table->labels();
  for (std::size_t r = 0; r < positions.size(); ++r) to[r] = labels[view.row(positions[r])];
}

template <class T>
void gather_weights(const View& view, std::span<const std::uint32_t> positions,
                    const GatherTo<T>& to) {
  const std::span<const float> weights = view.table->sample_weights();
  const std::span<const double> of_classes = view.class_weights;
  const std::span<const std::uint32_t> labels = view.table->labels();
  for (std::size_t r = 0; r < positions.size(); ++r) {
    const std::uint32_t row = view.row(positions[r]);
    double weight = weights.empty() ? 1.0 : double{weights[row]};
    if (!of_classes.empty()) weight *= of_classes[labels[row]];
    to.sample_weights[r] = static_cast<T>(weight / to.mean_weight);
  }
}

template <class T>
void gather_one_hot(const View& view, std::span<const std::uint32_t> positions,
                    const math::PanelView<T>& to) {
  const std::span<const std::uint32_t> labels = view.table->labels();
  for (std::size_t r = 0; r < positions.size(); ++r) {
    for (std::size_t p = 0; p < to.panels(); ++p) std::fill_n(to.line(p, r), kLanes, T{0});
    const std::uint32_t label = labels[view.row(positions[r])];
    FORKNET_CHECK(label < to.columns);
    to.at(r, label) = T{1};
  }
}

template <class T>
void gather_targets(const View& view, std::span<const std::uint32_t> positions,
                    const math::PanelView<T>& to, const math::ElementKernels<T>& kernels) {
  FORKNET_CHECK(to.columns == view.table->shape.outputs);
  const Scaled scaled = {view.targets.offset, view.targets.factor};
  gather_rows(view, view.table->targets().data(), positions, scaled, to, kernels);
}

}  // namespace

template <class T>
void gather(const View& view, std::span<const std::uint32_t> positions, const GatherTo<T>& to,
            const math::ElementKernels<T>& kernels) {
  const TableShape& shape = view.table->shape;
  FORKNET_CHECK(to.inputs.columns == 0 || to.inputs.columns == shape.features);
  FORKNET_CHECK(to.inputs.columns == 0 || to.inputs.rows >= positions.size());
  const Scaled scaled = {view.scaling.offset, view.scaling.factor, view.scaling.bend};
  const bool wanted = to.inputs.columns > 0;
  if (wanted && shape.element == Element::u8) {
    gather_rows(view, view.table->u8_row(0), positions, scaled, to.inputs, kernels);
  } else if (wanted) {
    gather_rows(view, view.table->f32_row(0), positions, scaled, to.inputs, kernels);
  }
  if (shape.labelled && to.labels != nullptr) gather_labels(view, positions, to.labels);
  if (view.weighted() && to.sample_weights != nullptr) gather_weights(view, positions, to);
  if (to.targets.columns == 0) return;
  if (shape.outputs == 0) {
    gather_one_hot(view, positions, to.targets);
  } else {
    gather_targets(view, positions, to.targets, kernels);
  }
}

template <class T>
void gather_varied(const View& view, std::span<const std::uint32_t> positions, std::uint64_t epoch,
                   const Augmenter<T>& augmenter, std::byte* memory, const math::PanelView<T>& to) {
  FORKNET_CHECK(to.rows >= positions.size());
  const Table& table = *view.table;
  const Scaled by = {view.scaling.offset, view.scaling.factor};
  for (std::size_t r = 0; r < positions.size(); ++r) {
    const std::uint32_t row = view.row(positions[r]);
    const auto in = static_cast<std::uint32_t>(epoch);
    if (r + 1 < positions.size()) prefetch_row(table, view.row(positions[r + 1]));
    if (table.shape.element == Element::u8) {
      const PictureRow<std::uint8_t> picture = {table.u8_row(row), by.offset, by.factor, row, in};
      augmenter.vary(picture, memory, to, r);
    } else {
      const PictureRow<float> picture = {table.f32_row(row), by.offset, by.factor, row, in};
      augmenter.vary(picture, memory, to, r);
    }
  }
}

template void gather_varied(const View&, std::span<const std::uint32_t>, std::uint64_t,
                            const Augmenter<float>&, std::byte*, const math::PanelView<float>&);
template void gather_varied(const View&, std::span<const std::uint32_t>, std::uint64_t,
                            const Augmenter<double>&, std::byte*, const math::PanelView<double>&);
template void gather(const View&, std::span<const std::uint32_t>, const GatherTo<float>&,
                     const math::ElementKernels<float>&);
template void gather(const View&, std::span<const std::uint32_t>, const GatherTo<double>&,
                     const math::ElementKernels<double>&);

}  // namespace forknet::data
