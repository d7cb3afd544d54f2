#include "session/run_folder.h"

#include <gtest/gtest.h>

#include "failpoints.h"
#include "os/failpoint.h"
#include "sessions.h"

namespace forknet::run {
namespace {

using RunFolderTest = SessionFixture;

TEST_F(RunFolderTest, a_second_run_of_the_same_second_gets_a_number) {
  for (int attempt = 0; attempt < 5; ++attempt) {
    RunConfig run = config().run;
    run.dir += std::to_string(attempt);  // numbers of an earlier attempt would count on
    const auto first = RunFolder::create(run, std::nullopt);
    const auto second = RunFolder::create(run, std::nullopt);
    ASSERT_TRUE(first.ok() && second.ok());
    EXPECT_NE(first->paths().folder, second->paths().folder);
    if (second->paths().folder == first->paths().folder + "-2") return;
  }
  FAIL() << "five times the second passed between two folders";
}

TEST_F(RunFolderTest, a_name_that_is_taken_is_refused) {
  auto options = watching();
  options.name = "mine";
  (void)start(config(), options);
  const auto again = RunFolder::create(config().run, "mine");
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().kind, ErrorKind::usage);
  EXPECT_NE(again.error().message.find("--resume " + RunPaths{runs_ + "/mine"}.word()),
            std::string::npos);
}

TEST_F(RunFolderTest, a_folder_that_is_no_run_is_not_offered_to_go_on_with) {
  std::filesystem::create_directories(runs_ + "/other");
  const auto refused = RunFolder::create(config().run, "other");
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find("exists already, but is not a run"), std::string::npos);
  EXPECT_EQ(refused.error().message.find("--resume"), std::string::npos);
}

TEST_F(RunFolderTest, a_name_that_is_no_name_is_refused) {
  for (const char* name : {"", "a/b", "..", ".hidden", "latest", "-x", "two words", "a\nb"}) {
    const auto refused = RunFolder::create(config().run, name);
    ASSERT_FALSE(refused.ok()) << name;
    EXPECT_EQ(refused.error().kind, ErrorKind::usage) << name;
  }
}

TEST_F(RunFolderTest, the_newest_run_is_latest) {
  (void)RunFolder::create(config().run, "a");
  (void)RunFolder::create(config().run, "b");
  EXPECT_EQ(std::filesystem::read_symlink(runs_ + "/latest"), "b");
}

TEST_F(RunFolderTest, a_link_to_the_newest_that_cannot_be_made_is_a_warning) {
  std::filesystem::create_directories(runs_ + "/latest");
  const auto made = RunFolder::create(config().run, "a");
  ASSERT_TRUE(made.ok()) << made.error().message;
  EXPECT_NE(made->warning().find("\"latest\" does not name this run: use a"), std::string::npos)
      << made->warning();
  std::filesystem::remove(runs_ + "/latest");
  EXPECT_EQ(RunFolder::create(config().run, "b")->warning(), "");
}

TEST_F(RunFolderTest, one_that_cannot_be_owned_leaves_no_folder) {
  ASSERT_EQ(set_failpoints("file/open:1:error=EIO"), "");
  const auto made = RunFolder::create(config().run, "a");
  os::failpoints::clear();
  EXPECT_FALSE(made.ok());
  EXPECT_FALSE(std::filesystem::exists(runs_ + "/a"));
  EXPECT_TRUE(RunFolder::create(config().run, "a").ok());
}

TEST_F(RunFolderTest, one_that_others_may_write_in_is_not_gone_on_with) {
  ASSERT_TRUE(RunFolder::create(config().run, "a").ok());
  const RunPaths paths{runs_ + "/a"};
  std::filesystem::permissions(paths.folder, std::filesystem::perms(0770));
  const auto refused = RunFolder::open(paths);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::usage);
  EXPECT_NE(refused.error().message.find("chmod go-w"), std::string::npos);
  std::filesystem::permissions(paths.folder, std::filesystem::perms(0700));
  EXPECT_TRUE(RunFolder::open(paths).ok());
}

