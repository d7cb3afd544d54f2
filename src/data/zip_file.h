// Reads a zip member by member, stored or deflated. Nothing is unpacked to disk, and members only
// as far as they are read; checksums are verified at the end of a member. Errors are of kind data
// and name file and member. One thread at a time.
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
  // The position is before the first member.
  [[nodiscard]] static Result<ZipFile> open(const std::string& path);
  ZipFile(const ZipFile&) = delete;
  ZipFile& operator=(const ZipFile&) = delete;
  ZipFile(ZipFile&&) noexcept;
  ZipFile& operator=(ZipFile&&) noexcept;
  ~ZipFile();

  // Goes to the next member; false: there is none.
  [[nodiscard]] Result<bool> next();
  // The member's name in the archive, and its size if the archive declares it.
  [[nodiscard]] const std::string& member() const;
  [[nodiscard]] std::optional<std::uint64_t> member_bytes() const;
  // Not a folder, a link or similar.
  [[nodiscard]] bool regular() const;
  // Upper bound of the member's content: its declared size, and 1032 times the file (the maximum of
  // deflate; zlib's technical notes).
  [[nodiscard]] std::uint64_t most_bytes() const;
  // An Error if the member is encrypted, or compressed by an unsupported method.
  [[nodiscard]] Status check_packing() const;
  // The next bytes of the member; fewer than requested only at its end.
  [[nodiscard]] Result<std::size_t> read(std::span<std::byte> bytes);

 private:
  struct State;
  explicit ZipFile(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace forknet::data
