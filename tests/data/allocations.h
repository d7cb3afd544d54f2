// Counts the allocations of this program: operator new is replaced in allocations.cc.
#pragma once

#include <cstdint>

namespace forknet::data {

// How often any thread of this program has called operator new so far.
[[nodiscard]] std::uint64_t allocations();

}  // namespace forknet::data
