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

// The first `count` numbers of a line; the others are 0.
template <class V>
HWY_INLINE std::array<V, kLanes> first_of(const V* from, std::size_t count) {
  std::array<V, kLanes> line = {};
  std::copy_n(from, count, line.begin());
  return line;
}

// One line of each row.
template <class V, class T>
HWY_INLINE void scale_panel(const ScaleArgs<V, T>& args, std::size_t panel, const Line<T>& offset,
                            const Line<T>& factor) {
  const std::size_t column = panel * kLanes;
  const std::size_t columns = std::min(kLanes, args.to.columns - column);
  T* to = args.to.line(panel, args.first);
  for (const V* row : args.from) {
    if (columns == kLanes) {
      store_line(scaled(widened<T>(row + column), offset, factor), to);
    } else {
      const auto rest = first_of(row + column, columns);
      store_line(fill_from(scaled(widened<T>(rest.data()), offset, factor), columns, T{0}), to);
    }
    to += kLanes;
  }
}

// Panel by panel over all rows, so that consecutive writes lie close together.
template <class V, class T>
void scale(const ScaleArgs<V, T>& args) {
  if (args.offset.size() == 1) {
    const Line<T> offset = constant_line(static_cast<T>(args.offset[0]));
    const Line<T> factor = constant_line(static_cast<T>(args.factor[0]));
    for (std::size_t p = 0; p < args.to.panels(); ++p) scale_panel(args, p, offset, factor);
    return;
  }
  for (std::size_t p = 0; p < args.to.panels(); ++p) {
    const std::size_t columns = std::min(kLanes, args.to.columns - p * kLanes);
    const auto offset = first_of(args.offset.data() + p * kLanes, columns);
    const auto factor = first_of(args.factor.data() + p * kLanes, columns);
    scale_panel(args, p, widened<T>(offset.data()), widened<T>(factor.data()));
  }
}

}  // namespace forknet::math::HWY_NAMESPACE::elements
HWY_AFTER_NAMESPACE();

#endif  // FORKNET_MATH_ELEMENT_SCALE_INL_H_
