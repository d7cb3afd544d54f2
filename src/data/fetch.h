// Rows of a table in a file that are asked of the disk before they are needed, so that who gathers
// them does not wait for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "data/view.h"

namespace forknet::data {

// The parts of rows that are worth it, of those that are read at all: labels are too small.
struct RowParts {
  bool inputs = true;
  bool targets = true;
};

// The rows at these positions of a view whose table is paged: the disk begins with what of them is
// not in memory. Waits for nothing, allocates nothing; any number of threads at once.
void fetch_ahead(const View& view, std::span<const std::uint32_t> positions, const RowParts& parts);

// Bytes of memory that these parts of a row take while they are read: whole pages. 0: there are
// none.
[[nodiscard]] std::size_t fetched_bytes(const Table& table, const RowParts& parts);

}  // namespace forknet::data
