// Large memory on huge pages: its address, and whether the kernel gave any.
#include "os/huge_pages.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>

#include "os/reserved_file.h"

namespace forknet::os {
namespace {

constexpr std::size_t kThreeAndMore = 3 * kHugePage + 5000;
constexpr std::size_t kEightAndMore = 8 * kHugePage + 5000;
constexpr int kGather = 25;  // MADV_COLLAPSE

// Of the mapping that begins there, in huge pages.
std::size_t huge_bytes_at(const void* start) {
  std::ifstream smaps("/proc/self/smaps");
  char begin[20];
  std::snprintf(begin, sizeof(begin), "%zx-", reinterpret_cast<std::size_t>(start));
  std::string line;
  while (std::getline(smaps, line) && !line.starts_with(begin)) continue;
  while (std::getline(smaps, line) && !line.starts_with("ShmemPmdMapped:")) continue;
  return smaps ? std::stoul(line.substr(line.find(':') + 1)) * 1024 : 0;
}

// Whether this kernel collapses pages of such memory at all.
bool kernel_can() {
  const Fd fd(::memfd_create("test", MFD_CLOEXEC));
  EXPECT_EQ(::posix_fallocate(fd.get(), 0, kHugePage), 0);
  std::byte* const mapped =
      map_on_huge_pages(kHugePage, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get());
  const bool can = ::madvise(mapped, kHugePage, kGather) == 0 && huge_bytes_at(mapped) > 0;
  ::munmap(mapped, kHugePage);
  return can;
}

TEST(HugePages, large_memory_begins_with_one_and_holds_what_is_written) {
  for (const std::size_t bytes : {kHugePage, kHugePage + 1, kThreeAndMore}) {
    const Fd fd = reserved_memory("test", bytes, {}).value();
    auto one = Mapping::of(fd.duplicate(), Mapping::Access::write).value();
    const auto two = Mapping::of(fd.duplicate(), Mapping::Access::read).value();
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(one.bytes().data()) % kHugePage, 0U);
    ASSERT_EQ(one.bytes().size(), bytes);
    one.writable().back() = std::byte{7};
    EXPECT_EQ(two.bytes().back(), std::byte{7});
    EXPECT_EQ(two.bytes().front(), std::byte{0});
  }
}

TEST(HugePages, reserved_memory_lies_on_them_as_far_as_whole_ones_are_reserved) {
  const bool can = kernel_can();
  const Mapping::Bytes ranges[] = {{4096, kHugePage}, {kHugePage + 4096, kThreeAndMore}};
  auto mapping =
      Mapping::of(reserved_memory("test", kThreeAndMore, ranges).value(), Mapping::Access::write)
          .value();
  for (std::byte& byte : mapping.writable()) ASSERT_EQ(byte, std::byte{0});
  EXPECT_EQ(huge_bytes_at(mapping.bytes().data()), can ? kHugePage : 0);
}

TEST(HugePages, what_was_filled_and_sealed_lies_on_them) {
  const bool can = kernel_can();
  const Mapping mapping = Mapping::sealed("test", kThreeAndMore, [](std::span<std::byte> memory) {
                            memory.back() = std::byte{5};
                            return Status();
                          }).value();
  for (const std::byte byte : mapping.bytes().first(kThreeAndMore - 1))
    ASSERT_EQ(byte, std::byte{0});
  EXPECT_EQ(mapping.bytes().back(), std::byte{5});
  EXPECT_EQ(huge_bytes_at(mapping.bytes().data()), can ? 3 * kHugePage : 0);
}

// Mappings that begin within [start, start + bytes).
std::size_t pieces_within(const std::byte* start, std::size_t bytes) {
  std::ifstream maps("/proc/self/maps");
  const auto first = reinterpret_cast<std::uintptr_t>(start);
  std::size_t pieces = 0;
  for (std::string line; std::getline(maps, line);) {
    const std::uintptr_t begin = std::stoull(line, nullptr, 16);
    pieces += begin >= first && begin < first + bytes ? 1 : 0;
  }
  return pieces;
}

TEST(HugePages, memory_of_which_pieces_are_written_is_read_in_one) {
  const bool can = kernel_can();
  const Mapping::Bytes all = {0, kEightAndMore};
  auto mapping =
      Mapping::of(reserved_memory("test", kEightAndMore, {&all, 1}).value(), Mapping::Access::write)
          .value();
  const std::byte* const read = mapping.bytes().data();
  const Mapping::Bytes own[] = {{4096, 8192}, {kHugePage, 2 * kHugePage}};
  ASSERT_TRUE(mapping.write_only(own).ok());
  EXPECT_EQ(mapping.bytes().data(), read);
  std::byte* const written = mapping.writable().data();
  EXPECT_NE(written, read);
  EXPECT_EQ(pieces_within(read, kEightAndMore), 1U);
  EXPECT_GT(pieces_within(written, kEightAndMore), 1U);
  written[5000] = written[kHugePage] = std::byte{4};
  EXPECT_EQ(read[5000], std::byte{4});
  EXPECT_EQ(read[kHugePage], std::byte{4});
  for (std::size_t at = 0; at < kEightAndMore; at += 4096) EXPECT_LE(read[at], std::byte{4});
  EXPECT_EQ(huge_bytes_at(read), can ? 8 * kHugePage : 0);
  EXPECT_EQ(huge_bytes_at(written + kHugePage), can ? kHugePage : 0) << "an own one that is whole";
}

TEST(HugePages, an_address_that_cannot_be_mapped_is_none_with_its_errno) {
  errno = 0;
  EXPECT_EQ(map_on_huge_pages(kHugePage, PROT_READ, MAP_SHARED, -1), nullptr);
  EXPECT_EQ(errno, EBADF);
}

}  // namespace
}  // namespace forknet::os
