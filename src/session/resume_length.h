// Checks and notes of a resume that changes the length of the run.
#pragma once

#include <forknet/config.h>
#include <forknet/result.h>

#include <cstdint>
#include <optional>
#include <string>

#include "session/prepare.h"
#include "train/rate_list.h"

namespace forknet::run {

// Error (config): the settings ask for fewer steps than the run has done.
[[nodiscard]] Status check_length(const Prepared& prepared, std::uint64_t done);

// A note if the schedule depends on the length, which has changed: the learning rate of the next
// step, and the one that it would have had with the settings `before`.
[[nodiscard]] std::optional<std::string> rate_note(const Config& before, const Prepared& prepared,
                                                   const RateChanges& rates, std::uint64_t done);

}  // namespace forknet::run
