// Where a new table shall lie: what a reader of files says of it to build_table().
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "os/file_id.h"

namespace forknet::data {

class TableCache;

// A file that a table is made of. Made by source_file() before a reader opens the path for the
// first time, so that a file which takes its place later is told from the one that is read.
struct SourceFile {
  std::string path;
  std::optional<os::FileStamp> stamp;
};
[[nodiscard]] inline SourceFile source_file(const std::string& path) {
  return {path, os::file_stamp(path)};
}

struct TablePlace {
  TableCache* cache = nullptr;  // null: in memory, always
  // The table is made of the bytes of these files and `preparation`, and of nothing else, so that
  // it need not be made twice. None: it is made anew each time.
  std::vector<SourceFile> files = {};
  // The reader, its version and all it was told. Of two different ways to read the files it
  // differs.
  std::string preparation = {};
};

}  // namespace forknet::data
