#include "os/mapping.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>

#include "os/temporary_folder.h"

namespace forknet::os {
namespace {

Status fill_with_7(std::span<std::byte> bytes) {
  std::fill(bytes.begin(), bytes.end(), std::byte{7});
  return {};
}

TEST(AnonymousMapping, is_zeroed_writable_and_page_aligned) {
  for (const std::size_t bytes : {1UL, 4096UL, 5'000'001UL}) {
    auto mapping = Mapping::anonymous(bytes);
    ASSERT_TRUE(mapping.ok());
    ASSERT_EQ(mapping->bytes().size(), bytes);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(mapping->bytes().data()) % 4096, 0U);
    EXPECT_EQ(mapping->bytes().back(), std::byte{0});
    mapping->writable().back() = std::byte{1};
    EXPECT_EQ(mapping->bytes().back(), std::byte{1});
  }
}

TEST(AnonymousMapping, large_ones_start_on_a_huge_page) {
  auto mapping = Mapping::anonymous(std::size_t{4} << 20);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(mapping->bytes().data()) % (2 << 20), 0U);
}

TEST(AnonymousMapping, none_at_all_is_empty) {
  auto mapping = Mapping::anonymous(0);
  EXPECT_TRUE(mapping->writable().empty());
}

TEST(AnonymousMapping, more_than_there_is_gives_an_error_with_the_size) {
  for (const std::size_t bytes : {std::size_t{1} << 60, SIZE_MAX, SIZE_MAX / 2}) {
    const auto mapping = Mapping::anonymous(bytes);
    ASSERT_FALSE(mapping.ok());
    EXPECT_NE(mapping.error().message.find(std::to_string(bytes)), std::string::npos);
  }
}

// A writable mapping of the memory of that name, as nothing but a test makes one.
void* map_again(const std::string& name) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    const std::string target = std::filesystem::read_symlink(entry, gone).string();
    if (target.find(name) == std::string::npos) continue;
    const int fd = std::stoi(entry.path().filename().string());
    return ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  }
  return MAP_FAILED;
}

TEST(SealedMapping, whose_pages_the_kernel_holds_is_readable_only) {
  void* held = MAP_FAILED;
  const auto mapping = Mapping::sealed("held-pages", 10'000, [&](std::span<std::byte> bytes) {
    held = map_again("held-pages");
    return fill_with_7(bytes);
  });
  ASSERT_NE(held, MAP_FAILED);
  ASSERT_TRUE(mapping.ok()) << mapping.error().message;
  EXPECT_EQ(mapping->bytes().back(), std::byte{7});
  EXPECT_EQ(::write(mapping->fd().get(), "x", 1), -1);
  EXPECT_EQ(::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, mapping->fd().get(), 0),
            MAP_FAILED);
  ::munmap(held, 4096);
}

TEST(SealedMapping, can_never_change_again) {
  const auto mapping = Mapping::sealed("test", 10'000, fill_with_7);
  ASSERT_TRUE(mapping.ok());
  ASSERT_EQ(mapping->bytes().size(), 10'000U);
  EXPECT_EQ(mapping->bytes().back(), std::byte{7});
  const int fd = mapping->fd().get();
  EXPECT_EQ(::write(fd, "x", 1), -1);
  EXPECT_EQ(::ftruncate(fd, 5), -1);
  EXPECT_EQ(::ftruncate(fd, 50'000), -1);
  EXPECT_EQ(::mmap(nullptr, 10'000, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), MAP_FAILED);
  EXPECT_EQ(::fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

TEST(SealedMapping, shows_the_same_pages_to_whoever_has_its_descriptor) {
  const auto mapping = Mapping::sealed("test", 100, fill_with_7);
  void* again = ::mmap(nullptr, 100, PROT_READ, MAP_SHARED, mapping->fd().get(), 0);
  ASSERT_NE(again, MAP_FAILED);
  EXPECT_EQ(std::memcmp(again, mapping->bytes().data(), 100), 0);
  ::munmap(again, 100);
}

TEST(SealedMapping, gives_the_error_of_its_filler) {
  const auto mapping = Mapping::sealed("test", 100, [](std::span<std::byte>) {
    return Status(Error{ErrorKind::data, "no"});
  });
  ASSERT_FALSE(mapping.ok());
  EXPECT_EQ(mapping.error().message, "no");
}

TEST(SealedMapping, may_be_empty) {
  const auto mapping = Mapping::sealed("test", 0, fill_with_7);
  ASSERT_TRUE(mapping.ok());
  EXPECT_TRUE(mapping->bytes().empty());
  EXPECT_TRUE(mapping->fd().open());
}

TEST(SealedMapping, more_than_there_is_gives_an_error_with_the_sizes) {
  const auto mapping = Mapping::sealed("images", std::size_t{1} << 55, fill_with_7);
  ASSERT_FALSE(mapping.ok());
  EXPECT_NE(mapping.error().message.find("images: 36028797018963968 bytes of memory are needed"),
            std::string::npos);
}

TEST(FileMapping, shows_the_file) {
  const TemporaryFolder folder;
  put_file(folder / "x", "12345");
  const auto mapping = Mapping::file(folder / "x");
  ASSERT_TRUE(mapping.ok());
  EXPECT_EQ(std::memcmp(mapping->bytes().data(), "12345", 5), 0);
  EXPECT_EQ(mapping->bytes().size(), 5U);
}

TEST(FileMapping, an_empty_file_is_an_empty_mapping) {
  const TemporaryFolder folder;
  put_file(folder / "x", "");
  EXPECT_TRUE(Mapping::file(folder / "x")->bytes().empty());
}

TEST(FileMapping, what_is_no_file_is_refused) {
  const TemporaryFolder folder;
  EXPECT_EQ(Mapping::file(folder / "none", ErrorKind::data).error().kind, ErrorKind::data);
  EXPECT_FALSE(Mapping::file(folder.path()).ok());
}

TEST(Mapping, moving_leaves_the_source_empty) {
  auto first = Mapping::sealed("test", 100, fill_with_7);
  Mapping second = std::move(*first);
  Mapping third;
  third = std::move(second);
  EXPECT_EQ(third.bytes().size(), 100U);
  EXPECT_TRUE(third.fd().open());
  EXPECT_TRUE(second.bytes().empty());  // NOLINT(bugprone-use-after-move): the promise
}

TEST(MappingDeathTest, a_sealed_mapping_hands_out_no_writable_view) {
  auto mapping = Mapping::sealed("test", 100, fill_with_7);
  EXPECT_DEATH((void)mapping->writable(), "writable_");
}

TEST(SharedMapping, can_be_seen_in_part) {
  auto whole = Mapping::shared("whole", 3 * 4096);
  ASSERT_TRUE(whole.ok());
  for (const auto& [most, seen] :
       {std::pair<std::size_t, std::size_t>{4096, 4096}, {100'000, 3 * 4096}}) {
    const auto part = Mapping::of(whole->fd().duplicate(), Mapping::Access::write, most);
    ASSERT_TRUE(part.ok());
    ASSERT_EQ(part->bytes().size(), seen);
    whole->writable()[4095] = std::byte{static_cast<unsigned char>(seen / 4096)};
    EXPECT_EQ(part->bytes()[4095], whole->bytes()[4095]);
  }
}

}  // namespace
}  // namespace forknet::os