// Its paths are then relative to its open folder.
TEST_F(RunFolderTest, the_owner_of_a_run_stays_in_the_folder_that_it_has_opened) {
  auto folder = RunFolder::create(config().run, "a").value();
  std::filesystem::rename(runs_ + "/a", runs_ + "/b");
  std::filesystem::create_directory(runs_ + "/a");
  ASSERT_TRUE(folder.begin(0, 0, 3).ok());
  folder.status({});
  EXPECT_TRUE(std::filesystem::exists(runs_ + "/b/status.json"));
  EXPECT_TRUE(std::filesystem::exists(runs_ + "/b/checkpoints"));
  EXPECT_TRUE(std::filesystem::is_empty(runs_ + "/a"));
}

TEST_F(RunFolderTest, one_owner_at_a_time) {
  auto options = watching();
  options.on_start = [&](const RunPaths& paths, auto&&...) {
    const auto second = resume_session(paths, {}, {});
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().kind, ErrorKind::usage);
    EXPECT_FALSE(RunFolder::open(paths).ok());
  };
  const SessionResult session = start(config(), options);
  EXPECT_TRUE(RunFolder::open(RunPaths{session.folder}).ok());
}

TEST_F(RunFolderTest, a_run_is_found_by_name_by_latest_and_by_path) {
  auto options = watching();
  options.name = "mine";
  (void)start(config(), options);
  for (const std::string& run :
       {std::string("mine"), std::string("mine/"), std::string("latest"), runs_ + "/mine",
        runs_ + "/mine/", runs_ + "/latest", runs_ + "/mine/."}) {
    const auto paths = find_run(run, runs_);
    ASSERT_TRUE(paths.ok()) << run;
    EXPECT_EQ(paths->name(), "mine") << run;
    EXPECT_TRUE(std::filesystem::equivalent(paths->folder, runs_ + "/mine")) << run;
  }
}

TEST_F(RunFolderTest, what_is_no_run_is_not_found) {
  const auto none = find_run("mine", runs_);
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().kind, ErrorKind::usage);
  EXPECT_NE(none.error().message.find("holds none"), std::string::npos);
  auto options = watching();
  options.name = "other";
  (void)start(config(), options);
  std::filesystem::create_directory(runs_ + "/mine");
  EXPECT_EQ(*list_runs(runs_), std::vector<std::string>{"other"});
  const auto named = find_run("mine", runs_);
  ASSERT_FALSE(named.ok());
  EXPECT_NE(named.error().message.find("the newest: other"), std::string::npos);
}

TEST_F(RunFolderTest, runs_come_in_the_order_of_their_start) {
  for (const char* name : {"c", "a", "b"}) {
    auto options = watching();
    options.name = name;
    (void)start(config(), options);
  }
  EXPECT_EQ(*list_runs(runs_), (std::vector<std::string>{"c", "a", "b"}));
  EXPECT_NE(find_run("mine", runs_).error().message.find("the newest: b;"), std::string::npos);
  os::put_file(RunPaths{runs_ + "/c"}.meta(), R"({"started":"2020-02-20T20:20:20Z"})");
  // A copy is as old as its original; what is not known is older than all.
  std::filesystem::copy(runs_ + "/c", runs_ + "/d", std::filesystem::copy_options::recursive);
  os::put_file(RunPaths{runs_ + "/a"}.meta(), "{}");
  EXPECT_EQ(*list_runs(runs_), (std::vector<std::string>{"a", "c", "d", "b"}));
}

TEST_F(RunFolderTest, without_its_link_latest_is_the_run_that_was_started_last) {
  for (const char* name : {"b", "a"}) {
    auto options = watching();
    options.name = name;
    (void)start(config(), options);
  }
  std::filesystem::remove(runs_ + "/latest");
  EXPECT_EQ(find_run("latest", runs_)->name(), "a");
  std::filesystem::create_symlink("gone", runs_ + "/latest");
  EXPECT_EQ(find_run("latest", runs_)->name(), "a");
}

}  // namespace
}  // namespace forknet::run
