// The identification of a table in a file, stored after its bytes (table_cache.h).
//
//   FOLDER/KEY.table = bytes of the table (table.h) | trailer
//   trailer = "fktable1" | key: 32 digits | digest of the table: 32 digits
//             | bytes of the table: u64 | XXH3-64 of the trailer before: u64
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/reading.h"
#include "data/table.h"
#include "data/table_place.h"
#include "os/file_path.h"

namespace forknet::data {

inline constexpr std::string_view kTableEnding = ".table";
inline constexpr std::size_t kTrailerBytes = 88;

struct TableTrailer {
  std::string key;
  std::string digest;       // of the table
  std::uint64_t bytes = 0;  // before the trailer
};

// `to`: kTrailerBytes after the table's bytes.
void put_trailer(std::span<std::byte> to, const TableTrailer& trailer);

// The trailer of a whole file. Nothing: it is truncated, damaged, or another file.
[[nodiscard]] std::optional<TableTrailer> trailer_of(std::span<const std::byte> file);

// The digest of all that the table is made of. Error (data): a file that cannot be read.
[[nodiscard]] Result<std::string> table_key(const TableShape& shape, const TablePlace& place,
                                            const ReadingProgress& progress = {});

// The digest of a text and of the bytes of files. Error (data): one cannot be read.
[[nodiscard]] Result<std::string> sources_key(std::string_view text,
                                              const std::vector<SourceFile>& files,
                                              const ReadingProgress& progress = {});

// Error (data): one of the files was changed or replaced after its stamp was taken.
[[nodiscard]] Status check_unchanged(const std::vector<SourceFile>& files);

// A file of such a folder.
struct CachedTable {
  os::FilePath path;
  std::string digest;  // of its table; empty: damaged
};
[[nodiscard]] Result<std::vector<CachedTable>> cached_tables(const os::FilePath& folder);

// Whether no process has it mapped.
[[nodiscard]] bool is_unused(const CachedTable& table);
// Removes it unless a process has it mapped. True: it is removed.
[[nodiscard]] bool remove_cached_table(const CachedTable& table);

}  // namespace forknet::data
