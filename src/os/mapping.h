// Owns one mapped range of memory and unmaps it. Move-only. Five kinds:
//   anonymous: private memory of this process, zeroed, on huge pages where large;
//   sealed:    a memfd that was filled once and never changes again; its descriptor can be passed
//   to
//              other processes, which map the same pages;
//   shared:    a memfd that several processes map and write;
//   file:      an existing file, read-only;
//   paged:     the same by its descriptor, for one larger than memory.
// Sizes are bytes. Every failure is an Error that names the call and the errno text.
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "os/fd.h"
#include "os/file_path.h"

namespace forknet::os {

class Mapping {
 public:
  Mapping() = default;
  Mapping(Mapping&& other) noexcept;
  Mapping& operator=(Mapping&& other) noexcept;
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping();

  // Zeroed private memory, page-aligned.
  [[nodiscard]] static Result<Mapping> anonymous(std::size_t bytes);
  // Reserves `bytes` (a lack of memory is an error here, never a SIGBUS later), lets `fill` write
  // them once, then seals them: the returned mapping is read-only for all processes.
  [[nodiscard]] static Result<Mapping> sealed(
      const std::string& name, std::size_t bytes,
      const std::function<Status(std::span<std::byte>)>& fill);
  // The same if the source's memory is freed meanwhile: nothing is reserved at first, and `fill`
  // requests the bytes [begin, end) before it writes them. Each byte is requested once.
  struct Bytes {
    std::size_t begin = 0;
    std::size_t end = 0;
  };
  using Reserve = std::function<Status(const Bytes&)>;
  [[nodiscard]] static Result<Mapping> sealed_in_steps(
      const std::string& name, std::size_t bytes,
      const std::function<Status(std::span<std::byte>, const Reserve&)>& fill);
  // Reserves `bytes` zeroed bytes that other processes can map by the descriptor.
  [[nodiscard]] static Result<Mapping> shared(const std::string& name, std::size_t bytes);
  // Another process's sealed or shared mapping: its first `most` bytes, or all of it.
  enum class Access { read, write };
  [[nodiscard]] static Result<Mapping> of(Fd fd, Access access, std::size_t most = SIZE_MAX);
  // The whole of a regular file, read-only. An empty file gives an empty mapping. The file must not
  // be truncated while it is mapped (forknet replaces files by rename, never in place).
  [[nodiscard]] static Result<Mapping> file(const FilePath& path,
                                            ErrorKind kind = ErrorKind::internal);

  // The whole of an open regular file, read-only; keeps its descriptor. Pages are loaded when they
  // are read and dropped when memory is short (hints: os/paged_file.h). The file must not be
  // truncated. `name` is for the error.
  [[nodiscard]] static Result<Mapping> paged(Fd fd, const std::string& name);

  [[nodiscard]] std::span<const std::byte> bytes() const { return {data_, size_}; }
  // For anonymous and shared mappings only; a check fails for the others.
  [[nodiscard]] std::span<std::byte> writable();
  // From now on this process can write only the pages that hold bytes [begin, end) of one of the
  // ranges, and only at the addresses that writable() then gives: a write anywhere else ends the
  // process. Of large memory these are other addresses than those of bytes(), which stay one piece,
  // so that the kernel maps it by huge pages whatever the ranges are; that takes the descriptor.
  // Of a shared mapping.
  [[nodiscard]] Status write_only(std::span<const Bytes> ranges);
  // Keeps the memory mapped and closes the descriptor: this process cannot pass it on any more.
  void forget_fd() { fd_.close(); }
  // The memfd of a sealed or shared mapping, the file of a paged one.
  [[nodiscard]] const Fd& fd() const { return fd_; }

 private:
  [[nodiscard]] static Result<Mapping> sealed_over(
      const std::string& name, std::size_t bytes, std::span<const Bytes> reserved,
      const std::function<Status(std::span<std::byte>, const Reserve&)>& fill);

  void unmap();
  [[nodiscard]] std::byte* written() const { return second_ != nullptr ? second_ : data_; }

  std::byte* data_ = nullptr;
  std::byte* second_ = nullptr;  // the same memory where write_only() lets it be written, or null
  std::size_t size_ = 0;
  bool writable_ = false;
  Fd fd_;
};

}  // namespace forknet::os
