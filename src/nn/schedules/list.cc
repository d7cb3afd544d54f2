#include "nn/schedules/list.h"

#include "nn/schedules/constant.h"
#include "nn/schedules/cosine.h"
#include "nn/schedules/linear.h"
#include "nn/schedules/one_cycle.h"
#include "nn/schedules/plateau.h"
#include "nn/schedules/polynomial.h"
#include "nn/schedules/step.h"

namespace forknet::nn {
namespace {

std::vector<SchedulePart> built_in_schedules() {
  std::vector<SchedulePart> parts;
  parts.push_back({constant_schedule()});
  parts.push_back({step_schedule()});
  parts.push_back({cosine_schedule()});
  parts.push_back({linear_schedule()});
  parts.push_back({one_cycle_schedule()});
  parts.push_back({polynomial_schedule()});
  parts.push_back({plateau_schedule()});
  return parts;
}

}  // namespace

PartList<SchedulePart>& schedules() {
  static PartList<SchedulePart> list(built_in_schedules());
  return list;
}

}  // namespace forknet::nn
