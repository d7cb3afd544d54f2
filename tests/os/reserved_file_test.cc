// Files reserved when they are made, and the processes that hold them.
#include "os/reserved_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

#include "os/file.h"
#include "os/forked_child.h"
#include "os/memory.h"
#include "os/temporary_folder.h"

namespace forknet::os {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kBytes = 64 * kPage;
// 1 page, none, and 2 pages by a range that begins in the middle of one.
constexpr std::array<Mapping::Bytes, 3> kRanges = {
    {{0, 1}, {5 * kPage, 5 * kPage}, {10 * kPage + 5, 12 * kPage}}};
constexpr std::size_t kRangesBytes = 3 * kPage;

struct stat status_of(const Fd& fd) {
  struct stat status = {};
  EXPECT_EQ(::fstat(fd.get(), &status), 0);
  return status;
}
std::size_t taken_bytes(const Fd& fd) {
  return static_cast<std::size_t>(status_of(fd).st_blocks) * 512;
}
Result<Fd> create_whole(const std::string& path, std::size_t bytes) {
  const Mapping::Bytes all = {0, bytes};
  return create_reserved(path, bytes, {&all, 1});
}

TEST(ReservedFile, a_new_one_is_zeroed_private_and_closes_on_exec) {
  const TemporaryFolder folder;
  const mode_t former = ::umask(0);
  const auto fd = create_whole(folder / "x", kBytes);
  ::umask(former);
  ASSERT_TRUE(fd.ok()) << fd.error().message;
  EXPECT_EQ(status_of(*fd).st_mode, static_cast<mode_t>(S_IFREG | 0600));
  EXPECT_EQ(::fcntl(fd->get(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
  EXPECT_EQ(get_file(folder / "x"), std::string(kBytes, '\0'));
  EXPECT_GE(taken_bytes(*fd), kBytes);
}

TEST(ReservedFile, only_its_ranges_take_room) {
  const TemporaryFolder folder;
  const auto fd = create_reserved(folder / "x", kBytes, kRanges);
  ASSERT_TRUE(fd.ok()) << fd.error().message;
  EXPECT_EQ(status_of(*fd).st_size, static_cast<off_t>(kBytes));
  EXPECT_GE(taken_bytes(*fd), kRangesBytes);
  EXPECT_LT(taken_bytes(*fd), kBytes / 4);
  EXPECT_EQ(taken_bytes(create_reserved(folder / "y", kBytes, {}).value()), 0U);
}

TEST(ReservedFile, what_has_the_name_already_is_left_alone) {
  const TemporaryFolder folder;
  put_file(folder / "file", "kept");
  ASSERT_EQ(::symlink("file", (folder / "link").c_str()), 0);
  ASSERT_EQ(::symlink("nothing", (folder / "dangling").c_str()), 0);
  ASSERT_TRUE(make_folder(folder / "folder", 0700).ok());
  for (const char* name : {"file", "link", "dangling", "folder"}) {
    const auto refused = create_whole(folder / name, kBytes);
    ASSERT_FALSE(refused.ok()) << name;
    EXPECT_EQ(refused.error().message, "open " + folder / name + ": File exists");
  }
  EXPECT_EQ(get_file(folder / "file"), "kept");
  EXPECT_EQ(folder.entries(), 4);
  EXPECT_FALSE(create_whole(folder / "no/x", kBytes).ok());
}

// 0: refused for that reason. No file of the process may grow past 64 KiB.
int refused_at_64_kib(const std::string& path, std::size_t bytes, std::size_t range_end,
                      const std::string& reason) {
  const rlimit limit = {.rlim_cur = 1 << 16, .rlim_max = 1 << 16};
  ::signal(SIGXFSZ, SIG_IGN);
  if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 1;
  const Mapping::Bytes range = {0, range_end};
  const auto refused = create_reserved(path, bytes, {&range, 1});
  return !refused.ok() && refused.error().message.starts_with(reason) ? 0 : 2;
}

TEST(ReservedFile, one_for_which_there_is_no_room_leaves_nothing_behind) {
  const TemporaryFolder folder;
  const std::string path = folder / "x";
  const std::string too_large = " " + path + ": File too large";
  ForkedChild longer([&] { return refused_at_64_kib(path, 1 << 20, 1, "ftruncate" + too_large); });
  EXPECT_EQ(longer.wait(), 0);
  ForkedChild fuller(
      [&] { return refused_at_64_kib(path, kPage, 1 << 20, "fallocate" + too_large); });
  EXPECT_EQ(fuller.wait(), 0);
  EXPECT_EQ(folder.entries(), 0);
}

TEST(ReservedFile, more_memory_than_there_is_is_an_error_with_the_size) {
  if (memory_folder().empty()) GTEST_SKIP() << "no /dev/shm";
  const std::string path = memory_folder() + "/forknet-test-" + std::to_string(::getpid());
  const auto refused = create_whole(path, std::size_t{1} << 50);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find("1125899906842624 bytes of memory are needed"),
            std::string::npos);
  EXPECT_FALSE(exists(path));
}

TEST(ReservedFile, is_opened_again_to_read_and_write) {
  const TemporaryFolder folder;
  auto made = create_whole(folder / "x", kBytes);
  auto again = open_reserved(folder / "x");
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(::fcntl(again->get(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
  auto one = Mapping::of(std::move(*made), Mapping::Access::write);
  auto two = Mapping::of(std::move(*again), Mapping::Access::write);
  one->writable()[kPage] = std::byte{7};
  EXPECT_EQ(two->bytes()[kPage], std::byte{7});
}

TEST(ReservedFile, what_is_no_private_file_is_not_opened) {
  const TemporaryFolder folder;
  ASSERT_TRUE(create_whole(folder / "private", kPage).ok());
  ASSERT_EQ(::symlink("private", (folder / "link").c_str()), 0);
  ASSERT_TRUE(make_folder(folder / "folder", 0700).ok());
  ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0600), 0);
  for (const mode_t mode : {0644U, 0640U, 0602U, 0601U}) {
    const std::string path = folder / ("mode-" + std::to_string(mode));
    put_file(path, "x");
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
    EXPECT_FALSE(open_reserved(path).ok()) << mode;
  }
  for (const char* name : {"link", "folder", "fifo", "missing"}) {
    const auto refused = open_reserved(folder / name);
    ASSERT_FALSE(refused.ok()) << name;
    EXPECT_EQ(refused.error().kind, ErrorKind::data);
  }
  if (::geteuid() != 0) return;
  ASSERT_EQ(::chown((folder / "private").c_str(), 1, 1), 0);
  EXPECT_EQ(open_reserved(folder / "private").error().message,
            folder / "private" + ": is not this user's own private file");
}

TEST(ReservedMemory, nobody_can_change_its_size) {
  const Mapping::Bytes all = {0, kBytes};
  auto fd = reserved_memory("test", kBytes, {&all, 1});
  ASSERT_TRUE(fd.ok()) << fd.error().message;
  EXPECT_EQ(::ftruncate(fd->get(), 0), -1);
  EXPECT_EQ(::ftruncate(fd->get(), kBytes - kPage), -1);
  EXPECT_EQ(::ftruncate(fd->get(), 2 * kBytes), -1);
  EXPECT_EQ(::fcntl(fd->get(), F_ADD_SEALS, F_SEAL_WRITE), -1);
  EXPECT_EQ(::fcntl(fd->get(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
  auto mapping = Mapping::of(std::move(*fd), Mapping::Access::write);
  mapping->writable().back() = std::byte{1};
  EXPECT_EQ(mapping->bytes().front(), std::byte{0});
}

TEST(ReservedMemory, only_its_ranges_take_room_and_more_than_there_is_is_an_error) {
  EXPECT_EQ(taken_bytes(reserved_memory("test", kBytes, kRanges).value()), kRangesBytes);
  const Mapping::Bytes all = {0, std::size_t{1} << 50};
  const auto refused = reserved_memory("weights", all.end, {&all, 1});
  ASSERT_FALSE(refused.ok());
  EXPECT_TRUE(refused.error().message.starts_with("weights: 1125899906842624 bytes"));
}

class Held : public ::testing::Test {
 protected:
  [[nodiscard]] Fd again() const { return open_reserved(path_).value(); }
  [[nodiscard]] bool free() const { return hold_alone(again()); }

  const TemporaryFolder folder_;
  const std::string path_ = folder_ / "x";
  Fd made_ = create_whole(path_, kPage).value();
};

TEST_F(Held, nobody_is_alone_while_others_have_a_share) {
  EXPECT_TRUE(free());
  Fd other = again();
  ASSERT_TRUE(hold_share(made_, path_).ok());
  ASSERT_TRUE(hold_share(other, path_).ok());
  EXPECT_FALSE(free());
  made_.close();
  EXPECT_FALSE(free());
  other.close();
  EXPECT_TRUE(free());
}

TEST_F(Held, who_is_alone_stays_so_while_the_descriptor_is_open) {
  Fd alone = again();
  ASSERT_TRUE(hold_alone(alone));
  EXPECT_FALSE(free());
  alone.close();
  EXPECT_TRUE(free());
}

TEST_F(Held, a_share_ends_with_the_last_process_that_has_a_copy) {
  ASSERT_TRUE(hold_share(made_, path_).ok());
  ForkedChild child(stay);
  made_.close();
  EXPECT_FALSE(free());
  ::kill(child.pid(), SIGKILL);
  EXPECT_EQ(child.wait(), -SIGKILL);
  EXPECT_TRUE(free());
}

TEST_F(Held, a_share_ends_with_the_last_copy_of_its_descriptor) {
  ASSERT_TRUE(hold_share(made_, path_).ok());
  Fd copy = made_.duplicate();
  made_.close();
  EXPECT_FALSE(free());
  copy.close();
  EXPECT_TRUE(free());
}

TEST(Machine, has_a_folder_of_memory_if_it_has_a_tmpfs_there) {
  EXPECT_EQ(memory_folder(), shared_memory_size() ? "/dev/shm" : "");
}

TEST(Machine, the_name_of_its_start_stays_the_same) {
  const std::string id = boot_id();
  EXPECT_EQ(id.size(), 36U);
  EXPECT_EQ(id.find('\n'), std::string::npos);
  EXPECT_EQ(boot_id(), id);
}

}  // namespace
}  // namespace forknet::os
