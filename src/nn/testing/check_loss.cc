// check_loss() of forknet/testing.h.
#include <fmt/format.h>
#include <forknet/testing.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/try.h"
#include "math/element_kernels.h"
#include "math/float_state.h"
#include "nn/losses/list.h"
#include "nn/testing/checked_rows.h"

namespace forknet {
namespace nn {
namespace {

using math::kLanes;
using math::PanelView;
using math::Range;
using math::Target;

constexpr std::size_t kUnits[] = {1, 2, 3, 16, 17, 37};
constexpr double kStep = 1e-5;

// Checks of one loss in one shape. Each returns what is wrong, or nothing.
template <class T>
class LossCheck {
 public:
  LossCheck(const Loss& loss, const CheckedShape& shape)
      : loss_(loss), shape_(shape), scratch_(loss.scratch_numbers(shape.units) + kLanes) {}

  std::string run() {
    const CheckedRows<T> rows(shape_);
    const CheckedOutput<T> whole = take(Target::reference, rows, {{0, kRows}});
    for (const auto& check : {&LossCheck::numbers, &LossCheck::padding, &LossCheck::partitions,
                              &LossCheck::targets, &LossCheck::weights, &LossCheck::neighbours}) {
      const std::string fault = (this->*check)(rows, whole);
      if (!fault.empty()) return fault;
    }
    if constexpr (std::is_same_v<T, double>) return derivatives(rows, whole);
    return "";
  }

 private:
  CheckedOutput<T> take(Target target, const CheckedRows<T>& rows, const std::vector<Range>& pieces,
                        bool errors = true) {
    CheckedOutput<T> written(shape_.units);
    LossArgs<T> args;
    args.outputs = rows.outputs.view().as_const();
    args.activation = shape_.activation;
    if (errors && shape_.activation->needs_sums) args.sums = rows.sums.view().as_const();
    args.labels = rows.labels.data();
    if (!loss_.classifies()) args.targets = rows.targets.view().as_const();
    if (errors) {
      args.dz = written.dz.view();
      args.dz_transposed = written.transposed.view();
    }
    args.losses = written.losses.data();
    args.correct = written.correct.data();
    args.sample_weights = rows.weights.empty() ? nullptr : rows.weights.data();
    args.scratch = scratch_.data();
    for (const Range& piece : pieces) {
      args.rows = piece;
      loss_.take(target, args);
    }
    return written;
  }

  // Nothing: row `row` of both is the same, to the bit.
  std::string row_differs(std::size_t row, const CheckedOutput<T>& got,
                          const CheckedOutput<T>& expected, bool errors = true) const {
    if (!same_bits(got.losses[row], expected.losses[row])) {
      return fmt::format("row {}: the loss is {} and {}", row, got.losses[row],
                         expected.losses[row]);
    }
    if (got.correct[row] != expected.correct[row]) return fmt::format("row {}: hits differ", row);
    for (std::size_t unit = 0; errors && unit < shape_.units; ++unit) {
      for (const T number : {got.dz.at(row, unit), got.transposed.at(unit, row)}) {
        if (same_bits(number, expected.dz.at(row, unit))) continue;
        return fmt::format("row {}: the error of unit {} is {} and {}", row, unit, number,
                           expected.dz.at(row, unit));
      }
    }
    return "";
  }
  std::string any_differs(const CheckedOutput<T>& got, const CheckedOutput<T>& expected,
                          const char* what, bool errors = true) const {
    for (std::size_t row = 0; row < kRows; ++row) {
      const std::string fault = row_differs(row, got, expected, errors);
      if (!fault.empty()) return std::string(what) + ": " + fault;
    }
    return "";
  }

  std::string numbers(const CheckedRows<T>&, const CheckedOutput<T>& whole) {
    for (std::size_t row = 0; row < kRows; ++row) {
      if (!std::isfinite(whole.losses[row])) {
        return fmt::format("row {}: the loss is {}", row, whole.losses[row]);
      }
      for (std::size_t unit = 0; unit < shape_.units; ++unit) {
        if (std::isfinite(whole.dz.at(row, unit))) continue;
        return fmt::format("row {}: the error of unit {} is {}", row, unit, whole.dz.at(row, unit));
      }
    }
    return "";
  }

  std::string padding(const CheckedRows<T>&, const CheckedOutput<T>& whole) {
    for (std::size_t row = 0; row < kRows; ++row) {
      for (std::size_t c = shape_.units; c < whole.dz.view().panels() * kLanes; ++c) {
        if (whole.dz.at(row, c) != T{0}) return fmt::format("row {}: padding is not 0", row);
      }
    }
    for (std::size_t unit = 0; unit < shape_.units; ++unit) {
      for (std::size_t lane = kRows; lane < whole.transposed.view().panels() * kLanes; ++lane) {
        if (whole.transposed.at(unit, lane) != T{0}) {
          return fmt::format("unit {}: lanes past the last row are not 0", unit);
        }
      }
    }
    return "";
  }

  std::string partitions(const CheckedRows<T>& rows, const CheckedOutput<T>& whole) {
    const auto groups = take(Target::reference, rows, {{16, 32}, {0, 16}, {32, kRows}});
    std::string fault = any_differs(groups, whole, "in groups of 16 rows and in one call");
    if (!fault.empty()) return fault;
    std::vector<Range> single;
    for (std::size_t row = 0; row < kRows; ++row) single.push_back({row, row + 1});
    return any_differs(take(Target::reference, rows, single, false), whole,
                       "row by row without errors and in one call", false);
  }

