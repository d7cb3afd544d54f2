#include "os/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <filesystem>

#include "os/durable_file.h"
#include "os/failpoint.h"
#include "os/temporary_folder.h"

namespace forknet::os {
namespace {

std::string read_message(const std::string& path, std::size_t limit) {
  const auto content = read_file(path, limit);
  return content.ok() ? "no error" : content.error().message;
}

TEST(ReadFile, gives_every_byte) {
  const TemporaryFolder folder;
  const std::string content("a\0b\nc", 5);
  put_file(folder / "x", content);
  EXPECT_EQ(read_file(folder / "x", 5).value(), content);
}

TEST(ReadFile, reads_files_that_tell_no_size) {
  EXPECT_NE(read_file("/proc/self/status", 1 << 20).value().find("Pid:"), std::string::npos);
}

TEST(ReadFile, refuses_more_than_the_limit_with_the_asked_for_kind) {
  const TemporaryFolder folder;
  put_file(folder / "x", "12345");
  const auto content = read_file(folder / "x", 4, ErrorKind::config);
  ASSERT_FALSE(content.ok());
  EXPECT_EQ(content.error().kind, ErrorKind::config);
  EXPECT_EQ(content.error().message,
            "read " + folder / "x" + ": the file is too large: at most 4 bytes were expected");
}

TEST(ReadFile, a_missing_file_is_named_with_call_and_reason) {
  const TemporaryFolder folder;
  EXPECT_EQ(read_message(folder / "none", 9),
            "open " + folder / "none" + ": No such file or directory");
}

TEST(ReadFile, folders_and_pipes_are_refused_without_hanging) {
  const TemporaryFolder folder;
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(read_message(folder.path(), 9),
            "open " + folder.path() + ": this is a folder, but a file was expected");
  EXPECT_EQ(read_message(folder / "pipe", 9),
            "read " + folder / "pipe" + ": a regular file was expected, not a pipe or a device");
}

TEST(SyncFile, says_which_file_could_not_be_synced) {
  const TemporaryFolder folder;
  EXPECT_TRUE(sync_file(open_append(folder / "log").value(), folder / "log").ok());
  const Status closed = sync_file(Fd(), "a/log");
  ASSERT_FALSE(closed.ok());
  EXPECT_NE(closed.error().message.find("fsync a/log: "), std::string::npos)
      << closed.error().message;
}

TEST(OpenAppend, adds_to_what_is_there_and_makes_what_is_not) {
  const TemporaryFolder folder;
  for (const char* line : {"one\n", "two\n"}) {
    const auto fd = open_append(folder / "log");
    ASSERT_TRUE(fd.ok());
    ASSERT_TRUE(write_all(fd.value(), std::string_view(line)).ok());
  }
  EXPECT_EQ(get_file(folder / "log"), "one\ntwo\n");
}

TEST(WriteAll, a_failure_names_the_file) {
  const TemporaryFolder folder;
  put_file(folder / "x", "");
  const auto fd = open_read(folder / "x");
  const auto status = write_all(fd.value(), std::string_view("a"));
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().message, "write " + folder / "x" + ": Bad file descriptor");
}

TEST(Transfers, that_move_a_byte_at_a_time_move_all_the_same) {
  const TemporaryFolder folder;
  const std::string path = folder / "f";
  std::string text(3000, 'a');
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>('a' + i % 26);
  ASSERT_EQ(failpoints::set("file/write:*:short,file/read:*:short"), "");
  ASSERT_TRUE(write_durably(path, text).ok());
  EXPECT_EQ(read_file(path, 4000).value(), text);
  failpoints::clear();
  EXPECT_EQ(read_file(path, 4000).value(), text);
}

TEST(ReadSome, gives_fewer_bytes_only_at_the_end) {
  const TemporaryFolder folder;
  put_file(folder / "x", "12345");
  const auto fd = open_read(folder / "x");
  std::array<std::byte, 3> bytes = {};
  EXPECT_EQ(read_some(fd.value(), bytes).value(), 3U);
  EXPECT_EQ(read_some(fd.value(), bytes).value(), 2U);
  EXPECT_EQ(read_some(fd.value(), bytes).value(), 0U);
}

TEST(TruncateFile, keeps_the_beginning) {
  const TemporaryFolder folder;
  put_file(folder / "x", "12345");
  ASSERT_TRUE(truncate_file(folder / "x", 2).ok());
  EXPECT_EQ(get_file(folder / "x"), "12");
  EXPECT_FALSE(truncate_file(folder / "none", 2).ok());
}

TEST(RemoveFile, an_absent_file_is_fine) {
  const TemporaryFolder folder;
  put_file(folder / "x", "1");
  EXPECT_TRUE(remove_file(folder / "x").ok());
  EXPECT_TRUE(remove_file(folder / "x").ok());
  EXPECT_FALSE(exists(folder / "x"));
}

TEST(MakeFolder, says_whether_it_made_it) {
  const TemporaryFolder folder;
  EXPECT_TRUE(make_folder(folder / "a", 0700).value());
  EXPECT_FALSE(make_folder(folder / "a", 0700).value());
  EXPECT_FALSE(make_folder(folder / "b/c", 0700).ok());
  EXPECT_TRUE(make_folder(folder / "b/c/", 0700, true).value());
  EXPECT_FALSE(make_folder(folder / "b/c/", 0700, true).value());
  const auto mode = std::filesystem::status(folder / "b/c").permissions();
  EXPECT_EQ(mode, std::filesystem::perms::owner_all);
}

TEST(MakeFolder, a_file_of_that_name_is_an_error) {
  const TemporaryFolder folder;
  put_file(folder / "x", "");
  const auto made = make_folder(folder / "x", 0700);
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().message, folder / "x" + ": is not a folder\n  a folder was expected");
}

