// Folders of pictures in a zip or a tar.
#include <gtest/gtest.h>

#include "data/formats/csv/packed_files.h"
#include "data/formats/format.h"
#include "data/formats/images/inspect.h"
#include "data/formats/images/picture_files.h"
#include "data/formats/images/read.h"
#include "data/formats/npy/npy_files.h"
#include "data/open.h"
#include "data/tar_files.h"

namespace forknet::data {
namespace {

using Files = std::vector<std::pair<std::string, std::string>>;

// Not in the order of a folder.
const Files kSet = {{"dog/10.png", flat_png(2, 2, 30)},
                    {"cat/2.png", flat_png(2, 2, 20)},
                    {"dog/notes.txt", "x"},
                    {"dog/1.pgm", pgm(2, 2, "abcd")},
                    {"cat/1.png", flat_png(2, 2, 10)},
                    {"cat/.hidden", "x"},
                    {"readme", "x"},
                    {"dog/raw", flat_png(2, 2, 40)}};

Files within(const std::string& folder, const Files& files) {
  Files found;
  for (const auto& [name, content] : files) found.emplace_back(folder + "/" + name, content);
  return found;
}

class PackedPictures : public testing::Test {
 protected:
  void SetUp() override {
    for (const auto& [name, content] : kSet) {
      std::filesystem::create_directories(
          std::filesystem::path(folder_.path("set/" + name)).parent_path());
      (void)folder_.file("set/" + name, content);
    }
  }
  [[nodiscard]] std::string archive(const std::string& content) const {
    return folder_.file("set.packed", content);
  }
  static std::string digest_of(const std::string& path) {
    DataConfig config;
    config.format = "images";
    config.train.inputs = path;
    const auto sets = open_data(config, 1, true);
    EXPECT_TRUE(sets.ok()) << sets.error().message;
    return sets.ok() ? sets->train.table->digest() : "";
  }
  void expect_refused(const std::string& content, const std::string& message) const {
    const std::string path = archive(content);
    expect_data_error(find_classes(path, {}), path, message);
  }

