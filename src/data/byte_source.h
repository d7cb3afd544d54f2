// The content of a file as a stream of bytes, whether the file is plain or gzip. Gzip is recognised
// by its first two bytes, never by the name; concatenated members are one content (RFC 1952, 2.2).
// Content is expanded only as far as it is asked for, so a file that would expand to more than its
// reader expects costs nothing. Every member's checksum is verified when its end is reached.
// Errors are of kind data and name the file. One thread at a time.
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
  // A regular file; anything else (a folder, a device, a pipe) is refused.
  [[nodiscard]] static Result<ByteSource> open(const std::string& path);
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;
  ByteSource(ByteSource&&) noexcept;
  ByteSource& operator=(ByteSource&&) noexcept;
  ~ByteSource();

  // The next bytes of the content; fewer than asked for only where the content ends. A gzip file
  // that is cut short, damaged or followed by something else is an Error.
  [[nodiscard]] Result<std::size_t> read(std::span<std::byte> bytes);
  // Whether the content ends here. Reads one byte further when it does not.
  [[nodiscard]] Result<bool> at_end();

  [[nodiscard]] const std::string& path() const;
  [[nodiscard]] bool compressed() const;
  [[nodiscard]] std::uint64_t file_bytes() const;
  // No content of this file can be larger: the file's size when plain, 1032 times that when
  // compressed (the most that deflate can do; zlib's technical notes).
  [[nodiscard]] std::uint64_t most_bytes() const;

 private:
  struct State;
  explicit ByteSource(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace forknet::data
