// Files that hold memory which outlives its processes: made and reserved once, mapped by their
// descriptor (mapping.h).
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "os/fd.h"
#include "os/file_path.h"
#include "os/mapping.h"

namespace forknet::os {

// Makes a file of `bytes` zeroed bytes, mode 0600, and reserves the bytes of `ranges` now: a full
// file system is an Error here and never a SIGBUS later. An existing file of that name is an Error.
// An Error leaves nothing behind. Bytes outside all ranges take no room and must not be written.
[[nodiscard]] Result<Fd> create_reserved(const std::string& path, std::size_t bytes,
                                         std::span<const Mapping::Bytes> ranges);

// The same in unnamed memory, which ends with its last descriptor. It cannot be shortened, except
// where memfd_create is denied: there it is an unnamed file of /dev/shm, TMPDIR or /tmp.
// seal_later: allows further seals (mapping.h), unless it is a file.
[[nodiscard]] Result<Fd> reserved_memory(const std::string& name, std::size_t bytes,
                                         std::span<const Mapping::Bytes> ranges,
                                         bool seal_later = false);

// Gives an empty file so many zeroed bytes and reserves them: a full disk is an Error here. `path`
// is for the error.
[[nodiscard]] Status reserve_file(const Fd& fd, const std::string& path, std::size_t bytes);

// A new file in that folder, readable and writable, without a name; it ends with its last
// descriptor. Not open: errno says why.
[[nodiscard]] Fd unnamed_file(const FilePath& folder);

// Reserves bytes of such a memory that were in none of its ranges, so that they can be written.
// Errors as above; existing bytes stay as they are.
[[nodiscard]] Status reserve_more(const Fd& fd, const std::string& name,
                                  const Mapping::Bytes& range);

// Opens an existing one for reading and writing. Error (data): it is missing, a link, not a regular
// file, has a second name, or is not this user's alone; (internal): the system cannot open it.
[[nodiscard]] Result<Fd> open_reserved(const std::string& path);

// Removes a regular file of this user. Anything else of that name stays: a link, a folder, a file
// of another user. No error if it is missing.
void remove_reserved(const std::string& path);

// Holds a share of the file, as every process does that maps it; the last close ends all shares of
// a descriptor and of its copies in other processes.
[[nodiscard]] Status hold_share(const Fd& fd, const std::string& path);
// Opens a file for hold_alone(): NFS grants that only to a writable descriptor.
[[nodiscard]] Result<Fd> open_to_hold(const FilePath& path);
// True: no process holds a share, and none can take one while `fd` is open. Never waits.
[[nodiscard]] bool hold_alone(const Fd& fd);
// Allows others to hold it again. Unmap the file before: a mapping keeps the hold.
void let_go(const Fd& fd);

// What a user may still write to the file system of this folder; nothing if that is unknown.
[[nodiscard]] std::optional<std::uint64_t> free_bytes(const std::string& folder);

// A folder in memory, /dev/shm; empty if there is none.
[[nodiscard]] std::string memory_folder();
// Identifies this start of the machine: memory of an earlier one is lost. Empty if unknown.
[[nodiscard]] std::string boot_id();

}  // namespace forknet::os