TEST(CanMakeFolder, looks_at_what_is_there_and_makes_nothing) {
  const TemporaryFolder folder;
  put_file(folder / "x", "");
  std::filesystem::create_symlink(folder / "nowhere", folder / "link");
  EXPECT_TRUE(can_make_folder(folder / "a/b/c").ok());
  EXPECT_FALSE(exists(folder / "a"));
  EXPECT_TRUE(can_make_folder(folder / "").ok());
  EXPECT_EQ(can_make_folder(folder / "x").error().message,
            folder / "x" + ": is not a folder\n  a folder was expected");
  EXPECT_FALSE(can_make_folder(folder / "x/y").ok());
  EXPECT_EQ(can_make_folder(folder / "link/runs").error().message,
            folder / "link" + ": is a link to a missing file\n  a folder was expected");
}

TEST(ListFolder, sorts_the_names) {
  const TemporaryFolder folder;
  for (const char* name : {"b", "a", ".c"}) put_file(folder / name, "");
  EXPECT_EQ(list_folder(folder.path()).value(), (std::vector<std::string>{".c", "a", "b"}));
  EXPECT_FALSE(list_folder(folder / "none").ok());
}

TEST(ReplaceLink, points_elsewhere_and_leaves_no_other_name) {
  const TemporaryFolder folder;
  ASSERT_TRUE(replace_link(folder / "latest", "run-1").ok());
  ASSERT_TRUE(replace_link(folder / "latest", "run-2").ok());
  EXPECT_EQ(std::filesystem::read_symlink(folder / "latest"), "run-2");
  EXPECT_EQ(folder.entries(), 1);
}

TEST(ReplaceLink, something_else_of_that_name_is_left_alone) {
  const TemporaryFolder folder;
  put_file(folder / "latest", "precious");
  EXPECT_FALSE(replace_link(folder / "latest", "run-1").ok());
  EXPECT_EQ(get_file(folder / "latest"), "precious");
}

TEST(Paths, are_cut_at_the_last_slash) {
  EXPECT_EQ(folder_of("a/b/c"), "a/b");
  EXPECT_EQ(folder_of("c"), ".");
  EXPECT_EQ(folder_of("/c"), "/");
  EXPECT_EQ(name_of("a/b/c"), "c");
  EXPECT_EQ(name_of("c"), "c");
}

}  // namespace
}  // namespace forknet::os
