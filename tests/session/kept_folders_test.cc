// Kept sets of folders of pictures (session/kept_sets.h).
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <filesystem>
#include <fstream>

#include "session/kept_sets_fixture.h"

namespace forknet::run {
namespace {

namespace fs = std::filesystem;

TEST_F(KeptSetsTest, a_second_start_takes_all_that_the_first_one_made_of_a_folder_of_pictures) {
  const Config config = pictures();
  Config in_memory = config;
  in_memory.data.cache = DataCache::memory;
  const Prepared wanted = prepared(in_memory);
  const Prepared made = prepared(config);
  EXPECT_TRUE(says(made, "in the new file"));
  expect_same(made, wanted);
  const Prepared found = prepared(config);
  EXPECT_TRUE(says(found, "found in"));
  EXPECT_FALSE(says(found, "in the new file"));
  expect_same(found, wanted);
  EXPECT_EQ(files(), (std::map<std::string, int>{{".set", 1}, {".table", 2}}));
}

TEST_F(KeptSetsTest, every_change_in_a_folder_of_pictures_is_noticed) {
  const Config config = pictures();
  const auto path = [&](const std::string& name) { return fs::path(std::string(folder_ / name)); };
  (void)prepared(config);
  const std::vector<std::pair<std::string, std::function<void()>>> changes = {
      {"other pixels", [&] { picture("train/dog", 5, 9); }},
      {"one more", [&] { picture("test/cat", 77, 0); }},
      {"one less", [&] { fs::remove(path("train/cat/3.pgm")); }},
      {"another name", [&] { fs::rename(path("train/dog/4.pgm"), path("train/dog/44.pgm")); }},
      {"another class",
       [&] { fs::rename(path("train/cat/9.pgm"), path("train/dog/0.pgm")); }},  // the same order
      {"another name of a class",
       [&] {
         fs::rename(path("train/dog"), path("train/cow")),
             fs::rename(path("test/dog"), path("test/cow"));
       }},
      {"a file that is no picture", [&] { write("test/cow/notes.txt", "none"); }},
  };
  for (const auto& [what, change] : changes) {
    change();
    Config in_memory = config;
    in_memory.data.cache = DataCache::memory;
    const Prepared wanted = prepared(in_memory);
    const Prepared after = prepared(config);
    EXPECT_TRUE(says(after, "in the new file")) << what;
    expect_same(after, wanted);
    const Prepared again = prepared(config);
    EXPECT_FALSE(says(again, "in the new file")) << what;
    expect_same(again, wanted);
    EXPECT_EQ(says(again, "notes.txt"), says(wanted, "notes.txt")) << what;
  }
  EXPECT_EQ(files()[".set"], 1);
}

TEST_F(KeptSetsTest, a_folder_that_changes_while_it_is_read_is_not_kept) {
  const Config config = pictures();
  bool added = false;
  const auto made = prepare(
      config,
      [&](const std::string&, std::uint64_t, std::uint64_t) {
        if (!std::exchange(added, true)) picture("train/dog", 99, 1);
      },
      runs());
  ASSERT_TRUE(made.ok()) << made.error().message;
  EXPECT_TRUE(says(*made, "the folder has changed while it was read"));
  EXPECT_EQ(files()[".set"], 0);
  EXPECT_TRUE(says(prepared(config), "in the new file"));
  EXPECT_TRUE(says(prepared(config), "found in"));
}

TEST_F(KeptSetsTest, a_damaged_file_of_pictures_is_made_again) {
  const Config config = pictures();
  const Prepared wanted = prepared(config);
  for (const char* ending : {".set", ".table"}) {
    std::fstream(file(ending), std::ios::in | std::ios::out | std::ios::binary)
        .seekp(3)
        .put('\x7f');
    EXPECT_TRUE(says(prepared(config), "is damaged and is made again")) << ending;
    expect_same(prepared(config), wanted);
    fs::remove(file(ending));
    expect_same(prepared(config), wanted);
  }
}

}  // namespace
}  // namespace forknet::run
