// Rows of a table in a file that are asked of the disk before they are needed, so that who gathers
// them does not wait for it.
#pragma once

#include <cstdint>
#include <span>

#include "data/view.h"

namespace forknet::data {

// The rows at these positions of a view whose table is paged: the disk begins with what of them is
// not in memory. Waits for nothing, allocates nothing; any number of threads at once.
void fetch_ahead(const View& view, std::span<const std::uint32_t> positions);

// Bytes of memory that a row takes while it is read: whole pages.
[[nodiscard]] std::size_t fetched_bytes(const Table& table);

}  // namespace forknet::data
