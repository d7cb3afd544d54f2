// Names in a private folder: nothing that other users put there makes this program read, write or
// remove another file.
#include "os/file_path.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <functional>

#include "os/file.h"
#include "os/file_lock.h"
#include "os/forked_child.h"
#include "os/local_socket.h"
#include "os/mapping.h"
#include "os/temporary_folder.h"

namespace forknet::os {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSecret = "years of work\n";
constexpr uid_t kOther = 65534;

template <class R>
std::string message_of(const R& result) {
  return result.ok() ? "" : result.error().message;
}

class PrivateFolder : public ::testing::Test {
 protected:
  PrivateFolder() {
    fs::create_directory(folder_.text());
    fs::permissions(folder_.text(), fs::perms(0700));
    put_file(secret_, kSecret);
    fs::permissions(secret_, fs::perms(0600));
  }
  [[nodiscard]] std::string at(const std::string& name) const { return (folder_ / name).text(); }
  void secret_is_whole() const { EXPECT_EQ(get_file(secret_), kSecret); }

  // Every way to open a file by its name, and the result.
  [[nodiscard]] static std::vector<std::string> open_all(const FilePath& path) {
    return {message_of(read_file(path, 100)),   message_of(open_read(path)),
            message_of(Mapping::file(path)),    message_of(open_append(path)),
            message_of(truncate_file(path, 0)), message_of(FileLock::acquire(path))};
  }
  static constexpr std::size_t kReading = 3;  // the first ones of these only read

