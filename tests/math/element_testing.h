// Shared by the tests of element kernels: matrices in panels with guards around them, random shapes
// and values, comparison bit by bit.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <new>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

#include "math/element_kernels.h"
#include "math/panels.h"
#include "math/target.h"
#include "random_cases.h"

namespace forknet::math {

// The targets that are compared with the reference.
inline std::vector<Target> vector_targets() {
  std::vector<Target> targets = available_targets();
  std::erase(targets, Target::reference);
  return targets;
}

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {
    std::printf("seed %llu (set FORKNET_TEST_SEED to change it)\n",
                static_cast<unsigned long long>(seed));
  }

  std::size_t between(std::size_t least, std::size_t most) {
    return std::uniform_int_distribution<std::size_t>(least, most)(engine_);
  }
  bool one_in(std::size_t n) { return between(1, n) == 1; }

  // A size of 1 to `most`, small ones and neighbours of multiples of 16 more often.
  std::size_t size(std::size_t most) {
    const double exponent = std::uniform_real_distribution<double>(0.0, 1.0)(engine_);
    auto size = static_cast<std::size_t>(std::pow(static_cast<double>(most), exponent));
    if (one_in(2)) size = (size + 8) / 16 * 16 + between(0, 2) - 1;
    return std::clamp<std::size_t>(size, 1, most);
  }

  // Mostly typical numbers of a network; with `wild`, one in 20 is special.
  template <class T>
  T number(bool wild, double spread) {
    if (wild && one_in(20)) return special<T>();
    return static_cast<T>(std::normal_distribution<double>(0.0, spread)(engine_));
  }

 private:
  template <class T>
  T special() {
    using Limits = std::numeric_limits<T>;
    const T numbers[] = {T{0},
                         -T{0},
                         Limits::infinity(),
                         -Limits::infinity(),
                         Limits::quiet_NaN(),
                         Limits::denorm_min(),
                         -Limits::denorm_min(),
                         Limits::min() / 3,
                         Limits::max(),
                         Limits::lowest(),
                         T{1},
                         T{-1},
                         T{88.722831726F},
                         T{-87.336540222F},
                         T{-100},
                         T{710}};
    return numbers[between(0, std::size(numbers) - 1)];
  }

  std::mt19937_64 engine_;
};

template <class T>
constexpr T kUntouched = T{12345.5};

// Lines are 64-byte aligned, as panels.h promises to kernels.
template <class T>
struct AlignedAllocator {
  using value_type = T;
  AlignedAllocator() = default;
  template <class U>
  AlignedAllocator(const AlignedAllocator<U>&) {}  // NOLINT: an allocator converts
  T* allocate(std::size_t n) {
    return static_cast<T*>(::operator new(n * sizeof(T), std::align_val_t(64)));
  }
  void deallocate(T* numbers, std::size_t) { ::operator delete(numbers, std::align_val_t(64)); }
  bool operator==(const AlignedAllocator&) const { return true; }
};
template <class T>
using Numbers = std::vector<T, AlignedAllocator<T>>;

// A matrix in panels with gaps between them and guards around; everything starts as kUntouched.
template <class T>
class PanelMatrix {
 public:
  PanelMatrix(std::size_t rows, std::size_t columns, std::size_t gap_lines = 0)
      : rows_(rows), columns_(columns), stride_((rows + gap_lines) * kLanes) {
    numbers_.assign(kGuard + panels_for(columns) * stride_ + kGuard, kUntouched<T>);
  }

  PanelView<T> view() { return {numbers_.data() + kGuard, rows_, columns_, stride_}; }
  PanelView<const T> view() const { return {numbers_.data() + kGuard, rows_, columns_, stride_}; }

  // Real elements random; padding NaN, which must not leak anywhere.
  void fill(Random& random, bool wild, double spread) {
    const PanelView<T> matrix = view();
    for (std::size_t row = 0; row < rows_; ++row) {
      for (std::size_t c = 0; c < panels_for(columns_) * kLanes; ++c) {
        matrix.at(row, c) =
            c < columns_ ? random.number<T>(wild, spread) : std::numeric_limits<T>::quiet_NaN();
      }
    }
  }

  const Numbers<T>& numbers() const { return numbers_; }

 private:
  static constexpr std::size_t kGuard = 64;
  std::size_t rows_;
  std::size_t columns_;
  std::size_t stride_;
  Numbers<T> numbers_;
};

// The same number: equal bits, or both a NaN, whose bits are unspecified.
template <class T>
bool same_bits(T a, T b) {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  return (std::isnan(a) && std::isnan(b)) || std::bit_cast<Bits>(a) == std::bit_cast<Bits>(b);
}

template <class V>
testing::AssertionResult all_same_bits(const V& got, const V& expected) {
  if (got.size() != expected.size()) return testing::AssertionFailure() << "sizes differ";
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (!same_bits(got[i], expected[i])) {
      return testing::AssertionFailure() << "number " << i << ": " << testing::PrintToString(got[i])
                                         << " is not " << testing::PrintToString(expected[i]);
    }
  }
  return testing::AssertionSuccess();
}

inline std::string describe(Target target, std::size_t rows, std::size_t columns) {
  return std::string(target_name(target)) + ", " + std::to_string(rows) + " x " +
         std::to_string(columns);
}

// Of `count`: often from the first on, often to the last.
inline Range random_range(Random& random, std::size_t count) {
  const std::size_t begin = random.one_in(2) ? 0 : random.between(0, count - 1);
  return {begin, random.one_in(2) ? count : random.between(begin, count)};
}

inline const Activation* random_activation(Random& random) {
  const auto all = all_activations();
  return all[random.between(0, all.size() - 1)];
}

}  // namespace forknet::math
