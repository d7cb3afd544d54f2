#include "data/formats/npy/read.h"

#include <gtest/gtest.h>

#include <limits>

#include "data/formats/npy/inspect.h"
#include "data/formats/npy/npy_files.h"
#include "data/idx.h"

namespace forknet::data {
namespace {

const std::string kPictures =
    npy("|u1", "(3, 2, 2)", bytes({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 255}));
const std::string kClasses =
    npy("<i8", "(3,)", little_endian(2, 8) + little_endian(0, 8) + little_endian(1, 8));

Result<TablePointer> read_arrays(const TestFolder& folder, const std::string& inputs,
                                 const std::string& labels, bool classes = true) {
  return read_npy({folder.file("x.npy", inputs), folder.file("y.npy", labels)}, classes);
}

TEST(ReadNpy, bytes_stay_bytes_and_give_the_digest_of_idx) {
  const TestFolder folder;
  const auto table = read_arrays(folder, kPictures, kClasses);
  ASSERT_TRUE(table.ok()) << table.error().message;
  EXPECT_EQ((*table)->shape.element, Element::u8);
  EXPECT_EQ((*table)->shape.row_shape, (std::vector<std::size_t>{2, 2}));
  EXPECT_EQ((*table)->shape.classes, 3U);
  const auto same = read_idx(
      folder.file("images", idx(8, {3, 2, 2}, bytes({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 255}))),
      folder.file("labels", idx(8, {3}, bytes({2, 0, 1}))));
  EXPECT_EQ((*table)->digest(), (*same)->digest());
  EXPECT_EQ((*read_arrays(folder, gzip(kPictures), gzip(kClasses)))->digest(), (*same)->digest());
}

TEST(ReadNpy, other_numbers_become_fp32) {
  const TestFolder folder;
  const auto table = read_arrays(folder, npy("<f8", "(3, 1)", f64_text({0.1, 2, 3})), kClasses);
  ASSERT_TRUE(table.ok()) << table.error().message;
  EXPECT_EQ((*table)->shape.element, Element::f32);
  EXPECT_EQ((*table)->f32_row(0)[0], 0.1F);
  const float infinity = std::numeric_limits<float>::infinity();
  expect_data_error(read_arrays(folder, npy("<f4", "(3, 1)", f32_text({0, infinity, 2})), kClasses),
                    folder.path("x.npy"), "row 1, column 0: inf is not a finite fp32 number");
}

TEST(ReadNpy, labels_are_class_numbers_of_any_type) {
  const TestFolder folder;
  const std::string digest = (*read_arrays(folder, kPictures, kClasses))->digest();
  for (const std::string& labels :
       {npy("|u1", "(3,)", bytes({2, 0, 1})), npy(">i2", "(3, 1)", bytes({0, 2, 0, 0, 0, 1})),
        npy("<f4", "(3,)", f32_text({2, 0, 1}))}) {
    const auto table = read_arrays(folder, kPictures, labels);
    ASSERT_TRUE(table.ok()) << table.error().message;
    EXPECT_EQ((*table)->digest(), digest);
  }
  const auto flags = read_arrays(folder, kPictures, npy("|b1", "(3,)", bytes({1, 0, 1})));
  ASSERT_TRUE(flags.ok()) << flags.error().message;
  EXPECT_EQ((*flags)->shape.classes, 2U);
}

TEST(ReadNpy, labels_that_are_no_class_numbers_are_refused_with_their_row) {
  const TestFolder folder;
  const std::string path = folder.path("y.npy");
  expect_data_error(read_arrays(folder, kPictures, npy("|i1", "(3,)", bytes({0, -1, 2}))), path,
                    "row 1: -1 is not a class number");
  expect_data_error(read_arrays(folder, kPictures, npy("<f4", "(3,)", f32_text({0, 1, 0.5F}))),
                    path, "row 2: 0.5 is not a class number");
  expect_data_error(read_arrays(folder, kPictures, npy("<i8", "(3,)", std::string(24, '\x7f'))),
                    path, "is not a class number");
  expect_data_error(read_arrays(folder, kPictures, npy("|u1", "(3, 2)", bytes({1, 0, 1, 0, 0, 1}))),
                    path, "class labels are one number a row\nof one-hot rows save");
  expect_data_error(read_arrays(folder, kPictures, npy("|u1", "(2,)", bytes({1, 0}))), path,
                    "2 labels, but");
}

TEST(ReadNpy, targets_are_numbers_one_or_more_a_row) {
  const TestFolder folder;
  const auto one = read_arrays(folder, kPictures, npy("<i4", "(3,)", little_endian(7, 12)), false);
  ASSERT_TRUE(one.ok()) << one.error().message;
  EXPECT_EQ((*one)->shape.outputs, 1U);
  EXPECT_FALSE((*one)->shape.labelled);
  EXPECT_EQ((*one)->targets()[0], 7.0F);
  const auto two = read_arrays(folder, kPictures,
                               npy("<f4", "(3, 2)", f32_text({1, 4, 2, 5, 3, 6}), true), false);
  ASSERT_TRUE(two.ok()) << two.error().message;
  EXPECT_EQ((*two)->shape.outputs, 2U);
  EXPECT_EQ((*two)->targets()[1], 5.0F);
}

TEST(ReadNpy, archives_give_arrays_by_name) {
  const TestFolder folder;
  const std::string digest = (*read_arrays(folder, kPictures, kClasses))->digest();
  const std::string path = folder.file("set.npz", zip({{"x_train.npy", kPictures},
                                                       {"y_train.npy", kClasses},
                                                       {"x_test.npy", kPictures},
                                                       {"y_test.npy", kClasses},
                                                       {"z.npy", kClasses}}));
  const std::string labels = folder.path("y.npy");
  for (const NpyPaths& paths :
       {NpyPaths{path, ""}, NpyPaths{path, "", NpzPart::test}, NpyPaths{path + ":x_train", ""},
        NpyPaths{path + ":x_test", path + ":z"}, NpyPaths{path, path + ":y_train"},
        NpyPaths{path + ":x_train", labels}, NpyPaths{folder.path("x.npy"), path + ":z"}}) {
    const auto table = read_npy(paths, true);
    ASSERT_TRUE(table.ok()) << paths.inputs << ": " << table.error().message;
    EXPECT_EQ((*table)->digest(), digest);
  }
  EXPECT_EQ((*read_npy({path, ""}, true))->labels_name, path + ":y_train");
  expect_data_error(read_npy({path, labels}, true), path, "5 arrays in the archive; name one");
  expect_data_error(read_npy({folder.path("x.npy") + ":x", labels}, true), folder.path("x.npy"),
                    "one array, not an archive");
}

TEST(ReadNpy, a_colon_in_the_name_of_a_file_is_no_member) {
  const TestFolder folder;
  const auto table =
      read_npy({folder.file("a:b.npy", kPictures), folder.file("y:1", kClasses)}, true);
  ASSERT_TRUE(table.ok()) << table.error().message;
}

TEST(ReadNpy, inputs_alone_make_a_table_without_labels) {
  const TestFolder folder;
  const auto table = read_npy_inputs(folder.file("x.npy", kPictures));
  ASSERT_TRUE(table.ok()) << table.error().message;
  EXPECT_TRUE((*table)->labels().empty());
  const std::string path =
      folder.file("set.npz", zip({{"x.npy", kPictures}, {"y.npy", kClasses}}, true));
  EXPECT_EQ((*read_npy_inputs(path))->digest(), (*table)->digest());
  EXPECT_EQ((*read_npy_inputs(path + ":x"))->digest(), (*table)->digest());
}

TEST(ReadNpy, one_array_without_labels_is_refused) {
  const TestFolder folder;
  const std::string path = folder.file("x.npy", kPictures);
  expect_data_error(read_npy({path, ""}, true), path, "no labels are named");
}

TEST(ReadNpy, how_far_reading_is_is_told_in_bytes_up_to_the_whole_array) {
  const TestFolder folder;
  constexpr std::uint64_t kBytes = 4'000'000;
  const std::string array = npy("<f4", "(1000000,)", std::string(kBytes, '\0'));
  for (const std::string& path : {folder.file("x.npy", array), folder.file("x.npy.gz", gzip(array)),
                                  folder.file("x.npz", zip({{"x.npy", array}}, true))}) {
    std::uint64_t before = 0;
    std::size_t calls = 0;
    const auto progress = [&](const std::string& file, std::uint64_t done, std::uint64_t all) {
      EXPECT_TRUE(file.starts_with(path)) << file;
      EXPECT_EQ(all, kBytes);
      EXPECT_GT(done, before);
      before = done;
      ++calls;
    };
    ASSERT_TRUE(read_npy_inputs(path, progress).ok());
    EXPECT_EQ(before, kBytes);
    EXPECT_GT(calls, 2U);
    before = 0;
    ASSERT_TRUE(inspect_npy(path, true, progress).ok());
    EXPECT_EQ(before, kBytes);
  }
}

TEST(ReadNpy, what_is_no_array_is_refused_with_what_it_seems_to_be) {
  const TestFolder folder;
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "the file is empty"},
      {"<!DOCTYPE html><html>", "this is a web page: the download failed"},
      {"version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer"},
      {"\x80\x04\x95pickle", "this is a pickle, which forknet does not run"},
      {"1,2,3\n", "begins with neither"},
      {gzip(zip({{"x.npy", kPictures}})), "an archive within gzip"},
  };
  for (const auto& [content, part] : cases) {
    const std::string path = folder.file("odd.npy", content);
    expect_data_error(read_npy_inputs(path), path, part);
  }
}

}  // namespace
}  // namespace forknet::data
