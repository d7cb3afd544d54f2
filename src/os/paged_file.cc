#include "os/paged_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/check.h"
#include "base/try.h"
#include "os/failpoint.h"
#include "os/reserved_file.h"
#include "os/system_error.h"

namespace forknet::os {
namespace {

std::size_t page_bytes() {
  static const auto kBytes = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return kBytes;
}

// For madvise(), which takes no const pointer.
void* address_in(const Mapping& mapping, std::size_t at) {
  return const_cast<std::byte*>(mapping.bytes().data()) + at;
}

}  // namespace

Status fill_file(const Fd& fd, const std::string& name, std::size_t bytes,
                 const std::function<Status(std::span<std::byte>)>& fill) {
  FORKNET_CHECK(fd.open() && bytes > 0);
  FORKNET_TRY(reserve_file(fd, name, bytes));
  void* const memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (memory == MAP_FAILED) return system_error("mmap", name);
  Status filled = fill({static_cast<std::byte*>(memory), bytes});
  ::munmap(memory, bytes);
  return filled;
}

Status write_file_out(const Fd& fd, const std::string& name, std::uint64_t begin,
                      std::uint64_t end) {
  constexpr unsigned kNowAndWait =
      SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
  if (begin == end) return {};  // a length of 0 would be all of the file
  const int done = retry_interrupted([&] {
    return FORKNET_OR_FAIL("cache/write-out",
                           ::sync_file_range(fd.get(), static_cast<off64_t>(begin),
                                             static_cast<off64_t>(end - begin), kNowAndWait));
  });
  if (done == 0) return {};
  // The kernel tells an error of the disk once: a sync that follows would not hear of it.
  const int error = errno;
  const bool lost = error == EIO || error == ENOSPC || error == EDQUOT;
  return lost ? Status(system_error("sync_file_range", name, error)) : Status();
}

Result<Fd> open_again(const Fd& fd, const std::string& name) {
  const std::string path = "/proc/self/fd/" + std::to_string(fd.get());
  Fd again(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!again.open()) return system_error("open", name);
  return again;
}

void expect_far_apart(const Mapping& mapping) {
  if (mapping.bytes().empty()) return;
  ::madvise(address_in(mapping, 0), mapping.bytes().size(), MADV_RANDOM);
}

void fetch_ahead(const Mapping& mapping, const Mapping::Bytes& range) {
  const std::size_t begin = range.begin / page_bytes() * page_bytes();
  FORKNET_CHECK(begin <= range.end && range.end <= mapping.bytes().size());
  if (begin == range.end) return;
  ::madvise(address_in(mapping, begin), range.end - begin, MADV_WILLNEED);
}

}  // namespace forknet::os
