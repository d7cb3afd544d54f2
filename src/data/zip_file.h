// A zip, read member by member, stored or deflated. Nothing is unpacked to the disk, and only as
// far as it is asked for; checksums are verified where a member ends. Errors are of kind data and
// name file and member. One thread at a time.
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace forknet::data {

class ZipFile {
 public:
  // Stands before the first member.
  [[nodiscard]] static Result<ZipFile> open(const std::string& path);
  ZipFile(const ZipFile&) = delete;
  ZipFile& operator=(const ZipFile&) = delete;
  ZipFile(ZipFile&&) noexcept;
  ZipFile& operator=(ZipFile&&) noexcept;
  ~ZipFile();

  // Goes to the next member; false: there is none.
  [[nodiscard]] Result<bool> next();
  // The name as the archive has it, and the size where the archive says it.
  [[nodiscard]] const std::string& member() const;
  [[nodiscard]] std::optional<std::uint64_t> member_bytes() const;
  // Not a folder, a link or the like.
  [[nodiscard]] bool regular() const;
  // No content of the member can be larger: what it says, and 1032 times the file (the most that
  // deflate can do; zlib's technical notes).
  [[nodiscard]] std::uint64_t most_bytes() const;
  // An Error where the member is encrypted, or packed in a way that is not read here.
  [[nodiscard]] Status check_packing() const;
  // The next bytes of the member; fewer than asked for only where it ends.
  [[nodiscard]] Result<std::size_t> read(std::span<std::byte> bytes);

 private:
  struct State;
  explicit ZipFile(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace forknet::data
