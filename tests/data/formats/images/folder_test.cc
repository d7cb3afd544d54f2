#include "data/formats/images/folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "data/formats/images/picture_files.h"

namespace forknet::data {
namespace {

// Folders of classes: {"cat/1.png", content}.
class PictureFolders : public testing::Test {
 protected:
  void put(const std::string& name, const std::string& content = flat_png(2, 2, 7)) const {
    std::filesystem::create_directories(
        std::filesystem::path(folder_.path("set/" + name)).parent_path());
    (void)folder_.file("set/" + name, content);
  }
  [[nodiscard]] std::string root() const { return folder_.path("set"); }

  TestFolder folder_;
};

TEST_F(PictureFolders, folders_are_classes_in_the_order_of_their_bytes) {
  for (const char* name : {"b/2.png", "b/10.png", "a/x.PNG", "B/1", "\xc3\xa4/1.png"}) put(name);
  const auto found = find_classes(root(), {});
  ASSERT_TRUE(found.ok()) << found.error().message;
  EXPECT_EQ(found->classes, (std::vector<std::string>{"B", "a", "b", "\xc3\xa4"}));
  std::vector<std::string> names;
  std::vector<std::uint32_t> labels;
  for (const PictureFile& file : found->files) {
    names.push_back(file.path.substr(root().size() + 1));
    labels.push_back(file.label);
  }
  EXPECT_EQ(names,
            (std::vector<std::string>{"B/1", "a/x.PNG", "b/10.png", "b/2.png", "\xc3\xa4/1.png"}));
  EXPECT_EQ(labels, (std::vector<std::uint32_t>{0, 1, 2, 2, 3}));
  EXPECT_TRUE(found->notes.empty());
}

TEST_F(PictureFolders, what_is_no_picture_is_passed_over_with_a_note) {
  for (const char* name : {"a/1.png", "a/.hidden", ".git/x", "b/1.png"}) put(name);
  put("readme.txt", "hello");
  put("b/Thumbs.db", "x");
  put("b/deeper/1.png");
  ASSERT_EQ(::mkfifo((root() + "/b/pipe.png").c_str(), 0600), 0);
  std::filesystem::create_symlink("1.png", root() + "/b/link.png");
  const auto found = find_classes(root(), {});
  ASSERT_TRUE(found.ok()) << found.error().message;
  EXPECT_EQ(found->files.size(), 3U);
  ASSERT_EQ(found->notes.size(), 2U);
  EXPECT_TRUE(contains(found->notes[0], "2 hidden files are passed over")) << found->notes[0];
  EXPECT_TRUE(contains(found->notes[1], "4 entries that are no pictures")) << found->notes[1];
  EXPECT_TRUE(contains(found->notes[1], root() + "/readme.txt, " + root() + "/b/Thumbs.db"))
      << found->notes[1];
}

TEST_F(PictureFolders, other_sets_have_the_classes_of_training) {
  put("a/1.png");
  put("c/1.png");
  const auto found = find_classes(root(), {"a", "b", "c"});
  ASSERT_TRUE(found.ok()) << found.error().message;
  EXPECT_EQ(found->files[1].label, 2U);
  expect_data_error(find_classes(root(), {"a", "b"}), root() + "/c",
                    "a class that the training pictures do not have\nthey have a, b");
}

TEST_F(PictureFolders, folders_without_classes_or_pictures_are_refused) {
  put("1.png");
  expect_data_error(find_classes(root(), {}), root(),
                    "no folders of classes in it, but 1 pictures");
  put("a/1.png");
  put("b/.hidden");
  expect_data_error(find_classes(root(), {}), root() + "/b", "no pictures in the folder");
  expect_data_error(find_classes(root() + "/1.png", {}), root() + "/1.png", "not a folder");
  expect_data_error(find_classes(root() + "/none", {}), root() + "/none", "no such folder");
  put("a\nb/1.png");
  expect_data_error(find_classes(root(), {}), root(), "the name of a folder is no text");
}

TEST_F(PictureFolders, pictures_to_predict_are_one_file_or_all_of_a_folder) {
  put("2.png");
  put("1.png");
  put("notes.txt", "x");
  const auto all = find_pictures(root());
  ASSERT_TRUE(all.ok()) << all.error().message;
  ASSERT_EQ(all->files.size(), 2U);
  EXPECT_EQ(all->files[0].path, root() + "/1.png");
  EXPECT_TRUE(all->classes.empty());
  EXPECT_EQ(all->notes.size(), 1U);
  EXPECT_EQ(find_pictures(root() + "/2.png")->files.size(), 1U);
  std::filesystem::create_directory(folder_.path("empty"));
  expect_data_error(find_pictures(folder_.path("empty")), folder_.path("empty"), "no pictures");
}

}  // namespace
}  // namespace forknet::data
