// How files are read: by how many threads, who is told how far it is, and where what is read lies.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace forknet::data {

class TableCache;

// `done` of `all` bytes of that file; all 0: not known before its end. Called often, by one thread
// at a time but not always the same; it may not wait.
using ReadingProgress =
    std::function<void(const std::string& file, std::uint64_t done, std::uint64_t all)>;

struct Reading {
  std::size_t threads = 1;  // the calling one among them; what is read is the same for any number
  ReadingProgress progress = {};
  TableCache* cache = nullptr;  // of tables (table_cache.h); null: in memory
};

}  // namespace forknet::data
