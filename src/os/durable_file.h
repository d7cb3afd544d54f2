// Durable writes. A file is written beside its target (".NAME.tmp-PID-N"), synced and renamed over
// the target; then the folder is synced. After commit() the new content survives a power cut. If
// anything fails before, the old content is whole and the temporary file is removed, unless the
// process itself dies: remove_stray_temporaries() removes what that leaves. A living writer holds a
// lock on its temporary file, which tells strays from work in progress whatever the process ids.
// Not for use by two threads at once.
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "os/fd.h"
#include "os/file_path.h"

namespace forknet::os {

class DurableFile {
 public:
  // A symlink to a file stays, and the file behind it is replaced; in a private folder
  // (os/file_path.h) the link is replaced. A target that is a folder, a pipe or a device is
  // refused.
  [[nodiscard]] static Result<DurableFile> create(const FilePath& path, unsigned mode = 0600);
  DurableFile(DurableFile&& other) noexcept;
  DurableFile& operator=(DurableFile&& other) noexcept;
  DurableFile(const DurableFile&) = delete;
  DurableFile& operator=(const DurableFile&) = delete;
  // Not committed: removes the temporary file.
  ~DurableFile();

  // After a failed write only destruction is allowed; commit() fails.
  [[nodiscard]] Status write(std::span<const std::byte> bytes);
  [[nodiscard]] Status write(std::string_view text);
  // Replaces bytes already written, such as a field that is known only at the end.
  [[nodiscard]] Status write_at(std::uint64_t offset, std::string_view text);
  // Instead of write(), once: reserves `bytes` (at least 1) zeroed bytes and lets `fill` write them
  // through a mapping (os/paged_file.h). After an error only destruction is allowed.
  [[nodiscard]] Status fill(std::size_t bytes,
                            const std::function<Status(std::span<std::byte>)>& fill);
  // Within fill(): these bytes go to the disk now, and the call waits for that, so that commit()
  // has less to wait for.
  [[nodiscard]] Status write_out(std::uint64_t begin, std::uint64_t end);
  // To read what is written here, whatever becomes of its name later.
  [[nodiscard]] Result<Fd> reader() const;
  // Call once. A failure leaves the old content and no temporary file. Exception: if only the last
  // step fails, the sync of the folder, the new content is in place, whole.
  [[nodiscard]] Status commit();

 private:
  DurableFile() = default;
  void discard() noexcept;

  Fd fd_;
  Fd folder_;              // in which the file is made, renamed and synced
  std::string target_;     // its path, for messages
  std::string name_;       // the target's name in the folder
  std::string temporary_;  // the temporary file's; empty: nothing to remove
  bool failed_ = false;
};

// Writes content to path durably, in one call.
[[nodiscard]] Status write_durably(const FilePath& path, std::string_view content,
                                   unsigned mode = 0600);

// Removes the temporary files that dead writers left in this folder and returns their number. Files
// of living writers stay.
[[nodiscard]] Result<int> remove_stray_temporaries(const FilePath& folder);

}  // namespace forknet::os
