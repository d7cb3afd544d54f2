#include <algorithm>
#include <array>
#include <cmath>

#include "math/reference_rows.h"
#include "nn/members/member_kernels.h"

namespace forknet::nn {
namespace {

using math::kLanes;

template <class T>
T number(const MemberArgs<T>& args, std::size_t line, std::size_t column) {
  return args.lines[column / kLanes * args.stride + line * kLanes + column % kLanes];
}

template <class T>
void clear_padding(const math::PanelView<T>& to, std::size_t row) {
  for (std::size_t c = to.columns; c < to.panels() * kLanes; ++c) to.at(row, c) = T{0};
}

template <class T>
void scale(const MemberArgs<T>& args) {
  for (std::size_t row = args.rows.begin; row < args.rows.end; ++row) {
    const std::size_t member = row % args.members;
    for (std::size_t i = 0; i < args.x.columns; ++i) {
      const T x = args.x.at(row, i);
      const T factor = number(args, member, i);
      T y = args.adds ? std::fma(x, factor, number(args, args.members + member, i)) : x * factor;
      if (args.relu && y <= T{0}) y = T{0};
      args.y.at(row, i) = y;
    }
    clear_padding(args.y, row);
  }
}

// derivative(row, column) -> to, padding lanes 0
template <class T, class Derivative>
void write_back(const MemberArgs<T>& args, Derivative derivative) {
  const std::size_t end = std::min(args.panels.end * kLanes, args.to.rows);
  for (std::size_t i = args.panels.begin * kLanes; i < end; ++i) {
    for (std::size_t row = args.rows.begin; row < math::panels_for(args.rows.end) * kLanes; ++row) {
      args.to.at(i, row) = row < args.rows.end ? derivative(row, i) : T{0};
    }
  }
}

template <class T>
void scale_back(const MemberArgs<T>& args) {
  write_back(args, [&](std::size_t row, std::size_t i) {
    return args.errors.at(row, i) * number(args, row % args.members, i);
  });
}

template <class T>
void dense(const MemberArgs<T>& args) {
  const std::size_t units = args.y.columns;
  for (std::size_t row = args.rows.begin; row < args.rows.end; ++row) {
    const std::size_t member = row % args.members;
    for (std::size_t unit = 0; unit < units; ++unit) {
      std::array<T, kLanes> lanes = {};
      for (std::size_t i = 0; i < args.x.columns; ++i) {
        T& lane = lanes[i % kLanes];
        lane = std::fma(args.x.at(row, i), number(args, member * units + unit, i), lane);
      }
      const T bias =
          args.biases[unit / kLanes * args.bias_stride + member * kLanes + unit % kLanes];
      args.y.at(row, unit) = math::reference::fold(lanes) + bias;
    }
    clear_padding(args.y, row);
  }
}

template <class T>
void dense_back(const MemberArgs<T>& args) {
  const std::size_t units = args.errors.columns;
  write_back(args, [&](std::size_t row, std::size_t i) {
    T sum = 0;
    for (std::size_t unit = 0; unit < units; ++unit) {
      sum = std::fma(args.errors.at(row, unit), number(args, row % args.members * units + unit, i),
                     sum);
    }
    return sum;
  });
}

// The sum of a line over the rows of its member: add(row, column, sum), padding lanes 0.
template <class T, class Add>
void sum_line(const MemberArgs<T>& args, std::size_t member, std::size_t panel, std::size_t columns,
              T* sums, Add add) {
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    const std::size_t column = panel * kLanes + lane;
    sums[lane] = 0;
    for (std::size_t row = first_of_member(args.rows, member, args.members);
         row < args.rows.end && column < columns; row += args.members) {
      sums[lane] = add(row, column, sums[lane]);
    }
  }
}

template <class T>
void scale_sums(const MemberArgs<T>& args, std::size_t panel, math::Range lines, T* sums) {
  for (std::size_t line = lines.begin; line < lines.end; ++line) {
    const bool factor = line < args.members;
    sum_line(args, line % args.members, panel, args.errors.columns,
             sums + (line - lines.begin) * kLanes, [&](std::size_t row, std::size_t i, T sum) {
               const T error = args.errors.at(row, i);
               return factor ? std::fma(args.x.at(row, i), error, sum) : sum + error;
             });
  }
}

template <class T>
void dense_sums(const MemberArgs<T>& args, std::size_t panel, math::Range lines, T* sums) {
  const std::size_t units = args.errors.columns;
  for (std::size_t line = lines.begin; line < lines.end; ++line) {
    sum_line(args, line / units, panel, args.x.columns, sums + (line - lines.begin) * kLanes,
             [&](std::size_t row, std::size_t i, T sum) {
               return std::fma(args.x.at(row, i), args.errors.at(row, line % units), sum);
             });
  }
}

}  // namespace

template <class T>
MemberKernels<T> member_reference() {
  return {&scale<T>, &scale_back<T>, &dense<T>, &dense_back<T>, &scale_sums<T>, &dense_sums<T>};
}

template MemberKernels<float> member_reference<float>();
template MemberKernels<double> member_reference<double>();

}  // namespace forknet::nn
