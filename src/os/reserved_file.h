// Files that stand for memory which outlives its processes: made once, reserved at once, mapped by
// their descriptor (mapping.h).
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

// A new file of `bytes` zeroed bytes, mode 0600, of which the bytes of `ranges` are reserved now:
// a full file system is an Error here and never a SIGBUS later. A file of that name is an Error;
// nothing is left behind after one. Bytes outside of all ranges take no room and are not to be
// written.
[[nodiscard]] Result<Fd> create_reserved(const std::string& path, std::size_t bytes,
                                         std::span<const Mapping::Bytes> ranges);

// The same in memory without a name, which ends with its last descriptor. Cannot be made shorter;
// where memfd_create is denied it is an unnamed file of /dev/shm, TMPDIR or /tmp, which can.
// seal_later: can be sealed further (mapping.h), where it is no file.
[[nodiscard]] Result<Fd> reserved_memory(const std::string& name, std::size_t bytes,
                                         std::span<const Mapping::Bytes> ranges,
                                         bool seal_later = false);

// Gives an empty file so many zeroed bytes and reserves them: a full disk is an Error here. `path`
// is for the error.
[[nodiscard]] Status reserve_file(const Fd& fd, const std::string& path, std::size_t bytes);

// A new file in that folder, to read and write, that has no name and ends with its last descriptor.
// Not open: errno says why.
[[nodiscard]] Fd unnamed_file(const FilePath& folder);

// Bytes of such a memory that were in none of its ranges, so that they can be written. Errors as
// above; what is there stays as it is.
[[nodiscard]] Status reserve_more(const Fd& fd, const std::string& name,
                                  const Mapping::Bytes& range);

// An existing one, to read and write. Error (data): there is none, it is a link, no regular file,
// has a second name, or is not this user's alone; (internal): the system cannot open it.
[[nodiscard]] Result<Fd> open_reserved(const std::string& path);

// Removes a regular file of this user. Anything else of that name stays: a link, a folder, a file
// of another user. Absent is fine.
void remove_reserved(const std::string& path);

// Whoever maps such a file holds a share of it; the last close ends all shares of a descriptor and
// of its copies in other processes.
[[nodiscard]] Status hold_share(const Fd& fd, const std::string& path);
// An existing file for hold_alone(): NFS grants that only to a descriptor that can write.
[[nodiscard]] Result<Fd> open_to_hold(const FilePath& path);
// Nobody holds a share, and nobody will while `fd` is open. Never waits.
[[nodiscard]] bool hold_alone(const Fd& fd);
// Others may hold it again; a mapping of the file would keep the hold as long as it is there.
void let_go(const Fd& fd);

// What a user may still put into the file system of this folder; nothing when it cannot be asked.
[[nodiscard]] std::optional<std::uint64_t> free_bytes(const std::string& folder);

// A folder of memory, /dev/shm; empty where there is none.
[[nodiscard]] std::string memory_folder();
// Of this start of the machine: what memory held in another one is gone. Empty where unknown.
[[nodiscard]] std::string boot_id();

}  // namespace forknet::os
