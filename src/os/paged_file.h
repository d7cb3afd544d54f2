// Files on disk that are larger than memory, written and read through mappings: the kernel writes
// dirty pages to disk and drops clean ones when memory is short, which bounds the memory they take.
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "os/fd.h"
#include "os/mapping.h"

namespace forknet::os {

// Gives an empty file `bytes` (at least 1) zeroed bytes, reserved now (a full disk is an error
// here, never a SIGBUS later), and lets `fill` write them once. `name` is for the error.
[[nodiscard]] Status fill_file(const Fd& fd, const std::string& name, std::size_t bytes,
                               const std::function<Status(std::span<std::byte>)>& fill);

// Within `fill`: these bytes go to the disk now, and the call waits for that. An Error: the disk
// did not take them. Where the file system has no such call nothing happens.
[[nodiscard]] Status write_file_out(const Fd& fd, const std::string& name, std::uint64_t begin,
                                    std::uint64_t end);

// The same open file for reading alone, whatever becomes of its name.
[[nodiscard]] Result<Fd> open_again(const Fd& fd, const std::string& name);

// A hint for a paged mapping (os/mapping.h): rows far apart will be read, so read no page that was
// not requested.
void expect_far_apart(const Mapping& mapping);
// A hint: these bytes will be read soon. The disk starts reading; the call does not wait.
void fetch_ahead(const Mapping& mapping, const Mapping::Bytes& range);

}  // namespace forknet::os