  std::string targets(const CheckedRows<T>& rows, const CheckedOutput<T>& whole) {
    for (const Target target : math::available_targets()) {
      const std::string what = fmt::format("{} and the reference", math::target_name(target));
      const std::string fault = any_differs(take(target, rows, {{0, kRows}}), whole, what.c_str());
      if (!fault.empty()) return fault;
    }
    return "";
  }

  std::string weights(const CheckedRows<T>&, const CheckedOutput<T>& whole) {
    for (const T weight : {T{1}, T{2}, T{0}}) {
      CheckedRows<T> rows(shape_);
      rows.weights.assign(kRows, weight);
      const CheckedOutput<T> weighed = take(Target::reference, rows, {{0, kRows}});
      for (std::size_t row = 0; row < kRows; ++row) {
        const auto is_times = [&](T got, T plain) {
          const T expected = weight * plain;
          return std::fabs(got - expected) <=
                 4 * std::numeric_limits<T>::epsilon() * std::fabs(expected);
        };
        bool fits = is_times(weighed.losses[row], whole.losses[row]);
        for (std::size_t unit = 0; unit < shape_.units; ++unit) {
          fits = fits && is_times(weighed.dz.at(row, unit), whole.dz.at(row, unit));
        }
        if (!fits) return fmt::format("row {}: the weight {} does not count so often", row, weight);
      }
    }
    return "";
  }

  // Each row with other rows beside it.
  std::string neighbours(const CheckedRows<T>& rows, const CheckedOutput<T>& whole) {
    CheckedRows<T> others(shape_);
    for (std::size_t row = 0; row < kRows; ++row) {
      if (row % 2 == 0) continue;
      for (std::size_t unit = 0; unit < shape_.units; ++unit) {
        others.outputs.at(row, unit) = rows.outputs.at(kRows - 1 - row, unit) / 2;
        others.targets.at(row, unit) = rows.targets.at(kRows - 1 - row, unit) / 2;
      }
      others.labels[row] = 0;
    }
    const CheckedOutput<T> beside = take(Target::reference, others, {{0, kRows}});
    for (std::size_t row = 0; row < kRows; row += 2) {
      const std::string fault = row_differs(row, beside, whole);
      if (!fault.empty()) return "with other rows beside it, " + fault;
    }
    return "";
  }

  // The loss of each row with one of its sums moved.
  std::vector<T> losses_at(CheckedRows<T>& rows, std::size_t unit, T by) {
    std::vector<T> before;
    for (std::size_t row = 0; row < kRows; ++row) {
      before.push_back(rows.sums.at(row, unit));
      rows.sums.at(row, unit) += by;
    }
    rows.activate();
    std::vector<T> losses = take(Target::reference, rows, {{0, kRows}}, false).losses;
    for (std::size_t row = 0; row < kRows; ++row) rows.sums.at(row, unit) = before[row];
    return losses;
  }

  std::string derivatives(const CheckedRows<T>&, const CheckedOutput<T>& whole) {
    CheckedRows<T> moved(shape_);
    std::size_t corners = 0;
    for (std::size_t unit = 0; unit < shape_.units; ++unit) {
      const std::vector<T> above = losses_at(moved, unit, kStep);
      const std::vector<T> below = losses_at(moved, unit, -kStep);
      for (std::size_t row = 0; row < kRows; ++row) {
        const T right = (above[row] - whole.losses[row]) / kStep;
        const T left = (whole.losses[row] - below[row]) / kStep;
        const T slope = (above[row] - below[row]) / (2 * kStep);
        const T size = 1 + std::fabs(left) + std::fabs(right);
        if (std::fabs(right - left) > 1e-2 * size) {
          ++corners;
          continue;
        }
        const T error = whole.dz.at(row, unit);
        if (std::fabs(error - slope) <= 1e-6 * size) continue;
        return fmt::format("row {}: the error of unit {} is {}, the slope of the loss {}", row,
                           unit, error, slope);
      }
    }
    if (2 * corners > kRows * shape_.units) return "the loss is no smooth function of the outputs";
    return "";
  }

  const Loss& loss_;
  const CheckedShape shape_;
  std::vector<T> scratch_;
};

Status check_settings(const LossEntry& entry, const Settings& settings) {
  for (const auto& given : settings.all()) {
    const std::string& name = given.first;
    const auto declared =
        std::find_if(entry.settings.begin(), entry.settings.end(),
                     [&](const SettingSpec& setting) { return setting.name == name; });
    if (declared != entry.settings.end() && declared->value.like(given.second)) continue;
    return Error{ErrorKind::config,
                 fmt::format("check_loss: \"{}\" is not a setting of {}, or has another type", name,
                             entry.name)};
  }
  return {};
}

Status check(const Loss& loss) {
  bool any = false;
  for (const std::size_t units : kUnits) {
    for (const math::Activation* const activation : math::all_activations()) {
      if (loss.fault_of({units, activation})) continue;
      any = true;
      std::string fault = LossCheck<double>(loss, {units, activation}).run();
      if (fault.empty()) fault = LossCheck<float>(loss, {units, activation}).run();
      if (fault.empty()) continue;
      return Error{ErrorKind::internal, fmt::format("check_loss: {}, {} units, activation {}: {}",
                                                    loss.name(), units, activation->name, fault)};
    }
  }
  if (any) return {};
  return Error{ErrorKind::internal,
               fmt::format("check_loss: {} takes no last layer of up to 37 units", loss.name())};
}

}  // namespace
}  // namespace nn

Status check_loss(const std::string& name, const Settings& settings) {
  FORKNET_ASSIGN(const auto loss, nn::make_loss(name, settings));
  FORKNET_TRY(nn::check_settings(*nn::find_loss(name), settings));
  const math::FloatStateScope float_state;
  return nn::check(*loss);
}

}  // namespace forknet
