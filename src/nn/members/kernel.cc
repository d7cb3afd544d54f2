// The vector form of the layers of members. Lanes are inputs or outputs; rows of a member lie
// `members` lines apart.
#include <algorithm>
#include <cstddef>

#include "math/highway_targets.h"
#include "nn/members/member_kernels.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/members/kernel.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#if FORKNET_HWY_TARGET_IS_REAL

#include "math/element_blocks-inl.h"
#include "math/element_lines-inl.h"

HWY_BEFORE_NAMESPACE();
namespace forknet::nn::HWY_NAMESPACE {

using namespace math::HWY_NAMESPACE::elements;  // NOLINT: the tools of kernels
using math::kLanes;
using math::Range;

namespace {

// a * b
template <class T>
HWY_INLINE Line<T> multiply(const Line<T>& a, const Line<T>& b) {
  Line<T> line;
  for (std::size_t v = 0; v < kVectors<T>; ++v) line.v[v] = hn::Mul(a.v[v], b.v[v]);
  return line;
}
// a * b + c
template <class T>
HWY_INLINE Line<T> multiply_add(const Line<T>& a, const Line<T>& b, const Line<T>& c) {
  Line<T> line;
  for (std::size_t v = 0; v < kVectors<T>; ++v) line.v[v] = hn::MulAdd(a.v[v], b.v[v], c.v[v]);
  return line;
}
template <class T>
HWY_INLINE Line<T> add(const Line<T>& a, const Line<T>& b) {
  Line<T> line;
  for (std::size_t v = 0; v < kVectors<T>; ++v) line.v[v] = hn::Add(a.v[v], b.v[v]);
  return line;
}
template <class T>
HWY_INLINE Line<T> relu(const Line<T>& z) {
  const auto zero = hn::Zero(Tag<T>());
  Line<T> line;
  for (std::size_t v = 0; v < kVectors<T>; ++v) {
    line.v[v] = hn::IfThenElse(hn::Le(z.v[v], zero), zero, z.v[v]);
  }
  return line;
}

// The line with 0 in lanes past the last of `columns`, whatever padding holds.
template <class T>
HWY_INLINE Line<T> used(const Line<T>& line, std::size_t panel, std::size_t columns) {
  const std::size_t left = columns - panel * kLanes;
  return left >= kLanes ? line : fill_from(line, left, T{0});
}

template <class T>
HWY_INLINE Line<T> parameters(const MemberArgs<T>& args, std::size_t panel, std::size_t line) {
  return load_line(args.lines + panel * args.stride + line * kLanes);
}

// --- factors

template <class T>
void scale(const MemberArgs<T>& args) {
  const std::size_t columns = args.x.columns;
  for (std::size_t panel = 0; panel < args.x.panels(); ++panel) {
    std::size_t member = args.rows.begin % args.members;
    for (std::size_t row = args.rows.begin; row < args.rows.end; ++row) {
      const Line<T> x = load_line(args.x.line(panel, row));
      const Line<T> factor = parameters(args, panel, member);
      Line<T> y;
      if (args.adds) {
        y = multiply_add(x, factor, parameters(args, panel, args.members + member));
      } else {
        y = multiply(x, factor);
      }
      if (args.relu) y = relu(y);
      store_line(used(y, panel, columns), args.y.line(panel, row));
      if (++member == args.members) member = 0;
    }
  }
}

// --- the way back: 16 rows at a time, because `to` has them in one line

// line(panel, row, member): of the derivative by the inputs
template <class T, class LineOf>
HWY_INLINE void write_back(const MemberArgs<T>& args, LineOf line) {
  for (std::size_t row = args.rows.begin; row < args.rows.end; row += kLanes) {
    const std::size_t count = std::min(kLanes, args.rows.end - row);
    for (std::size_t panel = args.panels.begin; panel < args.panels.end; ++panel) {
      BlockBuffer<T> block;
      std::size_t member = row % args.members;
      for (std::size_t i = 0; i < count; ++i) {
        store_line(line(panel, row + i, member), block.numbers.data() + i * kLanes);
        if (++member == args.members) member = 0;
      }
      transpose_part(block.numbers.data(), count, args.to.line(row / kLanes, panel * kLanes),
                     std::min(kLanes, args.to.rows - panel * kLanes));
    }
  }
}

template <class T>
void scale_back(const MemberArgs<T>& args) {
  write_back(args, [&args](std::size_t panel, std::size_t row, std::size_t member) HWY_ATTR {
    return multiply(load_line(args.errors.line(panel, row)), parameters(args, panel, member));
  });
}

template <class T>
void dense_back(const MemberArgs<T>& args) {
  const std::size_t units = args.errors.columns;
  write_back(args, [&args, units](std::size_t panel, std::size_t row, std::size_t member) HWY_ATTR {
    const T* weights = args.lines + panel * args.stride + member * units * kLanes;
    Line<T> sum = constant_line(T{0});
    for (std::size_t unit = 0; unit < units; ++unit, weights += kLanes) {
      sum = multiply_add(constant_line(args.errors.at(row, unit)), load_line(weights), sum);
    }
    return sum;
  });
}

// --- weights of each member

// One row and some units of its member.
template <class T, std::size_t kUnits>
HWY_INLINE void dense_units(const MemberArgs<T>& args, std::size_t row, std::size_t member,
                            std::size_t unit) {
  const std::size_t panels = args.x.panels();
  const T* const first = args.lines + (member * args.y.columns + unit) * kLanes;
  Line<T> sums[kUnits];
  for (std::size_t u = 0; u < kUnits; ++u) sums[u] = constant_line(T{0});
  for (std::size_t panel = 0; panel < panels; ++panel) {
    const Line<T> x = used(load_line(args.x.line(panel, row)), panel, args.x.columns);
    for (std::size_t u = 0; u < kUnits; ++u) {
      sums[u] = multiply_add(x, load_line(first + panel * args.stride + u * kLanes), sums[u]);
    }
  }
  for (std::size_t u = 0; u < kUnits; ++u) {
    const std::size_t at = unit + u;
    const T bias = args.biases[at / kLanes * args.bias_stride + member * kLanes + at % kLanes];
    args.y.at(row, at) = fold_line(sums[u], SumLanes()) + bias;
  }
}

// Row after row of one member, so that its weights stay in the caches.
template <class T>
void dense(const MemberArgs<T>& args) {
  const std::size_t units = args.y.columns;
  for (std::size_t member = 0; member < args.members; ++member) {
    for (std::size_t row = first_of_member(args.rows, member, args.members); row < args.rows.end;
         row += args.members) {
      std::size_t unit = 0;
      for (; unit + 4 <= units; unit += 4) dense_units<T, 4>(args, row, member, unit);
      for (; unit < units; ++unit) dense_units<T, 1>(args, row, member, unit);
      clear_padding(args.y, args.y.panels() - 1, {row, row + 1});
    }
  }
}

// --- gradients

template <class T>
HWY_INLINE void scale_line(const MemberArgs<T>& args, std::size_t panel, std::size_t line, T* to) {
  Line<T> sum = constant_line(T{0});
  for (std::size_t row = first_of_member(args.rows, line % args.members, args.members);
       row < args.rows.end; row += args.members) {
    const Line<T> error = load_line(args.errors.line(panel, row));
    if (line < args.members) {
      sum = multiply_add(load_line(args.x.line(panel, row)), error, sum);
    } else {
      sum = add(sum, error);
    }
  }
  store_line(used(sum, panel, args.errors.columns), to);
}

template <class T>
void scale_sums(const MemberArgs<T>& args, std::size_t panel, Range lines, T* sums) {
  for (std::size_t line = lines.begin; line < lines.end; ++line) {
    scale_line(args, panel, line, sums + (line - lines.begin) * kLanes);
  }
}

// Lines of one member.
template <class T, std::size_t kLines>
HWY_INLINE void weight_lines(const MemberArgs<T>& args, std::size_t panel, std::size_t line,
                             T* to) {
  const std::size_t units = args.errors.columns;
  const std::size_t unit = line % units;
  Line<T> sums[kLines];
  for (std::size_t u = 0; u < kLines; ++u) sums[u] = constant_line(T{0});
  for (std::size_t row = first_of_member(args.rows, line / units, args.members);
       row < args.rows.end; row += args.members) {
    const Line<T> x = load_line(args.x.line(panel, row));
    for (std::size_t u = 0; u < kLines; ++u) {
      sums[u] = multiply_add(x, constant_line(args.errors.at(row, unit + u)), sums[u]);
    }
  }
  for (std::size_t u = 0; u < kLines; ++u) {
    store_line(used(sums[u], panel, args.x.columns), to + u * kLanes);
  }
}

template <class T>
void dense_sums(const MemberArgs<T>& args, std::size_t panel, Range lines, T* sums) {
  const std::size_t units = args.errors.columns;
  for (std::size_t line = lines.begin; line < lines.end;) {
    T* const to = sums + (line - lines.begin) * kLanes;
    if (line + kMemberLines <= lines.end && line % units + kMemberLines <= units) {
      weight_lines<T, kMemberLines>(args, panel, line, to);
      line += kMemberLines;
    } else {
      weight_lines<T, 1>(args, panel, line, to);
      ++line;
    }
  }
}

}  // namespace

template <class T>
MemberKernels<T> member_kernels() {
  return {&scale<T>, &scale_back<T>, &dense<T>, &dense_back<T>, &scale_sums<T>, &dense_sums<T>};
}

template MemberKernels<float> member_kernels<float>();
template MemberKernels<double> member_kernels<double>();

}  // namespace forknet::nn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif

#if HWY_ONCE
#include "math/by_target.h"

namespace forknet::nn {

template <class T>
MemberKernels<T> member_kernels(math::Target target) {
  FORKNET_RETURN_OF_TARGET(target, member_kernels<T>());
  return member_reference<T>();
}

template MemberKernels<float> member_kernels<float>(math::Target);
template MemberKernels<double> member_kernels<double>(math::Target);

}  // namespace forknet::nn
#endif
