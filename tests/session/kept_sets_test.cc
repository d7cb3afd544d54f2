#include "session/kept_sets.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <filesystem>
#include <fstream>

#include "session/kept_sets_fixture.h"

namespace forknet::run {
namespace {

namespace fs = std::filesystem;

TEST_F(KeptSetsTest, a_second_start_takes_all_that_the_first_one_made_of_the_text) {
  for (const Config& config : {classes(), numbers()}) {
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
  }
  EXPECT_EQ(files(), (std::map<std::string, int>{{".set", 2}, {".table", 3}}));
}

TEST_F(KeptSetsTest, the_second_start_reads_the_text_once_and_only_for_its_digest) {
  const Config config = numbers();
  const auto passes_of = [&] {
    int passes = 0;
    const auto made = prepare(
        config,
        [&](const std::string& name, std::uint64_t done, std::uint64_t all) {
          passes += name.ends_with(".csv") && done == all ? 1 : 0;
        },
        runs());
    EXPECT_TRUE(made.ok());
    return passes;
  };
  EXPECT_GE(passes_of(), 2);
  EXPECT_EQ(passes_of(), 1);
}

TEST_F(KeptSetsTest, what_does_not_change_the_rows_does_not_ask_for_another_file) {
  Config config = classes();
  (void)prepared(config);
  config.data.loader_threads = 3;
  config.data.shuffle = false;
  config.data.scale = Scale::minmax;
  config.train.epochs = 1;
  EXPECT_FALSE(says(prepared(config), "in the new file"));
  config.data.table.drop = {std::string("a")};
  EXPECT_TRUE(says(prepared(config), "in the new file"));
  config.run.seed += 1;  // of the share
  EXPECT_TRUE(says(prepared(config), "in the new file"));
}

TEST_F(KeptSetsTest, a_source_with_another_content_of_the_same_length_is_read_again) {
  const Config config = numbers();
  const std::string before = prepared(config).data.train.table->digest();
  std::fstream(config.data.train.inputs, std::ios::in | std::ios::out).seekp(10).put('9');
  const Prepared after = prepared(config);
  EXPECT_NE(after.data.train.table->digest(), before);
  EXPECT_TRUE(says(after, "in the new file"));
  EXPECT_FALSE(says(prepared(config), "in the new file"));
  EXPECT_EQ(files()[".set"], 1);
}

TEST_F(KeptSetsTest, a_damaged_file_is_made_again) {
  const Config config = classes();
  const Prepared wanted = prepared(config);
  for (const char* ending : {".set", ".table"}) {
    for (const int at : {3, 40}) {
      std::fstream(file(ending), std::ios::in | std::ios::out | std::ios::binary)
          .seekp(at)
          .put('\x7f');
      const Prepared again = prepared(config);
      EXPECT_TRUE(says(again, "is damaged and is made again")) << ending << at;
      EXPECT_EQ(again.data.train.table->digest(), wanted.data.train.table->digest());
      EXPECT_EQ(to_json(*again.data.preparation), to_json(*wanted.data.preparation));
      expect_same(prepared(config), wanted);
    }
    fs::remove(file(ending));
    expect_same(prepared(config), wanted);
  }
  EXPECT_EQ(files(), (std::map<std::string, int>{{".set", 1}, {".table", 2}}));
}

TEST_F(KeptSetsTest, a_start_that_is_killed_leaves_nothing_that_the_next_one_does_not_use) {
  for (const auto& [config, place] : killed_starts()) {
    fs::remove_all(runs());
    const pid_t child = ::fork();
    if (child == 0) {
      (void)set_failpoints(place);
      (void)prepare(config, {}, runs());
      ::_exit(1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << place;
    EXPECT_EQ(files()[".set"], 0) << place;
    Config in_memory = config;
    in_memory.data.cache = DataCache::memory;
    expect_same(prepared(config), prepared(in_memory));
    EXPECT_EQ(files(), (std::map<std::string, int>{{".set", 1}, {".table", 2}})) << place;
  }
}

TEST_F(KeptSetsTest, a_set_that_cannot_be_kept_is_noted_and_trained_on) {
  const Config config = numbers();
  ASSERT_EQ(os::failpoints::set("durable/write:1:error=ENOSPC"), "");
  const auto made = prepare(config, {}, runs());
  os::failpoints::clear();
  ASSERT_TRUE(made.ok()) << made.error().message;
  EXPECT_TRUE(says(*made, "the next start reads the data again"));
  EXPECT_TRUE(says(*made, "No space left"));
}

TEST_F(KeptSetsTest, a_disk_that_fills_while_rows_are_written_out_is_told) {
  const Config config = numbers();
  ASSERT_EQ(os::failpoints::set("cache/write-out:1:error=ENOSPC"), "");
  const auto made = prepare(config, {}, runs());
  os::failpoints::clear();
  ASSERT_FALSE(made.ok());
  EXPECT_NE(made.error().message.find("make room there"), std::string::npos);
  EXPECT_TRUE(fs::is_empty(cache()));
}

TEST_F(KeptSetsTest, where_memory_decides_all_tables_of_a_set_lie_in_files_or_it_is_read_again) {
  const Config config = classes();
  const auto opened_with = [&](std::uint64_t memory) {
    data::TableCache tables(DataCache::automatic, cache(), memory);
    const auto opened = open_kept(config, true, {1, {}, &tables});
    EXPECT_TRUE(opened.ok()) << (opened.ok() ? "" : opened.error().message);
    return tables.notes().size();  // one for each table in a file
  };
  EXPECT_EQ(opened_with(std::uint64_t{1} << 30), 0U);
  EXPECT_FALSE(fs::exists(cache()));
  EXPECT_EQ(opened_with(2000), 2U);
  EXPECT_EQ(opened_with(2000), 2U);
  EXPECT_EQ(opened_with(std::uint64_t{1} << 30), 0U);
  EXPECT_EQ(files(), (std::map<std::string, int>{{".set", 1}, {".table", 2}}));
}

TEST_F(KeptSetsTest, a_folder_that_cannot_be_used_is_in_the_way_of_files_alone) {
  Config config = numbers();
  (void)prepared(config);
  fs::permissions(cache(), fs::perms::all);  // others may write into it
  config.data.cache = DataCache::memory;
  EXPECT_FALSE(says(prepared(config), "found in"));
  config.data.cache = DataCache::mapped;
  const auto refused = prepare(config, {}, runs());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::usage);
}

TEST_F(KeptSetsTest, a_set_goes_with_its_tables) {
  (void)prepared(classes());
  (void)prepared(numbers());
  const auto cleaned = clean_data_cache(runs(), {}, true);
  ASSERT_TRUE(cleaned.ok());
  EXPECT_EQ(cleaned->unused.size(), 3U);
  EXPECT_EQ(files()[".set"], 2);
  ASSERT_TRUE(clean_data_cache(runs(), {}, false).ok());
  EXPECT_TRUE(fs::is_empty(cache()));
}

}  // namespace
}  // namespace forknet::run
