// Whose a run folder is, and whose a state: identity.json of a run folder. A run has an identity,
// 128 random bits, which its folder and its state both hold. The file also says which folder it was
// written in (device, inode), so that a copy of the folder is told from the folder itself, however
// that is called by now. The owner of the run's lock writes it; others read.
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
  std::string former;  // what it was before, of a folder that was a copy; empty: nothing
  std::string folder;  // its absolute path when it was written
  os::FileId place;    // of the folder
};

// Hexadecimal, lower case, as many as there are to be.
[[nodiscard]] bool is_identity(const std::string& id);

[[nodiscard]] os::FilePath identity_path(const std::string& folder);
// Nothing where there is none that can be read.
[[nodiscard]] std::optional<Identity> read_identity(const std::string& folder);

// The same; Error (internal): the system could not read it, whatever it holds.
[[nodiscard]] Result<std::optional<Identity>> load_identity(const std::string& folder);

// An empty folder in the place of a file of the run folder, which no rename replaces, goes. Error
// (usage): something is in it.
[[nodiscard]] Status make_way_for(const os::FilePath& path);

// Whether a regular file is there that has no more bytes; else it is none of ours. Needs no
// descriptor.
[[nodiscard]] bool may_be_read(const std::string& path, std::size_t most);

// The identity of this folder, which it keeps; a new one where it has none, or only that of the
// folder it is a copy of. Durable when it returns.
[[nodiscard]] Result<Identity> claim_identity(const std::string& folder);

// The folder that `identity` was written in, if it is there still and is not `folder`: where it
// was, or under another name beside `folder` or beside its old place. Nothing: it cannot be found.
[[nodiscard]] std::optional<std::string> original_of(const Identity& identity,
                                                     const std::string& folder);

}  // namespace forknet::run
