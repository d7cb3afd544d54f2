// Files: whole reads, plain writes, folders and links. EINTR and short transfers are handled in
// src/os only. Errors name call, path and errno text ("open data/x.gz: No such file or directory").
// Durable writes: os/durable_file.h. A FilePath may be a name in a private folder (os/file_path.h).
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "os/durable_file.h"
#include "os/fd.h"
#include "os/file_path.h"

namespace forknet::os {

// The content of a regular file of at most `limit` bytes. Error of `kind`: it is larger, missing,
// or a folder, pipe or device.
[[nodiscard]] Result<std::string> read_file(const FilePath& path, std::size_t limit,
                                            ErrorKind kind = ErrorKind::internal);

// Opens for reading / for appending (made with mode 0600 if missing), close-on-exec. Error: it is a
// folder.
[[nodiscard]] Result<Fd> open_read(const FilePath& path, ErrorKind kind = ErrorKind::internal);
[[nodiscard]] Result<Fd> open_append(const FilePath& path);

// Makes everything written so far survive a power cut. `path` is for the error.
[[nodiscard]] Status sync_file(const Fd& fd, const FilePath& path);

// Reads up to bytes.size() bytes; fewer only at the end of the file.
[[nodiscard]] Result<std::size_t> read_some(const Fd& fd, std::span<std::byte> bytes);
// Writes all bytes, with as many calls as it takes.
[[nodiscard]] Status write_all(const Fd& fd, std::span<const std::byte> bytes);
[[nodiscard]] Status write_all(const Fd& fd, std::string_view text);

// Cuts an open file to `bytes`; not durable.
[[nodiscard]] Status truncate_open(const Fd& fd, std::uint64_t bytes);
// Cuts a file to `bytes` and syncs it.
[[nodiscard]] Status truncate_file(const FilePath& path, std::uint64_t bytes);
// Whether the name exists and is visible; for a user's own path: the target of a link.
[[nodiscard]] bool exists(const FilePath& path);
// Replaces a file atomically: readers see the old or the new content. A link of that name is
// replaced, not followed. Not durable: for content that is not needed after a power cut.
[[nodiscard]] Status replace_file(const FilePath& path, std::string_view content);
// Removes one file, or the link itself. No error if it is missing.
[[nodiscard]] Status remove_file(const FilePath& path);
// Makes one folder of that mode, durably; parents must exist unless `parents` is set, which is for
// a user's own path. False: it existed.
[[nodiscard]] Result<bool> make_folder(const FilePath& path, unsigned mode, bool parents = false);
// Whether a folder of that user's path, with its parents, can be made, or is writable if it exists.
// Makes nothing; does not check free space.
[[nodiscard]] Status can_make_folder(const std::string& path);
// Names in a folder, sorted, without "." and "..".
[[nodiscard]] Result<std::vector<std::string>> list_folder(const FilePath& path);
// Points the symlink at target, replacing an older link atomically. Error: anything else has that
// name, which is left alone, or the link may not be replaced (another user's, in a folder like
// /tmp).
[[nodiscard]] Status replace_link(const FilePath& link, const std::string& target);
// Makes renames and removals in the folder survive a power cut, as far as possible: not in a folder
// that this user may not read, nor on a file system that cannot sync folders.
[[nodiscard]] Status sync_folder(const FilePath& path);

// "runs/a/x" -> "runs/a", "x" -> "."; "runs/a/x" -> "x". Pure text.
[[nodiscard]] std::string folder_of(const std::string& path);
[[nodiscard]] std::string name_of(const std::string& path);

}  // namespace forknet::os
