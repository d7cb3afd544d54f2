// The calls by which this program changes files, in the order in which they were made. The test
// program is linked with --wrap for each of them (tests/CMakeLists.txt), so that every call of the
// library passes through here. Calls that fail are not recorded, nor are mapped files.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace forknet::crash {

struct DiskCall {
  enum class Kind {
    open,         // to write: made when missing, cut when `cut`, writes go to the end when `append`
    close,        // `fd`
    write,        // `bytes` at `offset`, or where the descriptor stands
    cut,          // the file ends at `offset`
    sync,         // `fd`, of a file or a folder
    rename,       // `path` to `to`
    remove,       // `path`
    make_folder,  // `path`
    link,         // `path` is a symlink with the text `to`
    note,         // no call: the test's own word `path`
  };
  Kind kind = Kind::note;
  int fd = -1;
  std::string path = {};
  std::string to = {};
  std::string bytes = {};
  std::int64_t offset = -1;
  bool append = false;
  bool cut = false;
};

// Records, from its making to its end, what happens under `folder`. One at a time; any thread may
// call.
class DiskLog {
 public:
  explicit DiskLog(const std::string& folder);
  ~DiskLog();
  DiskLog(const DiskLog&) = delete;
  DiskLog& operator=(const DiskLog&) = delete;

  void note(const std::string& word);
  // All so far; no more is recorded.
  [[nodiscard]] std::vector<DiskCall> take();
};

}  // namespace forknet::crash
