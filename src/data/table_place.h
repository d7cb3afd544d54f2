// Where a new table shall lie: what a reader of files says of it to build_table().
#pragma once

#include <string>
#include <vector>

namespace forknet::data {

class TableCache;

struct TablePlace {
  TableCache* cache = nullptr;  // null: in memory, always
  // The table is made of the bytes of these files and `preparation`, and of nothing else, so that
  // it need not be made twice. None: it is made anew each time.
  std::vector<std::string> files = {};
  std::string preparation = {};
};

}  // namespace forknet::data
