// How files are read: number of threads, progress, and where the result is kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace forknet::data {

class TableCache;

// `done` of `all` bytes of that file have been read; all 0: unknown before its end. Called often,
// by one thread at a time but not always the same; must not wait.
using ReadingProgress =
    std::function<void(const std::string& file, std::uint64_t done, std::uint64_t all)>;

struct Reading {
  std::size_t threads = 1;  // including the caller; does not change the result
  ReadingProgress progress = {};
  TableCache* cache = nullptr;  // for tables (table_cache.h); null: in memory
};

}  // namespace forknet::data
