#include "data/gather.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/check.h"

namespace forknet::data {
namespace {

using math::kLanes;

// Bytes are widened without a sign, which is fewer instructions.
template <class T>
T widen(std::uint8_t value) {
  return static_cast<T>(static_cast<std::int32_t>(std::uint32_t{value}));
}
template <class T>
T widen(float value) {
  return static_cast<T>(value);
}

// The loops over a line have 16 trips known to the compiler, which makes vectors of them at the
// instruction level of the build.
template <class T>
struct OneForAll {
  T offset;
  T factor;
  template <class V>
  void line(const V* __restrict from, std::size_t, T* __restrict to) const {
    for (std::size_t c = 0; c < kLanes; ++c) to[c] = (widen<T>(from[c]) - offset) * factor;
  }
  template <class V>
  T one(V value, std::size_t) const {
    return (widen<T>(value) - offset) * factor;
  }
};

template <class T>
struct OneForEach {
  const float* offset;
  const float* factor;
  template <class V>
  void line(const V* __restrict from, std::size_t column, T* __restrict to) const {
    const float* __restrict o = offset + column;
    const float* __restrict f = factor + column;
    for (std::size_t c = 0; c < kLanes; ++c) {
      to[c] = (widen<T>(from[c]) - static_cast<T>(o[c])) * static_cast<T>(f[c]);
    }
  }
  template <class V>
  T one(V value, std::size_t column) const {
    return (widen<T>(value) - static_cast<T>(offset[column])) * static_cast<T>(factor[column]);
  }
};

// Rows are gathered in groups. Shuffled rows are far apart and the CPU cannot guess which come
// next, so it is told the next group's while it copies this one (784 bytes a row: half the time).
constexpr std::size_t kGroup = 4;
constexpr std::size_t kCacheLine = 64;

template <class V>
void prefetch(const V* row, std::size_t columns) {
  const char* bytes = reinterpret_cast<const char*>(row);
  for (std::size_t at = 0; at < columns * sizeof(V); at += kCacheLine) {
    __builtin_prefetch(bytes + at);
  }
}

// `count` rows of the table into the panels from row `row` on, line by line over all of them, so
// that what is written at a time lies together.
template <std::size_t count, class V, class T, class Scaler>
void gather_group(const std::array<const V*, kGroup>& from, const Scaler& scaler,
                  const math::PanelView<T>& to, std::size_t row) {
  const std::size_t full = to.columns / kLanes;
  T* line = to.line(0, row);
  for (std::size_t panel = 0; panel < full; ++panel, line += to.panel_stride) {
    for (std::size_t r = 0; r < count; ++r) {
      scaler.line(from[r] + panel * kLanes, panel * kLanes, line + r * kLanes);
    }
  }
  const std::size_t done = full * kLanes;
  if (done == to.columns) return;
  for (std::size_t r = 0; r < count; ++r) {
    for (std::size_t c = 0; c < kLanes; ++c) {
      line[r * kLanes + c] = done + c < to.columns ? scaler.one(from[r][done + c], done + c) : T{0};
    }
  }
}

template <class V, class T, class Scaler>
void gather_rows(const View& view, const V* rows, std::span<const std::uint32_t> positions,
                 const Scaler& scaler, const math::PanelView<T>& to) {
  const auto row_at = [&](std::size_t r) { return rows + view.row(positions[r]) * to.columns; };
  std::array<const V*, kGroup> group{};
  std::size_t r = 0;
  for (; r + kGroup <= positions.size(); r += kGroup) {
    for (std::size_t i = 0; i < kGroup; ++i) group[i] = row_at(r + i);
    for (std::size_t i = r + kGroup; i < std::min(r + 2 * kGroup, positions.size()); ++i) {
      prefetch(row_at(i), to.columns);
    }
    gather_group<kGroup>(group, scaler, to, r);
  }
  for (; r < positions.size(); ++r) {
    group[0] = row_at(r);
    gather_group<1>(group, scaler, to, r);
  }
}

template <class V, class T>
void gather_inputs(const View& view, const V* inputs, std::span<const std::uint32_t> positions,
                   const math::PanelView<T>& to) {
  const Scaling& scaling = view.scaling;
  if (scaling.offset.size() == 1) {
    const OneForAll<T> scaler{static_cast<T>(scaling.offset[0]), static_cast<T>(scaling.factor[0])};
    gather_rows(view, inputs, positions, scaler, to);
  } else {
    const OneForEach<T> scaler{scaling.offset.data(), scaling.factor.data()};
    gather_rows(view, inputs, positions, scaler, to);
  }
}

void gather_labels(const View& view, std::span<const std::uint32_t> positions, std::uint32_t* to) {
  const std::span<const std::uint32_t> labels = view.table->labels();
  for (std::size_t r = 0; r < positions.size(); ++r) to[r] = labels[view.row(positions[r])];
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
                    const math::PanelView<T>& to) {
  const std::size_t outputs = view.table->shape.outputs;
  FORKNET_CHECK(to.columns == outputs);
  const OneForAll<T> as_they_are{T{0}, T{1}};
  gather_rows(view, view.table->targets().data(), positions, as_they_are, to);
}

}  // namespace

template <class T>
void gather(const View& view, std::span<const std::uint32_t> positions, const GatherTo<T>& to) {
  const TableShape& shape = view.table->shape;
  FORKNET_CHECK(to.inputs.columns == 0 || to.inputs.columns == shape.features);
  FORKNET_CHECK(to.inputs.rows >= positions.size());
  const bool wanted = to.inputs.columns > 0;
  if (wanted && shape.element == Element::u8) {
    gather_inputs(view, view.table->u8_row(0), positions, to.inputs);
  } else if (wanted) {
    gather_inputs(view, view.table->f32_row(0), positions, to.inputs);
  }
  if (shape.labelled && to.labels != nullptr) gather_labels(view, positions, to.labels);
  if (to.targets.columns == 0) return;
  if (shape.outputs == 0) {
    gather_one_hot(view, positions, to.targets);
  } else {
    gather_targets(view, positions, to.targets);
  }
}

template void gather<float>(const View&, std::span<const std::uint32_t>, const GatherTo<float>&);
template void gather<double>(const View&, std::span<const std::uint32_t>, const GatherTo<double>&);

}  // namespace forknet::data
