// Owns one mapped range of memory and unmaps it. Move-only. Three kinds:
//   anonymous: private memory of this process, zeroed, on huge pages where large;
//   sealed:    a memfd that was filled once and can never change again, by anybody; its descriptor
//              can be handed to other processes, which map the same pages;
//   file:      an existing file, read-only.
// Sizes are bytes. Every failure is an Error that names the call and the errno text.
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <functional>
#include <span>
#include <string>

#include "os/fd.h"

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
  // them once, then seals them: the mapping that is returned is read-only for everybody.
  [[nodiscard]] static Result<Mapping> sealed(
      const std::string& name, std::size_t bytes,
      const std::function<Status(std::span<std::byte>)>& fill);
  // The whole of a regular file, read-only. An empty file gives an empty mapping. Nobody may cut
  // the file shorter while it is mapped (forknet replaces files by rename, never in place).
  [[nodiscard]] static Result<Mapping> file(const std::string& path,
                                            ErrorKind kind = ErrorKind::internal);

  [[nodiscard]] std::span<const std::byte> bytes() const { return {data_, size_}; }
  // Only for anonymous mappings; a check fails for the others.
  [[nodiscard]] std::span<std::byte> writable();
  // The memfd of a sealed mapping.
  [[nodiscard]] const Fd& fd() const { return fd_; }

 private:
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  bool writable_ = false;
  Fd fd_;
};

}  // namespace forknet::os
