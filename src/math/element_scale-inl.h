// Rows of a table, bytes or floats, to lines of panels. Included once per target.

#if defined(FORKNET_MATH_ELEMENT_SCALE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef FORKNET_MATH_ELEMENT_SCALE_INL_H_
#undef FORKNET_MATH_ELEMENT_SCALE_INL_H_
#else
#define FORKNET_MATH_ELEMENT_SCALE_INL_H_
#endif

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include "hwy/highway.h"
#include "math/element_kernels.h"
#include "math/element_lines-inl.h"

HWY_BEFORE_NAMESPACE();
namespace forknet::math::HWY_NAMESPACE::elements {

// 16 numbers as T; the conversion is exact.
template <class T, class V>
HWY_INLINE Line<T> widened(const V* from) {
  const Tag<T> d;
  const hn::Rebind<V, Tag<T>> narrow;
  Line<T> line;
  for (std::size_t i = 0; i < kVectors<T>; ++i) {
    const auto numbers = hn::LoadU(narrow, from + i * kWidth<T>);
    if constexpr (std::is_same_v<V, T>) {
      line.v[i] = numbers;
    } else if constexpr (std::is_same_v<V, float>) {
      line.v[i] = hn::PromoteTo(d, numbers);
    } else {
      const hn::Rebind<std::int32_t, Tag<T>> whole;
      if constexpr (sizeof(T) == sizeof(std::int32_t)) {
        line.v[i] = hn::ConvertTo(d, hn::PromoteTo(whole, numbers));
      } else {
        line.v[i] = hn::PromoteTo(d, hn::PromoteTo(whole, numbers));
      }
    }
  }
  return line;
}

template <class T>
HWY_INLINE Line<T> scaled(Line<T> line, const Line<T>& offset, const Line<T>& factor) {
  for (std::size_t i = 0; i < kVectors<T>; ++i) {
    line.v[i] = hn::Mul(hn::Sub(line.v[i], offset.v[i]), factor.v[i]);
  }
  return line;
}

template <class T>
HWY_INLINE Line<T> bent(Line<T> line, const Line<T>& bend) {
  const Tag<T> d;
  const auto most = hn::Set(d, static_cast<T>(kMostBent));
  for (std::size_t i = 0; i < kVectors<T>; ++i) {
    const auto x = hn::Min(hn::Max(line.v[i], hn::Neg(most)), most);
    const auto square = hn::Add(hn::Mul(hn::Mul(x, x), bend.v[i]), hn::Set(d, T{1}));
    line.v[i] = hn::Div(x, hn::Sqrt(square));
  }
  return line;
}

// The first `count` numbers of a line; the others are 0.
template <class V>
HWY_INLINE std::array<V, kLanes> first_of(const V* from, std::size_t count) {
  std::array<V, kLanes> line = {};
  std::copy_n(from, count, line.begin());
  return line;
}

// The constants of a panel's columns.
template <class T>
struct LineScaling {
  Line<T> offset;
  Line<T> factor;
  Line<T> bend;
};

template <bool Bent, class T>
HWY_INLINE Line<T> scaled(const Line<T>& line, const LineScaling<T>& by) {
  const Line<T> straight = scaled(line, by.offset, by.factor);
  if constexpr (Bent) return bent(straight, by.bend);
  return straight;
}

// One line of each row.
template <bool Bent, class V, class T>
HWY_INLINE void scale_panel(const ScaleArgs<V, T>& args, std::size_t panel,
                            const LineScaling<T>& by) {
  const std::size_t column = panel * kLanes;
  const std::size_t columns = std::min(kLanes, args.to.columns - column);
  T* to = args.to.line(panel, args.first);
  for (const V* row : args.from) {
    if (columns == kLanes) {
      store_line(scaled<Bent>(widened<T>(row + column), by), to);
    } else {
      const auto rest = first_of(row + column, columns);
      store_line(fill_from(scaled<Bent>(widened<T>(rest.data()), by), columns, T{0}), to);
    }
    to += kLanes;
  }
}

// Those of the panel's columns.
template <class T>
HWY_INLINE Line<T> constants_of(std::span<const float> all, std::size_t panel,
                                std::size_t columns) {
  const auto line = first_of(all.data() + panel * kLanes, columns);
  return widened<T>(line.data());
}

// Panel by panel over all rows, so that consecutive writes lie close together.
template <class V, class T>
void scale(const ScaleArgs<V, T>& args) {
  if (args.offset.size() == 1 && args.bend.empty()) {
    const Line<T> none = constant_line(T{0});
    const LineScaling<T> by = {constant_line(static_cast<T>(args.offset[0])),
                               constant_line(static_cast<T>(args.factor[0])), none};
    for (std::size_t p = 0; p < args.to.panels(); ++p) scale_panel<false>(args, p, by);
    return;
  }
  for (std::size_t p = 0; p < args.to.panels(); ++p) {
    const std::size_t columns = std::min(kLanes, args.to.columns - p * kLanes);
    const Line<T> offset = constants_of<T>(args.offset, p, columns);
    const Line<T> factor = constants_of<T>(args.factor, p, columns);
    if (args.bend.empty()) {
      scale_panel<false>(args, p, LineScaling<T>{offset, factor, constant_line(T{0})});
    } else {
      const Line<T> bend = constants_of<T>(args.bend, p, columns);
      scale_panel<true>(args, p, LineScaling<T>{offset, factor, bend});
    }
  }
}

}  // namespace forknet::math::HWY_NAMESPACE::elements
HWY_AFTER_NAMESPACE();

#endif  // FORKNET_MATH_ELEMENT_SCALE_INL_H_
