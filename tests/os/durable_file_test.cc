#include "os/durable_file.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <span>

#include "os/failpoint.h"
#include "os/file.h"
#include "os/stray_files.h"
#include "os/temporary_folder.h"

namespace forknet::os {
namespace {

TEST(DurableFile, replaces_the_content_and_leaves_nothing_else) {
  const TemporaryFolder folder;
  ASSERT_TRUE(write_durably(folder / "x", "old").ok());
  ASSERT_TRUE(write_durably(folder / "x", "new").ok());
  EXPECT_EQ(get_file(folder / "x"), "new");
  EXPECT_EQ(folder.entries(), 1);
}

TEST(DurableFile, is_private_unless_asked_otherwise) {
  const TemporaryFolder folder;
  ASSERT_TRUE(write_durably(folder / "x", "1").ok());
  EXPECT_EQ(std::filesystem::status(folder / "x").permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST(DurableFile, not_committed_the_old_content_stays) {
  const TemporaryFolder folder;
  put_file(folder / "x", "old");
  {
    auto file = DurableFile::create(folder / "x");
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE(file->write("half").ok());
    EXPECT_EQ(folder.entries(), 2);
  }
  EXPECT_EQ(get_file(folder / "x"), "old");
  EXPECT_EQ(folder.entries(), 1);
}

TEST(DurableFile, moving_hands_over_the_temporary_file) {
  const TemporaryFolder folder;
  auto first = DurableFile::create(folder / "x");
  auto second = DurableFile::create(folder / "y");
  ASSERT_TRUE(first->write("1").ok());
  *second = std::move(*first);
  EXPECT_EQ(folder.entries(), 1);
  ASSERT_TRUE(second->commit().ok());
  EXPECT_EQ(get_file(folder / "x"), "1");
}

TEST(DurableFile, bytes_already_written_can_be_replaced) {
  const TemporaryFolder folder;
  auto file = DurableFile::create(folder / "x");
  ASSERT_TRUE(file->write("0123456789").ok());
  ASSERT_TRUE(file->write_at(2, "ab").ok());
  ASSERT_TRUE(file->write("!").ok());
  ASSERT_TRUE(file->commit().ok());
  EXPECT_EQ(get_file(folder / "x"), "01ab456789!");
}

TEST(DurableFile, a_missing_folder_is_an_error_that_names_the_file) {
  const TemporaryFolder folder;
  const auto status = write_durably(folder / "none/x", "1");
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().message, "create " + folder / "none/x" + ": No such file or directory");
  EXPECT_EQ(folder.entries(), 0);
}

TEST(DurableFile, a_folder_or_device_is_never_replaced) {
  const TemporaryFolder folder;
  ASSERT_TRUE(make_folder(folder / "x", 0700).ok());
  EXPECT_FALSE(write_durably(folder / "x", "1").ok());
  EXPECT_FALSE(write_durably("/dev/null", "1").ok());
  EXPECT_EQ(folder.entries(), 1);
}

TEST(DurableFile, a_symlink_stays_and_its_file_is_replaced) {
  const TemporaryFolder folder;
  ASSERT_TRUE(make_folder(folder / "deep", 0700).ok());
  put_file(folder / "deep/x", "old");
  ASSERT_TRUE(replace_link(folder / "link", "deep/x").ok());
  ASSERT_TRUE(write_durably(folder / "link", "new").ok());
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
  EXPECT_EQ(get_file(folder / "deep/x"), "new");
}

TEST(DurableFile, the_temporary_of_a_dead_process_with_our_id_is_not_in_the_way) {
  const TemporaryFolder folder;
  const std::string stray = folder / ".x.tmp-" + std::to_string(::getpid()) + "-0";
  put_file(stray, "half");
  ASSERT_TRUE(write_durably(folder / "x", "whole").ok());
  EXPECT_EQ(get_file(folder / "x"), "whole");
  EXPECT_EQ(get_file(stray), "half");
}

// A limit on file sizes makes write() fail in the middle, as a full disk does.
void write_beyond_the_limit(const std::string& path) {
  ::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit = {.rlim_cur = 1000, .rlim_max = 1000};
  ::setrlimit(RLIMIT_FSIZE, &limit);
  int code = 1;
  {
    auto file = DurableFile::create(path);
    const bool first = file->write(std::string(600, 'a')).ok();
    const auto second = file->write(std::string(600, 'b'));
    const bool named =
        !second.ok() && second.error().message.starts_with("write " + path + ": File too large");
    code = first && named && !file->commit().ok() ? 0 : 2;
  }
  std::_Exit(code);
}

TEST(DurableFileDeathTest, a_write_that_fails_half_way_leaves_the_old_content_alone) {
  const TemporaryFolder folder;
  put_file(folder / "x", "old");
  EXPECT_EXIT(write_beyond_the_limit(folder / "x"), ::testing::ExitedWithCode(0), "");
  EXPECT_EQ(get_file(folder / "x"), "old");
  EXPECT_EQ(folder.entries(), 1);
}

// Each place of it that is in the list (failpoint_names.h) as one that can fail.
TEST(DurableFile, whichever_call_fails_the_error_says_so_and_no_half_file_is_left) {
  for (const std::string place :
       {"durable/create", "durable/write", "durable/sync", "durable/rename"}) {
    const TemporaryFolder folder;
    put_file(folder / "x", "old");
    ASSERT_EQ(failpoints::set(place + ":1:error=ENOSPC"), "");
    const Status written = write_durably(folder / "x", "new");
    failpoints::clear();
    EXPECT_FALSE(written.ok()) << place;
    if (written.ok()) continue;
    EXPECT_NE(written.error().message.find("No space left"), std::string::npos) << place;
    EXPECT_EQ(get_file(folder / "x"), "old") << place;
    EXPECT_EQ(folder.entries(), 1) << place;
  }
}

TEST(DurableFile, a_folder_that_cannot_be_synced_is_an_error_though_the_file_is_there) {
  const TemporaryFolder folder;
  ASSERT_EQ(failpoints::set("durable/sync_folder:1:error"), "");
  EXPECT_FALSE(write_durably(folder / "x", "new").ok());
  failpoints::clear();
  EXPECT_EQ(get_file(folder / "x"), "new");
}

TEST(StrayTemporaries, of_dead_writers_are_removed_and_nothing_else) {
  const TemporaryFolder folder;
  EXPECT_EXIT(
      {
        auto file = DurableFile::create(folder / "x");
        (void)file->write("half");
        std::_Exit(0);
      },
      ::testing::ExitedWithCode(0), "");
  put_file(folder / "plain", "1");
  put_file(folder / ".hidden.tmp-notes", "1");
  auto living = DurableFile::create(folder / "y");
  EXPECT_EQ(folder.entries(), 4);
  const std::vector<std::string> named = stray_temporaries(folder.path(), false).value();
  ASSERT_EQ(named.size(), 1U);
  EXPECT_TRUE(named.front().starts_with(".x.tmp-")) << named.front();
  EXPECT_EQ(folder.entries(), 4);
  EXPECT_EQ(remove_stray_temporaries(folder.path()).value(), 1);
  EXPECT_EQ(folder.entries(), 3);
  EXPECT_TRUE(living->commit().ok());
  EXPECT_TRUE(exists(folder / "y"));
}

TEST(DurableFile, can_be_filled_through_a_mapping) {
  const TemporaryFolder folder;
  auto file = DurableFile::create(folder / "cache");
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE(file->fill(100'000,
                         [](std::span<std::byte> bytes) {
                           EXPECT_EQ(bytes.size(), 100'000U);
                           EXPECT_EQ(bytes.back(), std::byte{0});
                           std::fill(bytes.begin(), bytes.end(), std::byte{'x'});
                           return Status();
                         })
                  .ok());
  EXPECT_FALSE(std::filesystem::exists(folder / "cache"));
  ASSERT_TRUE(file->commit().ok());
  EXPECT_EQ(get_file(folder / "cache"), std::string(100'000, 'x'));
  EXPECT_EQ(folder.entries(), 1);
}

TEST(DurableFile, that_could_not_be_filled_is_not_committed_and_leaves_the_old_content) {
  const TemporaryFolder folder;
  put_file(folder / "cache", "old");
  auto file = DurableFile::create(folder / "cache");
  ASSERT_TRUE(file.ok());
  const Status filled = file->fill(10, [](std::span<std::byte>) {
    return Status(Error{ErrorKind::data, "row 7 is wrong"});
  });
  ASSERT_FALSE(filled.ok());
  EXPECT_EQ(filled.error().message, "row 7 is wrong");
  EXPECT_FALSE(file->commit().ok());
  EXPECT_EQ(get_file(folder / "cache"), "old");
  EXPECT_EQ(folder.entries(), 1);
}

}  // namespace
}  // namespace forknet::os
