// What the inputs of a model were when it was trained: bytes or numbers, and between which values.
// A part of the model, so that rows in other units (bytes then, 0..1 now) are not taken for the
// same without a word.
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
  // Of the training rows: one pair for all inputs where they are scaled alike, else one for each;
  // none: not known (a model of an earlier version).
  std::vector<float> low = {};
  std::vector<float> high = {};

  [[nodiscard]] bool known() const { return !low.empty(); }
};

// Of the view's rows, in as many pairs as its scaling has.
[[nodiscard]] InputRange input_range(const View& view, std::size_t threads = 1);

// What a model of an earlier version was trained on, as far as its scaling tells: v / 255 is what
// only bytes get.
[[nodiscard]] InputRange implied_range(const Scaling& scaling);

// A warning where these rows do not look like those that the model was trained on, else nothing:
// another element type; of inputs scaled alike a range that goes beyond the trained one by more
// than its width, or is less than a twentieth of it; of inputs scaled apart, most values of an
// input that far outside. Too few rows to tell give no warning. `names` may be null.
[[nodiscard]] std::optional<std::string> range_warning(const InputRange& trained,
                                                       const Table& table,
                                                       const Preparation* names = nullptr);

// A warning where scale = "unit" meets numbers that it leaves as they are although they are large.
[[nodiscard]] std::optional<std::string> unit_warning(const InputRange& inputs, Scale scale,
                                                      const std::string& name);

}  // namespace forknet::data
