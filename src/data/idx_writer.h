// Writes one gzipped IDX file of unsigned bytes, durably: nothing under the target's name changes
// before commit(). The same content gives the same bytes (no name, no time in the gzip header).
//
//   IDX    = 0 0 0x08 rank(1 byte) size(4 bytes, big-endian){rank} byte{product of sizes}
//
// Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits" (file format).
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "os/durable_file.h"

namespace forknet::data {

class IdxWriter {
 public:
  // sizes: (images, rows, columns), (labels), ...; one to 255 of them.
  [[nodiscard]] static Result<IdxWriter> create(const std::string& path,
                                                std::span<const std::uint32_t> sizes);
  IdxWriter(IdxWriter&&) noexcept;
  IdxWriter& operator=(IdxWriter&&) noexcept;
  IdxWriter(const IdxWriter&) = delete;
  IdxWriter& operator=(const IdxWriter&) = delete;
  ~IdxWriter();

  // Appends the next bytes, in order; in total at most what the sizes declare.
  [[nodiscard]] Status append(std::span<const std::uint8_t> bytes);
  // Ends the compressed data; all declared bytes must have been appended.
  [[nodiscard]] Status finish();
  // After finish(): moves the file to its name.
  [[nodiscard]] Status commit();

 private:
  struct Deflate;
  IdxWriter(os::DurableFile file, std::unique_ptr<Deflate> deflate, std::size_t left);
  [[nodiscard]] Status compress(std::span<const std::uint8_t> bytes, bool last);

  os::DurableFile file_;
  std::unique_ptr<Deflate> deflate_;
  std::size_t left_;  // declared bytes not yet appended
};

}  // namespace forknet::data
