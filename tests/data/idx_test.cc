#include "data/idx.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "data/data_files.h"
#include "data/inspect.h"

namespace forknet::data {
namespace {

const std::string kImages = idx(8, {3, 2, 2}, bytes({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 255}));
const std::string kLabels = idx(8, {3}, bytes({2, 0, 1}));

// Both files, then the table or the refusal.
Result<TablePointer> read(const TestFolder& folder, const std::string& images,
                          const std::string& labels) {
  return read_idx(folder.file("images", images), folder.file("labels", labels));
}

void expect_refused_images(const std::string& images, const std::string& part) {
  const TestFolder folder;
  expect_data_error(read(folder, images, kLabels), folder.path("images"), part);
}

void expect_refused_labels(const std::string& labels, const std::string& part) {
  const TestFolder folder;
  expect_data_error(read(folder, kImages, labels), folder.path("labels"), part);
}

std::string f32s(const std::vector<float>& values) {
  std::string text;
  for (const float value : values) text += big_endian(std::bit_cast<std::uint32_t>(value), 4);
  return text;
}

std::string f64s(const std::vector<double>& values) {
  std::string text;
  for (const double value : values) text += big_endian(std::bit_cast<std::uint64_t>(value), 8);
  return text;
}

void expect_three_images(const Result<TablePointer>& table) {
  ASSERT_TRUE(table.ok()) << table.error().message;
  const TableShape& shape = (*table)->shape;
  EXPECT_EQ(shape.element, Element::u8);
  EXPECT_EQ(shape.rows, 3U);
  EXPECT_EQ(shape.features, 4U);
  EXPECT_EQ(shape.row_shape, (std::vector<std::size_t>{2, 2}));
  EXPECT_EQ(shape.classes, 3U);
  EXPECT_EQ(std::vector<int>((*table)->u8_row(1), (*table)->u8_row(2)),
            (std::vector<int>{4, 5, 6, 7}));
  EXPECT_EQ((*table)->u8_row(2)[3], 255);
  const std::span<const std::uint32_t> labels = (*table)->labels();
  EXPECT_EQ(std::vector<std::uint32_t>(labels.begin(), labels.end()),
            (std::vector<std::uint32_t>{2, 0, 1}));
}

TEST(Idx, images_and_labels_become_a_table) {
  const TestFolder folder;
  expect_three_images(read(folder, kImages, kLabels));
}

TEST(Idx, gzip_gives_the_same_table) {
  const TestFolder folder;
  const Result<TablePointer> plain = read(folder, kImages, kLabels);
  const Result<TablePointer> packed = read(folder, gzip(kImages), gzip(kLabels));
  expect_three_images(packed);
  EXPECT_EQ((*plain)->digest(), (*packed)->digest());
}

TEST(Idx, the_digest_sees_every_input_label_and_the_shape) {
  const TestFolder folder;
  const std::string digest = (*read(folder, kImages, kLabels))->digest();
  const std::string other_label = idx(8, {3}, bytes({2, 0, 0}));
  const std::string other_pixel = idx(8, {3, 2, 2}, bytes({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 254}));
  EXPECT_EQ(digest.size(), 32U);
  EXPECT_NE((*read(folder, kImages, other_label))->digest(), digest);
  EXPECT_NE((*read(folder, other_pixel, kLabels))->digest(), digest);
}

TEST(Idx, every_number_type_is_read_as_fp32) {
  const TestFolder folder;
  const std::vector<std::pair<std::string, std::vector<float>>> cases = {
      {idx(9, {3, 1}, bytes({-128, 0, 127})), {-128, 0, 127}},
      {idx(11, {3, 1}, bytes({0x80, 0, 0, 1, 0x7f, 0xff})), {-32768, 1, 32767}},
      {idx(12, {3, 1}, bytes({0x80, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 1, 0, 0})),
       {-2147483648.0F, -1, 65536}},
      {idx(13, {3, 1}, f32s({0.1F, -3e38F, 1e-45F})), {0.1F, -3e38F, 1e-45F}},
      {idx(14, {3, 1}, f64s({0.1, -3e38, 1e-300})), {0.1F, -3e38F, 0}},
  };
  for (const auto& [file, expected] : cases) {
    const Result<TablePointer> table = read(folder, file, kLabels);
    ASSERT_TRUE(table.ok()) << table.error().message;
    EXPECT_EQ((*table)->shape.element, Element::f32);
    EXPECT_EQ(std::vector<float>((*table)->f32_row(0), (*table)->f32_row(3)), expected);
  }
}

TEST(Idx, many_numbers_cross_the_pieces_they_are_decoded_in) {
  const TestFolder folder;
  constexpr std::uint32_t kRows = 3000;
  std::vector<float> numbers(kRows * 7);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<float>(i) / 3;
  std::string labels;
  for (std::uint32_t i = 0; i < kRows; ++i) labels += big_endian(i, 4);
  const Result<TablePointer> table =
      read(folder, gzip(idx(13, {kRows, 7}, f32s(numbers))), gzip(idx(12, {kRows}, labels)));
  ASSERT_TRUE(table.ok()) << table.error().message;
  EXPECT_EQ(std::vector<float>((*table)->f32_row(0), (*table)->f32_row(kRows)), numbers);
  EXPECT_EQ((*table)->labels()[2999], 2999U);
}

TEST(Idx, rank_one_inputs_have_one_feature) {
  const TestFolder folder;
  const Result<TablePointer> table = read(folder, idx(8, {3}, bytes({7, 8, 9})), kLabels);
  ASSERT_TRUE(table.ok()) << table.error().message;
  EXPECT_EQ((*table)->shape.features, 1U);
}

TEST(Idx, inputs_alone_make_a_table_without_labels) {
  const TestFolder folder;
  const Result<TablePointer> table = read_idx_inputs(folder.file("images", kImages));
  ASSERT_TRUE(table.ok()) << table.error().message;
  EXPECT_TRUE((*table)->labels().empty());
  expect_data_error(check_labels(**table, 10), folder.path("images"), "no class labels");
}

TEST(Idx, an_empty_file_is_refused) {
  expect_refused_images("", "the file is empty");
  expect_refused_labels("", "the file is empty");
  expect_refused_images(gzip(""), "ends within its header");
}

TEST(Idx, a_file_cut_in_its_header_is_refused) {
  for (std::size_t size = 1; size < 16; ++size) {
    expect_refused_images(kImages.substr(0, size), "ends within its header");
    expect_refused_images(gzip(kImages.substr(0, size)), "ends within its header");
  }
}

TEST(Idx, a_file_cut_in_its_content_is_refused_with_both_sizes) {
  for (std::size_t size = 16; size < kImages.size(); ++size) {
    const std::string expected = "the header promises 3 x 2 x 2 = 12 bytes, the file holds " +
                                 std::to_string(size - 16) + "; is the download complete?";
    expect_refused_images(kImages.substr(0, size), expected);
    expect_refused_images(gzip(kImages.substr(0, size)), expected);
  }
  expect_refused_labels(kLabels.substr(0, kLabels.size() - 1), "3 = 3 bytes, the file holds 2");
}

TEST(Idx, a_truncated_download_is_refused) {
  const std::string packed = gzip(idx(8, {3, 100, 100}, noise(30'000)));
  expect_refused_images(packed.substr(0, packed.size() / 2), "the gzip data is cut short");
}

TEST(Idx, content_past_the_promise_is_refused) {
  expect_refused_images(kImages + "x", "= 12 bytes, the file holds 13; is it damaged?");
  expect_refused_images(gzip(kImages + "x"), "= 12 bytes, the file holds more; is it damaged?");
}

TEST(Idx, sizes_that_wrap_are_refused) {
  const std::uint32_t most = std::numeric_limits<std::uint32_t>::max();
  expect_refused_images(idx(14, {most, most, most}, "x"),
                        "4294967295 x 4294967295 x 4294967295 numbers, more than can be addressed");
  // 2^32 * 2^32 wraps to 0 in 64 bits.
  expect_refused_images(idx(8, {1U << 31, 1U << 31, 4}, ""), "more than can be addressed");
}

TEST(Idx, sizes_that_exceed_the_file_are_refused_before_memory_is_taken) {
  const std::uint32_t most = std::numeric_limits<std::uint32_t>::max();
  expect_refused_images(idx(8, {most, 1000, 1000}, "x"), "the file holds 1; is the download");
  expect_refused_images(gzip(idx(8, {most, 1000, 1000}, "x")), "bytes of gzip hold at most");
}

TEST(Idx, what_is_not_idx_is_refused_with_its_first_bytes) {
  expect_refused_images("\x89PNG\r\n", "starts with 89 50 4e 47");
  expect_refused_images(idx(10, {3, 1}, "abc"), "starts with 00 00 0a 02");
  expect_refused_images(idx(8, {}, "a"), "rank 0");
}

TEST(Idx, zero_rows_and_empty_rows_are_refused) {
  expect_refused_images(idx(8, {0, 28, 28}, ""), "the header says 0 x 28 x 28: no rows");
  expect_refused_images(idx(8, {3, 0, 28}, ""), "the header says 3 x 0 x 28: no numbers");
  expect_refused_labels(idx(8, {0}, ""), "no rows");
}

TEST(Idx, numbers_that_are_not_finite_are_refused_with_their_place) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  expect_refused_images(idx(13, {3, 2}, f32s({0, 1, 2, nan, 4, 5})),
                        "row 1, column 1: nan is not a finite fp32 number");
  expect_refused_images(idx(13, {3, 2}, f32s({0, 1, 2, 3, -infinity, 5})), "row 2, column 0: -inf");
  expect_refused_images(idx(14, {3, 1}, f64s({0, 1, 1e300})), "row 2, column 0: 1e+300");
}

TEST(Idx, labels_must_be_whole_numbers_one_a_row) {
  expect_refused_labels(idx(13, {3}, f32s({0, 1, 2})), "the numbers are f32; labels are whole");
  expect_refused_labels(kImages, "the shape is 3 x 2 x 2; labels are one number a row");
  expect_refused_labels(idx(8, {4}, bytes({0, 1, 2, 3})), "4 labels, but");
  expect_refused_labels(idx(9, {3}, bytes({0, -1, 2})), "row 1: label -1; labels are 0, 1, 2");
}

TEST(Idx, labels_that_the_model_cannot_say_are_refused_with_their_row) {
  const TestFolder folder;
  const Result<TablePointer> table = read(folder, kImages, kLabels);
  EXPECT_TRUE(check_labels(**table, 3).ok());
  expect_data_error(check_labels(**table, 2), folder.path("labels"),
                    "row 0: label 2, but the model has 2 outputs (labels 0..1)");
}

TEST(Idx, a_missing_file_is_a_data_error_that_names_it) {
  const TestFolder folder;
  expect_data_error(read_idx(folder.path("none"), folder.path("none")), folder.path("none"),
                    "No such file");
}

TEST(InspectIdx, a_description_has_type_shape_range_and_counts) {
  const TestFolder folder;
  const std::string images = *inspect_idx(folder.file("images", gzip(kImages)));
  EXPECT_TRUE(contains(images, "IDX in gzip")) << images;
  EXPECT_TRUE(contains(images, "type     u8\nshape    3 x 2 x 2 (3 rows of 4 numbers)\n"));
  EXPECT_TRUE(contains(images, "range    0 .. 255, mean 25.8333")) << images;
  const std::string labels =
      *inspect_idx(folder.file("labels", idx(12, {3}, std::string(12, '\0'))));
  EXPECT_TRUE(contains(labels, "values   1 different ones\n      0  3\n")) << labels;
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::string broken = *inspect_idx(folder.file("broken", idx(13, {1, 2}, f32s({1, nan}))));
  EXPECT_TRUE(contains(broken, "1 numbers are NaN or infinite")) << broken;
  const std::string path = folder.file("labels.gz", gzip(idx(8, {3}, std::string("\1\0\1", 3))));
  EXPECT_EQ(*inspect_idx(path, true),
            "{\"file\":\"" + path +
                "\",\"format\":\"idx\",\"type\":\"u8\",\"shape\":[3],\"rows\":3,\"features\":1,"
                "\"not_finite\":0,\"low\":0,\"high\":1,\"mean\":0.6666666666666666,"
                "\"values\":[[0,1],[1,2]]}\n");
  expect_data_error(inspect_idx(folder.file("short", kImages.substr(0, 20))), folder.path("short"),
                    "the file holds 4");
}

TEST(Idx, how_far_reading_is_is_told_in_bytes_up_to_the_whole_content) {
  const TestFolder folder;
  constexpr std::uint32_t kRows = 3'000'000;
  for (const int type : {8, 9}) {  // bytes as they are, and numbers that are decoded
    const std::string path = folder.file("x", gzip(idx(type, {kRows}, std::string(kRows, '\1'))));
    std::uint64_t before = 0;
    std::size_t calls = 0;
    const auto progress = [&](const std::string& file, std::uint64_t done, std::uint64_t all) {
      EXPECT_EQ(file, path);
      EXPECT_EQ(all, kRows);
      EXPECT_GT(done, before);
      before = done;
      ++calls;
    };
    ASSERT_TRUE(read_idx_inputs(path, progress).ok());
    EXPECT_EQ(before, kRows);
    EXPECT_GT(calls, 2U);
    before = 0;
    ASSERT_TRUE(inspect_idx(path, false, progress).ok());
    EXPECT_EQ(before, kRows);
  }
}

TEST(RealData, mnist_has_the_rows_and_label_counts_that_its_authors_publish) {
  const char* folder = std::getenv("FORKNET_TEST_DATA");
  if (folder == nullptr) GTEST_SKIP() << "FORKNET_TEST_DATA names no folder with mnist/";
  const std::string at = std::string(folder) + "/mnist/train-";
  const Result<TablePointer> table =
      read_idx(at + "images-idx3-ubyte.gz", at + "labels-idx1-ubyte.gz");
  ASSERT_TRUE(table.ok()) << table.error().message;
  EXPECT_EQ((*table)->shape.rows, 60'000U);
  EXPECT_EQ((*table)->shape.features, 784U);
  std::vector<int> counts(10);
  for (const std::uint32_t label : (*table)->labels()) ++counts.at(label);
  EXPECT_EQ(counts, (std::vector<int>{5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949}));
}

}  // namespace
}  // namespace forknet::data
