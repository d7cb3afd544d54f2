#include "data/packed_files.h"

#include <gtest/gtest.h>

#include "base/try.h"
#include "data/formats/csv/packed_files.h"
#include "data/formats/npy/npy_files.h"
#include "data/tar_files.h"

namespace forknet::data {
namespace {

using Files = std::vector<std::pair<std::string, std::string>>;

// Names and contents of the files, in their order.
Result<Files> files_in(const std::string& path, std::size_t most = std::size_t{1} << 20) {
  FORKNET_ASSIGN(PackedFiles files, PackedFiles::open(path));
  Files found;
  while (true) {
    FORKNET_ASSIGN(const std::optional<PackedEntry> entry, files.next());
    if (!entry) return found;
    if (entry->kind != PackedEntry::Kind::file) continue;
    FORKNET_ASSIGN(std::string content, files.read(most));
    found.emplace_back(entry->name, std::move(content));
  }
}

const Files kFiles = {{"b/2.txt", "two"}, {"a/1.txt", data::noise(300'000)}, {"empty", ""}};

TEST(PackedFiles, files_are_read_as_they_lie_in_any_archive) {
  const TestFolder folder;
  for (const std::string& content :
       {zip(kFiles), zip(kFiles, true), tar(kFiles), gzip(tar(kFiles)),
        csv::packed_by("xz", tar(kFiles)), csv::packed_by("zstd", tar(kFiles))}) {
    const std::string path = folder.file("set", content);
    EXPECT_TRUE(packs_files(path));
    const auto found = files_in(path);
    ASSERT_TRUE(found.ok()) << found.error().message;
    EXPECT_TRUE(*found == kFiles);
  }
}

TEST(PackedFiles, names_are_made_plain_and_links_are_no_files) {
  const TestFolder folder;
  const std::string path = folder.file(
      "set.tar", tar_entry("./", "", '5') + tar_entry("./a//./1.png", "x") +
                     tar_entry("a/2.png", "", '1', "a/1.png") +
                     tar_entry("a/3.png", "", '2', "/etc/passwd") + std::string(1024, '\0'));
  const auto found = files_in(path);
  ASSERT_TRUE(found.ok()) << found.error().message;
  EXPECT_EQ(*found, (Files{{"a/1.png", "x"}}));
}

TEST(PackedFiles, names_are_bytes_of_utf8_in_any_locale) {
  const TestFolder folder;
  const Files files = {{"\xc3\x84rger/1", "x"}, {"\xe7\x8c\xab/2", "y"}};
  for (const std::string& content :
       {zip(files, false, -1, true), zip(files, false, -1, false), tar(files)}) {
    const auto found = files_in(folder.file("set", content));
    ASSERT_TRUE(found.ok()) << found.error().message;
    EXPECT_TRUE(*found == files);
  }
  // An old zip's names in Latin-1 stay what they are.
  const Files latin = {{"\xc4rger/1", "x"}};
  const auto found = files_in(folder.file("set", zip(latin)));
  ASSERT_TRUE(found.ok()) << found.error().message;
  EXPECT_TRUE(*found == latin);
}

TEST(PackedFiles, control_characters_in_names_reach_no_terminal) {
  const TestFolder folder;
  auto files =
      PackedFiles::open(folder.file("set", zip({{"a\x1b[2J\n.png", "x"}, {"b.png", "y"}})));
  ASSERT_TRUE(files.ok()) << files.error().message;
  const auto first = files->next().value();
  EXPECT_EQ(first->name, "a?[2J?.png");
  EXPECT_EQ(first->kind, PackedEntry::Kind::other);
  EXPECT_EQ(files->next().value()->kind, PackedEntry::Kind::file);
}

TEST(PackedFiles, names_that_lead_out_of_the_archive_are_refused) {
  const TestFolder folder;
  for (const std::string name : {"../x.png", "a/../../x.png", "/etc/x.png", ".."}) {
    for (const std::string& content : {zip({{name, "x"}}), tar({{name, "x"}})}) {
      const std::string path = folder.file("set", content);
      expect_data_error(files_in(path), path, "lies outside of the archive");
    }
  }
  const std::string path = folder.file("set.zip", zip({{std::string(5000, 'a'), "x"}}));
  expect_data_error(files_in(path), path, "the name of an entry has 5000 bytes");
}

TEST(PackedFiles, what_is_no_archive_or_packed_twice_is_refused) {
  const TestFolder folder;
  const std::string text = folder.file("t.csv.gz", gzip("a,b\n1,2\n"));
  EXPECT_FALSE(packs_files(text));
  EXPECT_FALSE(packs_files(folder.path("none")));
  EXPECT_FALSE(packs_files(folder.path("")));
  expect_data_error(files_in(text), text, "no zip and no tar");
  for (const std::string& inner : {gzip(tar(kFiles)), csv::packed_by("xz", tar(kFiles))}) {
    const std::string path = folder.file("twice", csv::packed_by("zstd", inner));
    EXPECT_FALSE(files_in(path).ok());
    EXPECT_TRUE(contains(files_in(path).error().message, "twice"))
        << files_in(path).error().message;
  }
}

TEST(PackedFiles, damage_and_missing_ends_are_errors) {
  const TestFolder folder;
  const std::string whole = tar(kFiles);
  for (const std::string& content :
       {whole.substr(0, 1500), gzip(whole).substr(0, 200'000),
        csv::packed_by("xz", whole).substr(0, 200'000), zip(kFiles).substr(0, 200'000)}) {
    const std::string path = folder.file("cut", content);
    const auto found = files_in(path);
    ASSERT_FALSE(found.ok());
    EXPECT_EQ(found.error().kind, ErrorKind::data);
  }
  // A checksum behind the last entry.
  std::string packed = gzip(whole);
  packed[packed.size() - 6] = static_cast<char>(~packed[packed.size() - 6]);
  expect_data_error(files_in(folder.file("sum", packed)), folder.path("sum"), "");
}

TEST(PackedFiles, an_entry_and_an_archive_may_hold_only_so_much) {
  const TestFolder folder;
  const std::string path = folder.file("set.tar", tar(kFiles));
  expect_data_error(files_in(path, 1000), path + ":a/1.txt", "has more than 1000 bytes");
  // 300 MiB of zeros in some KiB.
  const std::string zeros = tar({{"a", std::string(std::size_t{300} << 20, '\0')}});
  const std::string bomb = folder.file("bomb.tar.zst", csv::packed_by("zstd", zeros));
  expect_data_error(files_in(bomb, std::size_t{1} << 30), bomb, "unpacks to more than 256 MiB");
}

TEST(PackedFiles, names_are_shown_without_control_characters) {
  EXPECT_EQ(shown_entry("a\x1b[2Jb\n"), "\"a?[2Jb?\"");
  EXPECT_EQ(shown_entry(std::string(200, 'a')).size(), 105U);
}

}  // namespace
}  // namespace forknet::data