  const TemporaryFolder root_;
  const FilePath folder_ = FilePath(root_ / "run");
  const std::string secret_ = root_ / "secret";
};

TEST_F(PrivateFolder, a_link_in_it_is_not_followed) {
  fs::create_symlink(secret_, at("link"));
  for (const std::string& message : open_all(folder_ / "link")) {
    EXPECT_NE(message.find(at("link") + ": is a link"), std::string::npos) << message;
  }
  EXPECT_FALSE(FileLock::holder(folder_ / "link").has_value());
  secret_is_whole();
  EXPECT_EQ(read_file(FilePath(at("link")), 100).value(), kSecret) << "a user's own path";
}

TEST_F(PrivateFolder, a_link_to_nowhere_is_not_followed_either) {
  fs::create_symlink(root_ / "new", at("link"));
  EXPECT_TRUE(exists(folder_ / "link")) << "it is not absent: reading it is an error";
  for (const std::string& message : open_all(folder_ / "link")) EXPECT_NE(message, "");
  EXPECT_FALSE(fs::exists(root_ / "new"));
}

TEST_F(PrivateFolder, what_is_replaced_replaces_the_link_and_not_what_it_leads_to) {
  fs::create_symlink(secret_, at("a"));
  fs::create_symlink(secret_, at("b"));
  fs::create_symlink(secret_, at("b.new"));
  ASSERT_TRUE(write_durably(folder_ / "a", "new").ok());
  ASSERT_TRUE(replace_file(folder_ / "b", "new").ok());
  for (const char* name : {"a", "b"}) {
    EXPECT_FALSE(fs::is_symlink(at(name))) << name;
    EXPECT_EQ(get_file(at(name)), "new") << name;
  }
  secret_is_whole();
}

TEST_F(PrivateFolder, a_file_with_a_second_name_is_not_written_in_place) {
  for (const char* name : {"log", "b", "b.new"}) fs::create_hard_link(secret_, at(name));
  const auto messages = open_all(folder_ / "log");
  for (std::size_t i = kReading; i < messages.size(); ++i) {
    EXPECT_NE(messages[i].find("has a second name"), std::string::npos) << messages[i];
  }
  ASSERT_TRUE(write_durably(folder_ / "log", "new").ok());
  ASSERT_TRUE(replace_file(folder_ / "b", "new").ok());
  secret_is_whole();
}

TEST_F(PrivateFolder, a_pipe_in_it_is_refused_without_waiting) {
  ASSERT_EQ(::mkfifo(at("pipe").c_str(), 0600), 0);
  for (const std::string& message : open_all(folder_ / "pipe")) {
    EXPECT_NE(message.find("a regular file was expected"), std::string::npos) << message;
  }
  EXPECT_FALSE(write_durably(folder_ / "pipe", "x").ok());
}

TEST_F(PrivateFolder, a_folder_in_it_that_is_a_link_is_not_followed) {
  fs::create_directory(root_ / "elsewhere");
  put_file(root_ / "elsewhere/step", "x");
  fs::create_directory_symlink(root_ / "elsewhere", at("checkpoints"));
  const FilePath inner = folder_ / "checkpoints" / "step";
  for (const std::string& message : open_all(inner)) {
    EXPECT_NE(message.find(at("checkpoints") + ": is a link"), std::string::npos) << message;
  }
  EXPECT_FALSE(make_folder(folder_ / "checkpoints", 0700).ok());
  EXPECT_FALSE(list_folder(folder_ / "checkpoints").ok());
  EXPECT_FALSE(remove_file(inner).ok());
  EXPECT_FALSE(remove_stray_temporaries(folder_ / "checkpoints").ok());
  EXPECT_FALSE(write_durably(inner, "y").ok());
  EXPECT_EQ(get_file(root_ / "elsewhere/step"), "x");
}

TEST_F(PrivateFolder, folders_within_it_work_as_it_does) {
  ASSERT_TRUE(make_folder(folder_ / "checkpoints", 0700).value());
  EXPECT_FALSE(make_folder(folder_ / "checkpoints", 0700).value());
  const FilePath inner = folder_ / "checkpoints" / "step";
  ASSERT_TRUE(write_durably(inner, "x").ok());
  EXPECT_EQ(read_file(inner, 10).value(), "x");
  EXPECT_EQ(list_folder(folder_ / "checkpoints").value(), std::vector<std::string>{"step"});
  ASSERT_TRUE(sync_folder(folder_ / "checkpoints").ok());
  ASSERT_TRUE(remove_file(inner).ok());
  EXPECT_FALSE(exists(inner));
}

// A run folder on another disk, with a link where it was.
TEST_F(PrivateFolder, the_outermost_may_be_reached_by_a_link_of_this_user) {
  fs::create_directory_symlink(folder_.text(), root_ / "moved");
  fs::create_directory_symlink(root_.path(), root_ / "disk");
  put_file(at("x"), "y");
  for (const std::string& path : {root_ / "moved", root_ / "moved/", root_ / "disk/run"}) {
    EXPECT_EQ(read_file(FilePath(path) / "x", 10).value(), "y") << path;
    EXPECT_TRUE(hold_folder(path).ok()) << path;
  }
}

TEST_F(PrivateFolder, one_that_others_may_write_in_is_read_and_not_written) {
  put_file(at("x"), "y");
  for (const int mode : {0720, 0702, 0777}) {
    fs::permissions(folder_.text(), fs::perms(mode));
    EXPECT_EQ(read_file(folder_ / "x", 10).value(), "y");
    for (const std::string& message :
         {message_of(hold_folder(folder_)), message_of(open_append(folder_ / "x")),
          message_of(write_durably(folder_ / "x", "z")), message_of(remove_file(folder_ / "x")),
          message_of(FileLock::acquire(folder_ / "lock")),
          message_of(listen_at(folder_, "socket"))}) {
      EXPECT_NE(message.find("chmod go-w " + folder_.text()), std::string::npos) << message;
    }
  }
  EXPECT_EQ(get_file(at("x")), "y");
}

TEST_F(PrivateFolder, one_that_is_held_stays_that_folder_whatever_takes_its_path) {
  const FilePath held = hold_folder(folder_).value();
  fs::rename(folder_.text(), root_ / "moved");
  fs::create_directory(root_ / "other");
  fs::create_directory_symlink(root_ / "other", folder_.text());
  ASSERT_TRUE(write_durably(held / "x", "y").ok());
  ASSERT_TRUE(replace_file(held / "status", "z").ok());
  EXPECT_TRUE(make_folder(held / "checkpoints", 0700).value());
  EXPECT_TRUE(FileLock::acquire(held / "lock").ok());
  EXPECT_EQ(get_file(root_ / "moved/x"), "y");
  EXPECT_EQ(get_file(root_ / "moved/status"), "z");
  EXPECT_TRUE(fs::is_empty(root_ / "other"));
}

TEST_F(PrivateFolder, a_socket_in_it_is_listened_at_and_a_link_to_one_is_not_asked) {
  const auto listener = listen_at(folder_, "socket");
  ASSERT_TRUE(listener.ok()) << message_of(listener);
  EXPECT_TRUE(connect_to(folder_, "socket").ok());
  fs::create_symlink(at("socket"), at("link"));
  EXPECT_NE(message_of(connect_to(folder_, "link")).find("is not a socket"), std::string::npos);
  // Listening there takes the link's place.
  put_file(at("x"), "y");
  fs::create_symlink(at("x"), at("taken"));
  EXPECT_TRUE(listen_at(folder_, "taken").ok());
  EXPECT_EQ(get_file(at("x")), "y");
}

TEST_F(PrivateFolder, a_file_that_is_not_there_is_absent) {
  EXPECT_FALSE(exists(folder_ / "none"));
  EXPECT_FALSE(exists(FilePath(root_ / "nowhere") / "none"));
  EXPECT_TRUE(remove_file(folder_ / "none").ok());
  EXPECT_EQ(message_of(read_file(folder_ / "none", 1)),
            "open " + at("none") + ": No such file or directory");
  EXPECT_FALSE(check_folder(root_ / "nowhere").ok());
  EXPECT_FALSE(is_own_folder(root_ / "nowhere"));
  EXPECT_TRUE(is_own_folder(folder_));
}

// As root: a folder is given away, or the process becomes another user in a child.
class OtherUsers : public PrivateFolder {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can become another user";
    fs::permissions(root_.path(), fs::perms(0755));
  }
};

