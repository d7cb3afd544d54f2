#include "nn/schedules/list.h"

#include "nn/schedules/constant.h"
#include "nn/schedules/cosine.h"

namespace forknet::nn {
namespace {

std::vector<SchedulePart> built_in() {
  std::vector<SchedulePart> parts;
  parts.push_back({constant_schedule()});
  parts.push_back({cosine_schedule()});
  return parts;
}

}  // namespace

PartList<SchedulePart>& schedules() {
  static PartList<SchedulePart> list(built_in());
  return list;
}

}  // namespace forknet::nn
