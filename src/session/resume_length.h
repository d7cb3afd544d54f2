// What a resume says and refuses where the length of the run has changed.
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

// Where the schedule follows the length: the learning rate of the step it goes on with, and what it
// would have been with the settings `before`. Nothing where they are the same.
[[nodiscard]] std::optional<std::string> rate_note(const Config& before, const Prepared& prepared,
                                                   const RateChanges& rates, std::uint64_t done);

}  // namespace forknet::run
