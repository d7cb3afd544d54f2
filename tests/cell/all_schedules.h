// All schedules by name: the names used in configs are on a floor above (src/settings).
#pragma once

#include <forknet/config.h>

namespace forknet {

inline constexpr Schedule kSchedules[] = {Schedule::one_f_one_b, Schedule::gpipe,
                                          Schedule::zero_bubble};

inline const char* schedule_name(Schedule schedule) {
  switch (schedule) {
    case Schedule::one_f_one_b:
      return "1f1b";
    case Schedule::gpipe:
      return "gpipe";
    case Schedule::zero_bubble:
      return "zero-bubble";
  }
  return "?";
}

}  // namespace forknet
