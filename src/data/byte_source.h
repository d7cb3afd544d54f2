// The content of a file, plain or gzip, as a stream of bytes. Gzip is recognised by its first two
// bytes, not by the name; concatenated members are one content (RFC 1952, 2.2). Content is expanded
// only as it is read, so a file that expands to more than its reader expects costs nothing. Every
// member's checksum is verified at its end. Errors are of kind data and name the file. One thread
// at a time.
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace forknet::data {

class ByteSource {
 public:
  // Opens a regular file; refuses folders, devices and pipes.
  [[nodiscard]] static Result<ByteSource> open(const std::string& path);
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;
  ByteSource(ByteSource&&) noexcept;
  ByteSource& operator=(ByteSource&&) noexcept;
  ~ByteSource();

  // The next bytes of the content; fewer than requested only at its end. Error: a gzip file that is
  // truncated, damaged or followed by other bytes.
  [[nodiscard]] Result<std::size_t> read(std::span<std::byte> bytes);
  // Whether the content ends here. Otherwise reads one byte ahead.
  [[nodiscard]] Result<bool> at_end();

  [[nodiscard]] const std::string& path() const;
  [[nodiscard]] bool compressed() const;
  [[nodiscard]] std::uint64_t file_bytes() const;
  // Upper bound of the content's size: the file's size if plain, 1032 times that if compressed (the
  // maximum of deflate; zlib's technical notes).
  [[nodiscard]] std::uint64_t most_bytes() const;

 private:
  struct State;
  explicit ByteSource(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace forknet::data
