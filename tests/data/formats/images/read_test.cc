#include "data/formats/images/read.h"

#include <gtest/gtest.h>

#include "data/formats/images/picture_files.h"

namespace forknet::data {
namespace {

// Files of those pictures, without classes.
PictureFiles written(const TestFolder& folder, const std::vector<std::string>& pictures) {
  PictureFiles files{folder.path("")};
  for (const std::string& picture : pictures) {
    const std::string name = "p" + std::to_string(files.files.size());
    files.files.push_back({folder.file(name, picture), 0});
  }
  return files;
}

TEST(ReadPictures, rows_are_bytes_with_labels_of_their_classes) {
  const TestFolder folder;
  PictureFiles files = written(folder, {png(2, 2, 0, "abcd"), pgm(2, 2, "efgh")});
  files.classes = {"cat", "dog"};
  files.files[0].label = 1;
  const auto read = read_pictures(files, {});
  ASSERT_TRUE(read.ok()) << read.error().message;
  const Table& table = *read->table;
  EXPECT_EQ(table.shape.element, Element::u8);
  EXPECT_EQ(table.shape.row_shape, (std::vector<std::size_t>{2, 2}));
  EXPECT_EQ(table.shape.classes, 2U);
  EXPECT_EQ(std::string(table.u8_row(0), table.u8_row(2)), "abcdefgh");
  EXPECT_EQ(table.labels()[0], 1U);
  EXPECT_EQ(table.labels()[1], 0U);
}

TEST(ReadPictures, a_form_brings_all_to_one_size_and_color) {
  const TestFolder folder;
  const PictureFiles files =
      written(folder, {png(1, 1, 2, bytes({255, 0, 0})), flat_png(4, 3, 9), flat_png(2, 2, 7)});
  const auto grey = read_pictures(files, {{2, 2, false}});
  ASSERT_TRUE(grey.ok()) << grey.error().message;
  EXPECT_EQ(grey->in_color, 1U);
  EXPECT_EQ(std::vector<int>(grey->table->u8_row(0), grey->table->u8_row(3)),
            (std::vector<int>{76, 76, 76, 76, 9, 9, 9, 9, 7, 7, 7, 7}));
  const auto color = read_pictures(files, {{1, 1, true}});
  ASSERT_TRUE(color.ok()) << color.error().message;
  EXPECT_EQ(color->table->shape.row_shape, (std::vector<std::size_t>{1, 1, 3}));
  EXPECT_EQ(std::vector<int>(color->table->u8_row(0), color->table->u8_row(2)),
            (std::vector<int>{255, 0, 0, 9, 9, 9}));
}

TEST(ReadPictures, several_sizes_without_a_form_are_refused_with_counts) {
  const TestFolder folder;
  const PictureFiles files =
      written(folder, {flat_png(2, 2, 1), flat_png(3, 2, 1), flat_png(2, 2, 1)});
  expect_data_error(read_pictures(files, {}), folder.path(""),
                    "pictures of 2 sizes: 2 of 2 x 2, 1 of 3 x 2\na model takes one: data.size");
}

TEST(ReadPictures, a_broken_picture_is_named) {
  const TestFolder folder;
  const std::string whole = flat_png(20, 20, 1);
  const PictureFiles files = written(folder, {whole, whole.substr(0, whole.size() - 20)});
  expect_data_error(read_pictures(files, {}), folder.path("p1"), "the PNG picture is damaged");
}

TEST(ReadPictures, negatives_are_turned_where_asked_or_where_the_border_says_so) {
  const TestFolder folder;
  std::string framed(9, '\xf0');
  framed[4] = '\x10';
  const PictureFiles files = written(folder, {pgm(3, 3, framed), flat_png(3, 3, 20)});
  const auto never = read_pictures(files, {});
  ASSERT_TRUE(never.ok()) << never.error().message;
  EXPECT_EQ(never->border, 130.0);
  const auto by_border = read_pictures(files, {{}, Invert::by_border, 10});
  ASSERT_TRUE(by_border.ok()) << by_border.error().message;
  EXPECT_EQ(by_border->inverted, 1U);
  EXPECT_EQ(by_border->table->u8_row(0)[0], 15);
  EXPECT_EQ(by_border->table->u8_row(0)[4], 239);
  EXPECT_EQ(by_border->table->u8_row(1)[0], 20);
  EXPECT_EQ(read_pictures(files, {{}, Invert::always, 0})->inverted, 2U);
}

}  // namespace
}  // namespace forknet::data
