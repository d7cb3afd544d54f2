// identity.json of a run folder: the identity of a run, 128 random bits, which its folder and its
// state both hold. The file also names the folder it was written in (device, inode), so that a copy
// of the folder is distinguished from the folder itself, even if that was renamed. The owner of the
// run's lock writes it; others read it.
#pragma once

#include <forknet/result.h>

#include <optional>
#include <string>

#include "os/file_id.h"
#include "os/file_path.h"

namespace forknet::run {

struct Identity {
  static constexpr std::size_t kDigits = 32;
  std::string id;      // 32 hexadecimal digits
  std::string former;  // the identity before, of a folder that was a copy; empty: none
  std::string folder;  // its absolute path when it was written
  os::FileId place;    // of the folder
};

// Whether it has kDigits hexadecimal digits in lower case.
[[nodiscard]] bool is_identity(const std::string& id);

[[nodiscard]] os::FilePath identity_path(const std::string& folder);
// Nothing: there is no readable identity.
[[nodiscard]] std::optional<Identity> read_identity(const std::string& folder);

// The same; Error (internal): the system could not read the file.
[[nodiscard]] Result<std::optional<Identity>> load_identity(const std::string& folder);

// Removes an empty folder in the place of a file of the run folder, because a rename cannot replace
// it. Error (usage): the folder is not empty.
[[nodiscard]] Status make_way_for(const os::FilePath& path);

// Whether there is a regular file of at most `most` bytes; forknet writes no others. Needs no
// descriptor.
[[nodiscard]] bool may_be_read(const std::string& path, std::size_t most);

// The identity of this folder, which it keeps; a new one if it has none, or only that of the folder
// it is a copy of. Durable when the call returns.
[[nodiscard]] Result<Identity> claim_identity(const std::string& folder);

// The folder that `identity` was written in, if it still exists and is not `folder`: at its old
// path, or under another name beside `folder` or beside its old path. Nothing: it is not found.
[[nodiscard]] std::optional<std::string> original_of(const Identity& identity,
                                                     const std::string& folder);

}  // namespace forknet::run
