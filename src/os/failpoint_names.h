// The calls of this floor at which a failpoint can be set (failpoint.h). Floors above have a list
// of their own places each, in a file of this name.
#pragma once

#include <array>
#include <string_view>

namespace forknet::os::failpoints {

// They can also fail.
inline constexpr auto kCalls = std::to_array<std::string_view>({
    "file/open",
    "file/read",
    "file/write",
    "file/fallocate",
    "file/symlink",
    "state/open",
    "cache/write-out",
    "durable/create",
    "durable/write",
    "durable/sync",
    "durable/rename",
    "durable/sync_folder",
});

// Of these, those that move bytes: they can also move too few.
inline constexpr auto kTransfers = std::to_array<std::string_view>({"file/read", "file/write"});

}  // namespace forknet::os::failpoints
