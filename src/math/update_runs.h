// The rules of the lines of a block (WeightUpdate): which lines have which.
#pragma once

#include <algorithm>
#include <cstddef>

#include "math/panels.h"
#include "math/product_kernels.h"

namespace forknet::math {

// Whether `lines` lines of a panel from `line` on all have WeightUpdate::rule.
template <class T>
[[nodiscard]] bool has_one_rule(const WeightUpdate<T>& update, std::size_t line,
                                std::size_t lines) {
  return update.undecayed == nullptr || line + lines <= update.undecayed_lines.begin ||
         line >= update.undecayed_lines.end;
}

// The update of the lines without weight decay, as one of all lines.
template <class T>
[[nodiscard]] WeightUpdate<T> undecayed_update(const WeightUpdate<T>& update) {
  WeightUpdate<T> other = update;
  other.rule = *update.undecayed;
  other.undecayed = nullptr;
  return other;
}

// Calls apply(update of all lines, index, lines, sums) for each run of lines with one rule.
template <class T>
void apply_in_runs(const WeightUpdate<T>& update, std::size_t index, std::size_t lines,
                   const T* sums, ApplyUpdate<T> apply) {
  const std::size_t lines_of_panel = update.panel_stride / kLanes;
  const Range other = update.undecayed_lines;
  while (lines > 0) {
    const std::size_t line = index / kLanes % lines_of_panel;
    const bool decays = line < other.begin || line >= other.end;
    const std::size_t end = line < other.begin ? other.begin : decays ? lines_of_panel : other.end;
    const std::size_t run = std::min(lines, end - line);
    if (decays) {
      apply(update, index, run, sums);
    } else {
      apply(undecayed_update(update), index, run, sums);
    }
    index += run * kLanes;
    sums += run * kLanes;
    lines -= run;
  }
}

}  // namespace forknet::math
