#include "data/formats/images/inspect.h"

#include <gtest/gtest.h>

#include "data/formats/images/picture_files.h"

namespace forknet::data {
namespace {

TEST(InspectPictures, folders_tell_classes_sizes_and_colors) {
  const TestFolder folder;
  for (const char* name : {"cat", "dog"}) {
    std::filesystem::create_directories(folder.path("set/") + name);
  }
  (void)folder.file("set/cat/1.png", flat_png(4, 4, 9));
  (void)folder.file("set/cat/2.png", png(2, 1, 2, "abcdef"));
  (void)folder.file("set/cat/notes.txt", "x");
  (void)folder.file("set/dog/1.pgm", pgm(4, 4, std::string(16, '\x50')));
  const auto text = inspect_pictures(folder.path("set"), false);
  ASSERT_TRUE(text.ok()) << text.error().message;
  for (const char* part :
       {"format   pictures in folders of classes\npictures 3, 1 of them in color\nclasses  2\n",
        "         2   66.7 %  cat\n         1   33.3 %  dog\n",
        "sizes    1 of 2 x 1\n         2 of 4 x 4\n", "range    9 .. 102",
        "1 entries that are no pictures"}) {
    EXPECT_TRUE(contains(*text, part)) << *text;
  }
  const auto json = inspect_pictures(folder.path("set"), true);
  ASSERT_TRUE(json.ok()) << json.error().message;
  EXPECT_TRUE(contains(*json, R"("classes":[{"name":"cat","pictures":2},)")) << *json;
}

TEST(InspectPictures, one_picture_is_described_and_a_broken_one_named) {
  const TestFolder folder;
  const auto text = inspect_pictures(folder.file("a.png", flat_png(4, 3, 9)), false);
  ASSERT_TRUE(text.ok()) << text.error().message;
  EXPECT_TRUE(contains(*text, "sizes    1 of 4 x 3\nrange    9 .. 9, mean of the borders 9.0\n"))
      << *text;
  const std::string broken = folder.file("b.png", flat_png(4, 3, 9).substr(0, 50));
  expect_data_error(inspect_pictures(broken, false), broken, "is damaged");
}

}  // namespace
}  // namespace forknet::data
