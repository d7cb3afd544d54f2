// Requests rows of a table in a file from the disk before they are needed, so that gathering does
// not wait for the disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "data/view.h"

namespace forknet::data {

// The parts of rows worth fetching, of those that are read at all: labels are too small.
struct RowParts {
  bool inputs = true;
  bool targets = true;
};

// For the rows at these positions of a view with a paged table: the disk starts reading what is not
// in memory. Never waits, allocates nothing; any number of threads at once.
void fetch_ahead(const View& view, std::span<const std::uint32_t> positions, const RowParts& parts);

// Bytes of memory that these parts of a row take while they are read: whole pages. 0: no parts.
[[nodiscard]] std::size_t fetched_bytes(const Table& table, const RowParts& parts);

}  // namespace forknet::data
