// Where a new table is kept: the arguments of build_table() from a reader of files.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "os/file_id.h"

namespace forknet::data {

class TableCache;

// A source file of a table. Made by source_file() before a reader first opens the path, so that a
// later file of that name is distinguished from the one that is read.
struct SourceFile {
  std::string path;
  std::optional<os::FileStamp> stamp;
  std::string folder = {};  // for progress: the file is one of many in it
};
[[nodiscard]] inline SourceFile source_file(const std::string& path) {
  return {path, os::file_stamp(path), {}};
}

struct TablePlace {
  TableCache* cache = nullptr;  // null: in memory, always
  // The table depends only on the bytes of these files and `preparation`, so it need not be made
  // twice. Empty: it is made anew each time.
  std::vector<SourceFile> files = {};
  // The reader, its version and all its arguments. Different ways to read the files must have
  // different texts.
  std::string preparation = {};
};

}  // namespace forknet::data
