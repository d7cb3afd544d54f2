#include "data/fetch.h"

#include <cstddef>

#include "os/paged_file.h"

namespace forknet::data {
namespace {

constexpr std::size_t kPage = 4096;  // the smallest page size; decides which rows are adjacent

// Fetches one part of the table, rows of `row_bytes` from `at` on; adjacent rows in one call.
void fetch_part(const View& view, std::span<const std::uint32_t> positions, std::size_t at,
                std::size_t row_bytes) {
  os::Mapping::Bytes run = {};
  for (const std::uint32_t position : positions) {
    const std::size_t begin = at + view.row(position) * row_bytes;
    const std::size_t end = begin + row_bytes;
    if (begin >= run.begin && begin <= run.end + kPage) {
      run.end = end > run.end ? end : run.end;
      continue;
    }
    os::fetch_ahead(view.table->memory, run);
    run = {begin, end};
  }
  os::fetch_ahead(view.table->memory, run);
}

std::size_t input_bytes(const Table& table) {
  return table.shape.features * element_bytes(table.shape.element);
}

std::size_t target_bytes(const Table& table) { return table.shape.outputs * sizeof(float); }

std::size_t page_bytes(std::size_t bytes) { return bytes == 0 ? 0 : (bytes / kPage + 2) * kPage; }

}  // namespace

void fetch_ahead(const View& view, std::span<const std::uint32_t> positions,
                 const RowParts& parts) {
  const Table& table = *view.table;
  if (parts.inputs) fetch_part(view, positions, 0, input_bytes(table));
  if (parts.targets && table.shape.outputs > 0) {
    fetch_part(view, positions, table.targets_at, target_bytes(table));
  }
}

std::size_t fetched_bytes(const Table& table, const RowParts& parts) {
  return (parts.inputs ? page_bytes(input_bytes(table)) : 0) +
         (parts.targets ? page_bytes(target_bytes(table)) : 0);
}

}  // namespace forknet::data
