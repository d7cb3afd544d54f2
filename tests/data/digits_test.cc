#include "data/digits.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <set>
#include <span>
#include <vector>

#include "written_files.h"

namespace forknet::data {
namespace {

using Image = std::array<std::uint8_t, kDigitPixels>;

Image drawn(std::uint64_t seed, std::uint64_t index) {
  Image image = {};
  draw_digit(seed, index, image);
  return image;
}

// FNV-1a, 64 bits (Fowler, Noll, Vo).
std::uint64_t digest(std::uint64_t hash, std::span<const std::uint8_t> bytes) {
  for (const std::uint8_t byte : bytes) hash = (hash ^ byte) * 0x100000001B3U;
  return hash;
}

class DigitsFiles : public WrittenFiles {};

constexpr std::array<const char*, 4> kFiles = {
    "/train-images-idx3-ubyte.gz", "/train-labels-idx1-ubyte.gz", "/t10k-images-idx3-ubyte.gz",
    "/t10k-labels-idx1-ubyte.gz"};

// The same on every compiler and CPU. A change of the drawing changes this value on purpose, and
// every accuracy in docs/digits.md with it.
TEST(Digits, two_hundred_images_of_seed_1_have_the_published_digest) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  for (std::uint64_t i = 0; i < 100; ++i) {
    for (const std::uint64_t index : {i, kFirstTestDigit + i}) {
      hash = digest(hash, drawn(1, index));
      const auto label = static_cast<std::uint8_t>(digit_label(1, index));
      hash = digest(hash, {&label, 1});
    }
  }
  EXPECT_EQ(hash, 0x26903547F866F8A6U);
}

TEST(Digits, an_image_depends_on_its_seed_and_index_alone) {
  const Image image = drawn(7, 12);
  EXPECT_NE(drawn(7, 13), image);
  EXPECT_NE(drawn(8, 12), image);
  EXPECT_EQ(drawn(7, 12), image);
}

TEST(Digits, every_ten_images_show_each_digit_once_in_changing_order) {
  std::set<std::vector<unsigned>> orders;
  for (std::uint64_t group = 0; group < 100; ++group) {
    std::vector<unsigned> labels;
    for (std::uint64_t i = 0; i < 10; ++i) labels.push_back(digit_label(3, group * 10 + i));
    orders.insert(labels);
    std::sort(labels.begin(), labels.end());
    EXPECT_EQ(labels, (std::vector<unsigned>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
  }
  EXPECT_EQ(orders.size(), 100U);
}

TEST(Digits, each_place_in_a_group_sees_every_digit_about_equally_often) {
  std::array<int, 10> first = {};
  for (std::uint64_t group = 0; group < 10000; ++group) ++first[digit_label(1, group * 10)];
  for (const int count : first) EXPECT_NEAR(count, 1000, 150);  // 5 deviations
}

TEST(Digits, no_image_is_blank_or_flooded_and_no_two_are_alike) {
  std::set<Image> images;
  for (std::uint64_t i = 0; i < 2000; ++i) {
    const Image image = drawn(1, i);
    const auto dark = std::count_if(image.begin(), image.end(), [](auto p) { return p > 64; });
    EXPECT_GE(dark, 15) << "image " << i;
    EXPECT_LE(dark, 400) << "image " << i;
    images.insert(image);
  }
  EXPECT_EQ(images.size(), 2000U);
}

TEST(Digits, training_and_test_images_of_a_seed_share_no_image) {
  std::set<Image> images;
  for (std::uint64_t i = 0; i < 500; ++i) images.insert(drawn(1, i));
  for (std::uint64_t i = 0; i < 500; ++i) {
    EXPECT_FALSE(images.contains(drawn(1, kFirstTestDigit + i))) << "image " << i;
  }
}

TEST_F(DigitsFiles, hold_the_drawn_images_and_labels_as_idx) {
  const DigitsOptions options = {.seed = 5, .train = 150, .test = 30, .threads = 2};
  ASSERT_TRUE(draw_digits(options, path("new/inner")).ok());
  const std::array<std::size_t, 2> counts = {options.train, options.test};
  const std::array<std::uint64_t, 2> firsts = {0, kFirstTestDigit};
  for (std::size_t set = 0; set < 2; ++set) {
    const auto count = static_cast<std::uint8_t>(counts[set]);
    std::vector<std::uint8_t> images = {0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 28, 0, 0, 0, 28};
    std::vector<std::uint8_t> labels = {0, 0, 8, 1, 0, 0, 0, count};
    for (std::uint64_t i = 0; i < counts[set]; ++i) {
      const Image image = drawn(5, firsts[set] + i);
      images.insert(images.end(), image.begin(), image.end());
      labels.push_back(static_cast<std::uint8_t>(digit_label(5, firsts[set] + i)));
    }
    EXPECT_EQ(unzipped(path("new/inner") + kFiles[set * 2]), images);
    EXPECT_EQ(unzipped(path("new/inner") + kFiles[set * 2 + 1]), labels);
  }
}

TEST_F(DigitsFiles, are_the_same_bytes_with_one_thread_and_with_three) {
  // More than one chunk, and not a whole number of portions.
  ASSERT_TRUE(draw_digits({.seed = 2, .train = 5003, .test = 65, .threads = 1}, path("1")).ok());
  ASSERT_TRUE(draw_digits({.seed = 2, .train = 5003, .test = 65, .threads = 3}, path("3")).ok());
  for (const char* name : kFiles) {
    const auto one = file_bytes(path("1") + name);
    EXPECT_FALSE(one.empty()) << name;
    EXPECT_EQ(one, file_bytes(path("3") + name)) << name;
  }
}

TEST_F(DigitsFiles, replace_older_ones_and_leave_nothing_else_behind) {
  ASSERT_TRUE(draw_digits({.seed = 1, .train = 20, .test = 10, .threads = 1}, path("a")).ok());
  const auto before = file_bytes(path("a") + kFiles[0]);
  ASSERT_TRUE(draw_digits({.seed = 2, .train = 20, .test = 10, .threads = 1}, path("a")).ok());
  EXPECT_NE(file_bytes(path("a") + kFiles[0]), before);
  EXPECT_EQ(entries(path("a")), 4U);
}

TEST_F(DigitsFiles, are_not_begun_for_impossible_options) {
  for (const DigitsOptions& options :
       {DigitsOptions{.train = 0}, DigitsOptions{.test = 0}, DigitsOptions{.threads = 0},
        DigitsOptions{.threads = 100000}, DigitsOptions{.train = std::size_t{1} << 40}}) {
    const Status status = draw_digits(options, path("never"));
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().kind, ErrorKind::usage);
    EXPECT_NE(status.error().message.find("expected 1 to"), std::string::npos);
  }
  EXPECT_FALSE(std::filesystem::exists(path("never")));
}

TEST_F(DigitsFiles, name_the_path_that_is_in_the_way) {
  std::ofstream(path("plain")) << "a file";
  const Status status = draw_digits({.train = 1, .test = 1, .threads = 1}, path("plain/inner"));
  ASSERT_FALSE(status.ok());
  EXPECT_NE(status.error().message.find("plain"), std::string::npos) << status.error().message;
}

}  // namespace
}  // namespace forknet::data
