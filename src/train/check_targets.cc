#include "train/check_targets.h"

#include <fmt/format.h>

#include <cmath>
#include <cstddef>
#include <span>
#include <string>

#include "base/try.h"

namespace forknet::run {
namespace {

// "from 0 to 1", "of 0 or more"
std::string range_text(const nn::TargetRange& range) {
  if (std::isinf(range.most)) return fmt::format("of {} or more", range.least);
  return fmt::format("from {} to {}", range.least, range.most);
}

Status check_range(const data::Table& table, const nn::Loss& loss, const nn::TargetRange& range) {
  const std::span<const float> targets = table.targets();
  for (std::size_t i = 0; i < targets.size(); ++i) {
    if (targets[i] >= range.least && targets[i] <= range.most) continue;
    return Error{ErrorKind::data,
                 fmt::format("{}: row {} of the data has the target {}, but the loss {} takes "
                             "numbers {}",
                             table.labels_name, i / table.shape.outputs + 1, targets[i],
                             loss.name(), range_text(range))};
  }
  return {};
}

}  // namespace

Status check_targets(const data::Table& table, const nn::ModelPlan& plan) {
  if (plan.classifies()) return data::check_labels(table, plan.outputs);
  FORKNET_TRY(data::check_targets(table, plan.outputs));
  const auto range = plan.loss->target_range();
  return range && table.shape.outputs != 0 ? check_range(table, *plan.loss, *range) : Status{};
}

}  // namespace forknet::run
