// Files: whole reads, plain writes, folders and links. EINTR and short transfers are handled in
// src/os and nowhere else. Errors name call, path and errno text
// ("open data/x.gz: No such file or directory"). Durable writes: os/durable_file.h. A FilePath may
// be a name in a private folder (os/file_path.h).
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

// The whole of a regular file of at most `limit` bytes (an Error of `kind` when it is larger, is
// missing, or is a folder, pipe or device).
[[nodiscard]] Result<std::string> read_file(const FilePath& path, std::size_t limit,
                                            ErrorKind kind = ErrorKind::internal);

// Opens for reading / appends (made with mode 0600 when missing): close-on-exec always. A folder is
// refused.
[[nodiscard]] Result<Fd> open_read(const FilePath& path, ErrorKind kind = ErrorKind::internal);
[[nodiscard]] Result<Fd> open_append(const FilePath& path);

// What was written so far survives a power cut. `path` is for the error.
[[nodiscard]] Status sync_file(const Fd& fd, const FilePath& path);

// Up to bytes.size() bytes; fewer only at the end of the file.
[[nodiscard]] Result<std::size_t> read_some(const Fd& fd, std::span<std::byte> bytes);
// All of them, however many calls it takes.
[[nodiscard]] Status write_all(const Fd& fd, std::span<const std::byte> bytes);
[[nodiscard]] Status write_all(const Fd& fd, std::string_view text);

// Cuts an open file to `bytes`; not durable.
[[nodiscard]] Status truncate_open(const Fd& fd, std::uint64_t bytes);
// Cuts a file to `bytes` and syncs it.
[[nodiscard]] Status truncate_file(const FilePath& path, std::uint64_t bytes);
// Whether something of that name can be seen; of a user's own path, what a link leads to.
[[nodiscard]] bool exists(const FilePath& path);
// Replaces a file at once: readers see the old one or the new one; a link of that name is replaced,
// not followed. Not durable: for what is worth nothing after a power cut.
[[nodiscard]] Status replace_file(const FilePath& path, std::string_view content);
// Removes one file, or a link itself; absent is fine.
[[nodiscard]] Status remove_file(const FilePath& path);
// Makes one folder of that mode, durably; parents must exist unless `parents`, which are for a
// user's own path. False: it was there.
[[nodiscard]] Result<bool> make_folder(const FilePath& path, unsigned mode, bool parents = false);
// Whether a folder of that user's path, with its parents, could be made, or written to where it is
// there already. Makes nothing; a disk may still be full.
[[nodiscard]] Status can_make_folder(const std::string& path);
// Names in a folder, sorted, without . and ..
[[nodiscard]] Result<std::vector<std::string>> list_folder(const FilePath& path);
// Points the symlink at target, replacing an older link atomically. Anything else of that name is
// left alone and an Error, and so is a link that may not be replaced (another user's, in a folder
// like /tmp).
[[nodiscard]] Status replace_link(const FilePath& link, const std::string& target);
// Makes renames and removals in the folder survive a power cut, as far as that can be asked for:
// not in a folder that this user may not read, nor where the file system cannot sync folders.
[[nodiscard]] Status sync_folder(const FilePath& path);

// "runs/a/x" -> "runs/a", "x" -> "."; "runs/a/x" -> "x". Pure text.
[[nodiscard]] std::string folder_of(const std::string& path);
[[nodiscard]] std::string name_of(const std::string& path);

}  // namespace forknet::os
