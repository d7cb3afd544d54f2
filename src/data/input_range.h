// The inputs of a model in training: bytes or numbers, and their range. Part of the model, so that
// rows in other units (bytes then, 0..1 now) cause a warning.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/preparation.h"
#include "data/scaling.h"
#include "data/table.h"
#include "data/view.h"

namespace forknet::data {

struct InputRange {
  Element element = Element::f32;
  // Of the training rows: one pair for all inputs if they are scaled alike, otherwise one for each;
  // empty: unknown (a model of an earlier version).
  std::vector<float> low = {};
  std::vector<float> high = {};

  [[nodiscard]] bool known() const { return !low.empty(); }
};

// Of the view's rows, in as many pairs as its scaling has.
[[nodiscard]] InputRange input_range(const View& view, std::size_t threads = 1);

// The inputs of a model of an earlier version, as far as its scaling tells: only bytes get v / 255.
[[nodiscard]] InputRange implied_range(const Scaling& scaling);

// A warning if these rows differ from those of the training: another element type; for inputs
// scaled alike a range that exceeds the trained one by more than its width, or is less than a
// twentieth of it; for inputs scaled one by one, most values of an input that far outside. Too few
// rows give no warning. `names` may be null.
[[nodiscard]] std::optional<std::string> range_warning(const InputRange& trained,
                                                       const Table& table,
                                                       const Preparation* names = nullptr);

// A warning if scale = "unit" leaves large numbers unscaled.
[[nodiscard]] std::optional<std::string> unit_warning(const InputRange& inputs, Scale scale,
                                                      const std::string& name);

}  // namespace forknet::data
