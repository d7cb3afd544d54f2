// The failpoints of every floor that runs in a cell process.
#pragma once

#include <array>

#include "average/failpoint_names.h"
#include "cell/failpoint_names.h"
#include "data/failpoint_names.h"
#include "engine/failpoint_names.h"
#include "os/failpoint.h"
#include "state/failpoint_names.h"
#include "supervise/failpoint_names.h"
#include "train/failpoint_names.h"

namespace forknet::run {

inline constexpr auto kFailpointsOfCells = std::to_array<os::failpoints::Names>(
    {data::kDataFailpoints, cell::kCellFailpoints, kStateFailpoints, kEngineFailpoints,
     kSuperviseFailpoints, kAverageFailpoints, kTrainFailpoints});

}  // namespace forknet::run