TEST_F(OtherUsers, a_folder_of_another_user_is_read_and_not_written_not_even_by_root) {
  put_file(at("x"), "y");
  ASSERT_EQ(::chown(at("x").c_str(), kOther, kOther), 0);
  ASSERT_EQ(::chown(folder_.text().c_str(), kOther, kOther), 0);
  EXPECT_FALSE(is_own_folder(folder_));
  EXPECT_EQ(read_file(folder_ / "x", 10).value(), "y");
  for (const std::string& message :
       {message_of(hold_folder(folder_)), message_of(open_append(folder_ / "x")),
        message_of(write_durably(folder_ / "x", "z")), message_of(remove_file(folder_ / "x")),
        message_of(listen_at(folder_, "socket"))}) {
    EXPECT_NE(message.find("belongs to user 65534, and this is user 0"), std::string::npos)
        << message;
  }
  EXPECT_EQ(get_file(at("x")), "y");
}

// What a hard link could do where the kernel allows them (fs.protected_hardlinks = 0).
TEST_F(OtherUsers, a_file_of_another_owner_than_its_folder_is_not_read) {
  ASSERT_EQ(::chown(folder_.text().c_str(), kOther, kOther), 0);
  fs::create_hard_link(secret_, at("log"));
  for (const std::string& message :
       {message_of(read_file(folder_ / "log", 100)), message_of(Mapping::file(folder_ / "log"))}) {
    EXPECT_NE(message.find("belongs to user 0, its folder to user 65534"), std::string::npos)
        << message;
  }
}

TEST_F(OtherUsers, a_link_of_another_user_leads_only_to_folders_of_that_user) {
  fs::create_directory_symlink(folder_.text(), root_ / "theirs");
  ASSERT_EQ(::lchown((root_ / "theirs").c_str(), kOther, kOther), 0);
  const std::string refused = message_of(check_folder(root_ / "theirs"));
  EXPECT_NE(refused.find("is a link that user 65534 made"), std::string::npos) << refused;
  put_file(at("x"), "y");
  EXPECT_FALSE(read_file(FilePath(root_ / "theirs") / "x", 10).ok());
  ASSERT_EQ(::chown(at("x").c_str(), kOther, kOther), 0);
  ASSERT_EQ(::chown(folder_.text().c_str(), kOther, kOther), 0);
  EXPECT_TRUE(check_folder(root_ / "theirs").ok());
  EXPECT_EQ(read_file(FilePath(root_ / "theirs") / "x", 10).value(), "y");
}

TEST_F(OtherUsers, a_link_to_the_newest_that_another_user_made_is_an_error_and_stays) {
  fs::create_directory(root_ / "shared");
  fs::permissions(root_ / "shared", fs::perms(01777));
  fs::create_symlink("a", root_ / "shared/latest");
  const std::string link = root_ / "shared/latest";
  EXPECT_EQ(in_child([&] {
              EXPECT_IN_CHILD(::setgid(kOther) == 0 && ::setuid(kOther) == 0);
              EXPECT_IN_CHILD(!replace_link(link, "b").ok());
              return 0;
            }),
            0);
  EXPECT_EQ(fs::read_symlink(link), "a");
  EXPECT_EQ(std::distance(fs::directory_iterator(root_ / "shared"), fs::directory_iterator()), 1);
}

}  // namespace
}  // namespace forknet::os
