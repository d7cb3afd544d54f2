// Files: whole reads, and durable writes. EINTR and short transfers are handled here and nowhere
// else. Errors name call, path and errno text ("open data/x.gz: No such file or directory").
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <forknet/result.h>

#include "os/fd.h"

namespace forknet::os {

// The whole of a regular file of at most `limit` bytes (an Error of `kind` when larger).
[[nodiscard]] Result<std::string> read_file(const std::string& path, std::size_t limit,
                                            ErrorKind kind = ErrorKind::internal);

// Opens for reading / appends: close-on-exec always.
[[nodiscard]] Result<Fd> open_read(const std::string& path, ErrorKind kind = ErrorKind::internal);
[[nodiscard]] Result<Fd> open_append(const std::string& path);

// Up to bytes.size() bytes; fewer only at the end of the file.
[[nodiscard]] Result<std::size_t> read_some(const Fd& fd, std::span<std::byte> bytes);
// All of them, however many calls it takes.
[[nodiscard]] Status write_all(const Fd& fd, std::span<const std::byte> bytes);
[[nodiscard]] Status write_all(const Fd& fd, std::string_view text);

// Written beside its target (".NAME.tmp-PID"), synced, renamed over the target, folder synced: after
// commit() the new content survives a power cut; before it, whatever dies, the old content is whole.
// Not committed: the destructor removes the temporary file.
class DurableFile {
 public:
  [[nodiscard]] static Result<DurableFile> create(const std::string& path, unsigned mode = 0600);
  DurableFile(DurableFile&&) noexcept;
  DurableFile& operator=(DurableFile&&) noexcept;
  ~DurableFile();
  [[nodiscard]] Status write(std::span<const std::byte> bytes);
  [[nodiscard]] Status write(std::string_view text);
  [[nodiscard]] Status commit();

 private:
  DurableFile() = default;
  Fd fd_;
  std::string target_;
  std::string temporary_;
};

// One call: content to path, durably.
[[nodiscard]] Status write_durably(const std::string& path, std::string_view content,
                                   unsigned mode = 0600);

// Cuts a file to `bytes` and syncs it.
[[nodiscard]] Status truncate_file(const std::string& path, std::uint64_t bytes);
[[nodiscard]] bool exists(const std::string& path);
// Removes one file; absent is fine.
[[nodiscard]] Status remove_file(const std::string& path);
// Makes one folder of that mode; parents must exist unless `parents`. False: it was there already.
[[nodiscard]] Result<bool> make_folder(const std::string& path, unsigned mode, bool parents = false);
// Names in a folder, sorted, without . and ..
[[nodiscard]] Result<std::vector<std::string>> list_folder(const std::string& path);
// Points the symlink at target, replacing an older link atomically.
[[nodiscard]] Status replace_link(const std::string& link, const std::string& target);
[[nodiscard]] Status sync_folder(const std::string& path);

}  // namespace forknet::os