  TestFolder folder_;
};

TEST_F(PackedPictures, an_archive_gives_the_rows_of_the_folder) {
  const std::string plain = digest_of(folder_.path("set"));
  for (const Files& files : {kSet, within("photos", kSet), within("./a/photos", kSet)}) {
    const std::string packed = tar(files);
    for (const std::string& content :
         {zip(files), zip(files, true), packed, gzip(packed), csv::packed_by("xz", packed),
          csv::packed_by("zstd", packed)}) {
      EXPECT_EQ(digest_of(archive(content)), plain);
    }
  }
}

// As macOS packs a folder, or with a note about the set.
TEST_F(PackedPictures, what_is_no_picture_beside_the_one_folder_is_passed_over) {
  Files files = within("photos", kSet);
  for (const char* beside : {"._photos", ".DS_Store", "README.txt"})
    files.emplace_back(beside, "x");
  EXPECT_EQ(digest_of(archive(tar(files))), digest_of(folder_.path("set")));
  files.emplace_back("1.png", flat_png(2, 2, 1));
  expect_refused(zip(files), "no pictures in the folder of this class");
}

// Between two entries, where each of the entries before is whole.
TEST_F(PackedPictures, a_tar_without_its_end_is_refused) {
  std::string entries;
  for (const auto& [name, content] : kSet) entries += tar_entry(name, content);
  expect_refused(entries, "the archive ends before its end; is the download complete?");
  expect_refused(gzip(entries), "the archive ends before its end");
  EXPECT_TRUE(find_classes(archive(entries + std::string(512, '\0')), {}).ok());
}

TEST_F(PackedPictures, a_packed_folder_without_classes_is_described_as_one) {
  const Files flat = {{"flat/1.png", flat_png(2, 2, 1)}, {"flat/2.png", flat_png(2, 2, 2)}};
  const auto found = find_all(archive(zip(flat)));
  ASSERT_TRUE(found.ok()) << found.error().message;
  EXPECT_TRUE(found->classes.empty());
  EXPECT_EQ(found->files.size(), 2U);
}

TEST_F(PackedPictures, classes_order_notes_and_border_are_those_of_the_folder) {
  const auto plain = find_classes(folder_.path("set"), {});
  const std::string path = archive(zip(kSet));
  const auto packed = find_classes(path, {});
  ASSERT_TRUE(packed.ok()) << packed.error().message;
  EXPECT_EQ(packed->classes, plain->classes);
  EXPECT_EQ(packed->bytes, plain->bytes);
  ASSERT_EQ(packed->files.size(), 5U);
  EXPECT_EQ(packed->files[0].path, path + ":cat/1.png");
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(packed->files[i].label, plain->files[i].label);
  ASSERT_EQ(packed->notes.size(), 2U);
  EXPECT_TRUE(contains(packed->notes[1], path + ":readme, " + path + ":dog/notes.txt"))
      << packed->notes[1];
  EXPECT_EQ(read_pictures(*packed, {})->border, read_pictures(*plain, {})->border);
}

TEST_F(PackedPictures, an_archive_is_told_by_its_content) {
  for (const std::string& content :
       {zip(kSet), zip({{"x", flat_png(1, 1, 1)}}), tar(kSet), csv::packed_by("xz", tar(kSet))}) {
    const auto format = sniff_format(archive(content));
    ASSERT_TRUE(format.ok()) << format.error().message;
    EXPECT_EQ((*format)->name, "images");
  }
  EXPECT_EQ((*sniff_format(archive(zip({{"t.csv", "a,b\n1,2\n"}}))))->name, "csv");
  EXPECT_EQ((*sniff_format(archive(zip({{"x.npy", npy("|u1", "(1,)", "a")}}))))->name, "npy");
}

TEST_F(PackedPictures, an_archive_is_described_as_its_folder_is) {
  const auto without_name = [](const std::string& path) {
    const std::string text = inspect_pictures(path, true).value();
    return text.substr(text.find("\"format\""));
  };
  EXPECT_EQ(without_name(archive(tar(kSet))), without_name(folder_.path("set")));
}

TEST_F(PackedPictures, pictures_to_predict_are_those_of_the_one_folder) {
  for (const char* root : {".", "photos"}) {
    const std::string path = archive(zip(within(root, {{"2.png", "x"}, {"1.png", "x"}})));
    const auto found = find_pictures(path);
    ASSERT_TRUE(found.ok()) << found.error().message;
    ASSERT_EQ(found->files.size(), 2U);
    EXPECT_TRUE(found->files[0].path.ends_with("1.png")) << found->files[0].path;
  }
}

TEST_F(PackedPictures, what_is_no_set_of_pictures_is_refused) {
  expect_refused(zip({}), "there is no file in the zip");
  expect_refused(tar({{"1.png", "x"}}), "no folders of classes in it, but 1 pictures");
  expect_refused(tar_entry("cat/", "", '5') + tar({{"dog/1.png", "x"}}),
                 "no pictures in the folder of this class");
  expect_refused(zip({{"cat/1.png", "x"}, {"../dog/1.png", "x"}}), "lies outside of the archive");
  expect_refused(tar({{"cat/1.png", "x"}, {"cat/1.png", "y"}}),
                 "\"cat/1.png\" is in the archive twice");
  expect_refused(tar({{"cat", "x"}, {"cat/1.png", "y"}}), "\"cat\" is in the archive twice");
  expect_refused(gzip(gzip(tar(kSet))), "");
}

TEST_F(PackedPictures, archives_in_an_archive_are_refused) {
  for (const std::string& inner : {zip(kSet), tar(kSet), gzip(tar(kSet)),
                                   csv::packed_by("xz", tar(kSet)), csv::packed_by("zstd", "x")}) {
    expect_refused(zip({{"cat/1.png", "x"}, {"more.bin", inner}}),
                   "\"more.bin\" in it is packed itself");
  }
}

TEST_F(PackedPictures, a_broken_picture_is_named_with_its_archive) {
  const std::string broken = flat_png(2, 2, 1).substr(0, 40);
  const std::string path = archive(tar({{"cat/1.png", broken}, {"dog/1.png", flat_png(2, 2, 1)}}));
  const auto files = find_classes(path, {});
  ASSERT_TRUE(files.ok()) << files.error().message;
  expect_data_error(read_pictures(*files, {}), path + ":cat/1.png", "");
}

TEST_F(PackedPictures, an_archive_that_changes_while_it_is_read_is_refused) {
  const std::string path = archive(zip(kSet));
  const auto files = find_classes(path, {});
  ASSERT_TRUE(files.ok());
  (void)archive(zip({{"cat/1.png", flat_png(2, 2, 10)}}));
  expect_data_error(read_pictures(*files, {}), path, "changes while it is read");
}

TEST_F(PackedPictures, how_far_reading_is_is_told_in_bytes) {
  for (const std::string& path : {folder_.path("set"), archive(zip(kSet))}) {
    const auto files = find_classes(path, {});
    ASSERT_TRUE(files.ok());
    std::vector<std::uint64_t> told;
    const auto progress = [&](const std::string& file, std::uint64_t done, std::uint64_t all) {
      EXPECT_EQ(file, path);
      EXPECT_EQ(all, files->bytes);
      told.push_back(done);
    };
    ASSERT_TRUE(read_pictures(*files, {{1, 1, false}}, {.progress = progress}).ok());
    EXPECT_EQ(told.size(), 5U);
    EXPECT_EQ(told.back(), files->bytes);
  }
}

}  // namespace
}  // namespace forknet::data
