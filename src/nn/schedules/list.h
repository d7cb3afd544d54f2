// The schedules of this program (docs/cli.md, optimizer.schedule).
#pragma once

#include <forknet/schedule.h>

#include <memory>
#include <string_view>

#include "nn/part_list.h"

namespace forknet::nn {

struct SchedulePart {
  std::unique_ptr<const ScheduleKind> kind;
};

// The one list: a new schedule is its own file and a line in list.cc.
[[nodiscard]] PartList<SchedulePart>& schedules();

// Null: there is no such schedule.
[[nodiscard]] inline const SchedulePart* find_schedule(std::string_view name) {
  return schedules().find(name);
}

}  // namespace forknet::nn
