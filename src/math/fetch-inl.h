// Prefetches lines of memory into the cache during a product, a few at a time: a core has room for
// a dozen pending lines and stalls when it requests more.
// Included once per target by product_kernels.cc.

#if defined(FORKNET_MATH_FETCH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef FORKNET_MATH_FETCH_INL_H_
#undef FORKNET_MATH_FETCH_INL_H_
#else
#define FORKNET_MATH_FETCH_INL_H_
#endif

#include <algorithm>
#include <cstddef>

#include "hwy/cache_control.h"
#include "math/product_kernels.h"
#include "math/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace forknet::math::HWY_NAMESPACE {

// Numbers of a panel's line that fit into one cache line.
template <class T>
inline constexpr std::size_t kFetched = std::min(kLanes, 64 / sizeof(T));

// Prefetches a line for writing: also from other cores' caches, for which a store would wait. Every
// x86-64 with AVX2 has the instruction; compilers emit it only for a named CPU.
template <class T>
HWY_INLINE void fetch_to_write(const T* line) {
#if HWY_ARCH_X86
  __asm__ volatile("prefetchw %0" : : "m"(*line));
#else
  __builtin_prefetch(line, 1);
#endif
}

// Prefetches so many numbers, whole lines, into the second-level cache.
template <class T>
HWY_INLINE void fetch_far(const T* from, std::size_t numbers) {
  for (std::size_t i = 0; i < numbers; i += kFetched<T>) __builtin_prefetch(from + i, 0, 2);
}

// The lines of one block of 16 inputs x some panels of outputs: first what its update reads, then
// what it writes.
template <class T>
struct LineFetch {
  static constexpr std::size_t kLinesOfPanel = kLanes * kLanes / kFetched<T>;

  HWY_INLINE HWY_ATTR void of_update(const WeightUpdate<T>& update, std::size_t index,
                                     std::size_t panels) {
    const bool in_place = update.weights == update.next;
    if (update.weights != nullptr && !in_place) {
      add(update.weights + index, update.panel_stride, panels);
      for (std::size_t k = 0; k < update.states; ++k) {
        add(update.state[k] + index, update.panel_stride, panels);
      }
    }
    if (update.before != nullptr) add(update.before + index, update.panel_stride, panels);
    first_written = end;
    if (update.streams) return;
    add(update.next + index, update.panel_stride, panels);
    for (std::size_t k = 0; k < update.states; ++k) {
      add(update.next_state[k] + index, update.panel_stride, panels);
    }
  }
  HWY_INLINE HWY_ATTR void add(const T* from, std::size_t panel_stride, std::size_t panels) {
    for (std::size_t panel = 0; panel < panels; ++panel) {
      places[end / kLinesOfPanel] = from + panel * panel_stride;
      end += kLinesOfPanel;
    }
  }
  // Prefetches the next lines, all of one panel.
  HWY_INLINE HWY_ATTR void some() {
    if (at >= end) return;
    const T* const line = places[at / kLinesOfPanel] + at % kLinesOfPanel * kFetched<T>;
    if (at < first_written) {
      for (std::size_t i = 0; i < at_a_time; ++i) hwy::Prefetch(line + i * kFetched<T>);
    } else {
      for (std::size_t i = 0; i < at_a_time; ++i) fetch_to_write(line + i * kFetched<T>);
    }
    at += at_a_time;
  }
  // All lines are prefetched within three quarters of `times` calls of some().
  HWY_INLINE HWY_ATTR void within(std::size_t times) {
    const std::size_t most = std::max<std::size_t>(1, times * 3 / 4);
    while (at_a_time < kLinesOfPanel && at_a_time * most < end) at_a_time *= 2;
    while (at_a_time * most < end - at) some();
  }

  const T* places[(2 * kMostStates + 3) * kTilePanels<T>];  // kLinesOfPanel lines each
  std::size_t at = 0;
  std::size_t first_written = 0;
  std::size_t end = 0;
  std::size_t at_a_time = 1;  // divides kLinesOfPanel
};

}  // namespace forknet::math::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // toggle
