#include "session/kept_sets.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <utility>

#include "failpoints.h"
#include "os/failpoint.h"
#include "os/temporary_folder.h"
#include "session/data_cache.h"
#include "session/prepare.h"
#include "train/model/preparation_json.h"

namespace forknet::run {
namespace {

namespace fs = std::filesystem;

// Texts, missing values, weights of 0 and more, and a class that is rare.
std::string rows_text(int rows, int shift) {
  std::string text = "a,city,w,kind\n";
  for (int i = 0; i < rows; ++i) {
    const int n = i + shift;
    text += (n % 11 == 0 ? "NA" : std::to_string(n % 40)) + (n % 3 == 0 ? ",Ulm," : ",Bonn,") +
            std::to_string(n % 5) +
            (n % 7 == 0   ? ",rare\n"
             : n % 2 == 0 ? ",low\n"
                          : ",high\n");
  }
  return text;
}

class KeptSetsTest : public ::testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  Config config_of(const std::string& train) const {
    Config config;
    config.data.format = "csv";
    config.data.train.inputs = folder_ / train;
    config.data.cache = DataCache::mapped;
    config.data.scale = Scale::standard;
    config.model.layers = {dense(0)};
    return config;
  }
  // With a set of its own beside a share.
  Config classes() const {
    write("train.csv", rows_text(200, 0));
    write("test.csv", rows_text(50, 3) + "1,Rom,1,low\n");
    Config config = config_of("train.csv");
    config.data.test.inputs = folder_ / "test.csv";
    config.data.validation.share = 0.2;
    config.data.table.weight = {std::string("w")};
    return config;
  }
  Config numbers() const {
    std::string text = "a,b,price\n";
    for (int i = 0; i < 100; ++i) {
      text += std::to_string(i % 13) + "," + std::to_string(i * 7 % 31) + "," +
              std::to_string(1000 + i % 13 * 50) + "\n";
    }
    write("prices.csv", text);
    Config config = config_of("prices.csv");
    config.model.loss = "mse";
    config.data.test.share = 0.2;
    return config;
  }
  // Pictures of two classes; the same pixels may be in both.
  Config pictures() const {
    for (int i = 0; i < 12; ++i) {
      picture(i % 3 == 0 ? "train/cat" : "train/dog", i, i % 4);
      picture(i % 2 == 0 ? "test/cat" : "test/dog", i, i % 5);
    }
    Config config = config_of("train");
    config.data.format = "images";
    config.data.scale = Scale::unit;
    config.data.test.inputs = folder_ / "test";
    config.data.validation.share = 0.25;
    return config;
  }
  std::vector<std::pair<Config, const char*>> killed_starts() const {
    std::vector<std::pair<Config, const char*>> starts;
    for (const Config& config : {classes(), pictures()}) {
      for (const char* place :
           {"cache/fill:2:kill", "cache/committed:1:kill", "cache/committed:2:kill",
            "cache/set:1:kill", "durable/rename:3:kill"}) {
        starts.emplace_back(config, place);
      }
    }
    return starts;
  }
  void picture(const std::string& folder, int number, int shade) const {
    fs::create_directories(folder_ / folder);
    write(folder + "/" + std::to_string(number) + ".pgm",
          "P5 3 2 255\n" + std::string(5, static_cast<char>('a' + shade)) + "z");
  }
  Prepared prepared(const Config& config) const {
    auto made = prepare(config, {}, runs());
    EXPECT_TRUE(made.ok()) << (made.ok() ? "" : made.error().message);
    return std::move(made).value();
  }
  std::string runs() const { return folder_ / "runs"; }
  std::string cache() const { return runs() + "/.cache-" + std::to_string(::geteuid()); }
  // How many files there are of each ending.
  std::map<std::string, int> files() const {
    std::map<std::string, int> counts;
    for (const auto& entry : fs::directory_iterator(cache())) {
      ++counts[entry.path().extension().string()];
    }
    return counts;
  }
  std::string file(const std::string& ending) const {
    for (const auto& entry : fs::directory_iterator(cache())) {
      if (entry.path().extension() == ending) return entry.path().string();
    }
    return "";
  }
  os::TemporaryFolder folder_;
};

bool says(const Prepared& prepared, const std::string& what) {
  for (const std::string& warning : prepared.data.warnings) {
    if (warning.find(what) != std::string::npos) return true;
  }
  return false;
}

// Other than of where rows lie.
std::vector<std::string> warnings_of(const Prepared& prepared) {
  std::vector<std::string> warnings;
  for (const std::string& warning : prepared.data.warnings) {
    if (warning.find("data.cache is") == std::string::npos) warnings.push_back(warning);
  }
  return warnings;
}

void expect_same(const data::View& a, const data::View& b) {
  EXPECT_EQ(a.table->digest(), b.table->digest());
  EXPECT_EQ(a.table->inputs_name, b.table->inputs_name);
  EXPECT_EQ(a.table->shape.classes, b.table->shape.classes);
  EXPECT_EQ(a.rows, b.rows);
  EXPECT_EQ(a.scaling.offset, b.scaling.offset);
  EXPECT_EQ(a.scaling.factor, b.scaling.factor);
  EXPECT_EQ(a.targets.offset, b.targets.offset);
  EXPECT_EQ(a.targets.factor, b.targets.factor);
}

void expect_same(const Prepared& a, const Prepared& b) {
  EXPECT_EQ(to_json(*a.data.preparation), to_json(*b.data.preparation));
  EXPECT_EQ(warnings_of(a), warnings_of(b));
  expect_same(a.data.train, b.data.train);
  ASSERT_EQ(a.data.validation.has_value(), b.data.validation.has_value());
  if (a.data.validation) expect_same(*a.data.validation, *b.data.validation);
  ASSERT_EQ(a.data.test.has_value(), b.data.test.has_value());
  if (a.data.test) expect_same(*a.data.test, *b.data.test);
  EXPECT_EQ(a.plan.describe(), b.plan.describe());
}

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
