#include "data/formats/images/picture.h"

#include <gtest/gtest.h>

#include <numeric>

#include "data/formats/images/picture_files.h"

namespace forknet::data {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes pixels_of(const std::string& file) {
  const auto picture = decode_picture(file, "p");
  EXPECT_TRUE(picture.ok()) << picture.error().message;
  return picture.ok() ? picture->pixels : Bytes{};
}

TEST(Pictures, png_of_every_kind_is_decoded) {
  EXPECT_EQ(pixels_of(png(3, 2, 0, bytes({0, 1, 2, 3, 4, 255}))), (Bytes{0, 1, 2, 3, 4, 255}));
  EXPECT_EQ(pixels_of(png(1, 2, 2, bytes({1, 2, 3, 4, 5, 6}))), (Bytes{1, 2, 3, 4, 5, 6}));
  // One bit a pixel: 0xA0 = 1 0 1.
  EXPECT_EQ(pixels_of(png(3, 1, 0, bytes({0xa0}), 1)), (Bytes{255, 0, 255}));
  EXPECT_EQ(pixels_of(png(2, 1, 0, bytes({0x12, 0x34, 0xff, 0xff}), 16)), (Bytes{0x12, 255}));
  const std::string palette = png_chunk("PLTE", bytes({9, 8, 7, 6, 5, 4}));
  EXPECT_EQ(pixels_of(png(2, 1, 3, bytes({1, 0}), 8, palette)), (Bytes{6, 5, 4, 9, 8, 7}));
}

TEST(Pictures, what_is_transparent_shows_white) {
  EXPECT_EQ(pixels_of(png(3, 1, 4, bytes({0, 0, 0, 255, 100, 51}))), (Bytes{255, 0, 224}));
  EXPECT_EQ(pixels_of(png(1, 1, 6, bytes({1, 2, 3, 0}))), (Bytes{255, 255, 255}));
  const std::string key = png_chunk("tRNS", bytes({0, 7}));
  EXPECT_EQ(pixels_of(png(2, 1, 0, bytes({7, 8}), 8, key)), (Bytes{255, 8}));
}

TEST(Pictures, pgm_and_ppm_are_decoded_in_digits_and_bytes) {
  const Bytes grey = {0, 1, 254, 255};
  EXPECT_EQ(pixels_of(pgm(2, 2, bytes({0, 1, 254, 255}))), grey);
  EXPECT_EQ(pixels_of("P2 # a comment\n2 2\n255\n0 1\n254 255\n"), grey);
  EXPECT_EQ(pixels_of("P6 1 1 255\n" + bytes({1, 2, 3})), (Bytes{1, 2, 3}));
  EXPECT_EQ(pixels_of("P3\n1 1\n255\n1 2 3"), (Bytes{1, 2, 3}));
  EXPECT_EQ(pixels_of(pgm(2, 1, bytes({3, 15}), 15)), (Bytes{51, 255}));
  EXPECT_EQ(pixels_of(pgm(2, 1, bytes({0x80, 0, 0xff, 0xff}), 65535)), (Bytes{128, 255}));
}

TEST(Pictures, jpeg_is_decoded_grey_and_in_color) {
  const auto grey = decode_picture(jpeg(16, 8, TJPF_GRAY, std::string(128, '\x40')), "p");
  ASSERT_TRUE(grey.ok()) << grey.error().message;
  EXPECT_EQ(grey->width, 16U);
  EXPECT_EQ(grey->height, 8U);
  EXPECT_EQ(grey->pixels, Bytes(128, 0x40));
  std::string red;
  for (int i = 0; i < 64; ++i) red += bytes({254, 0, 0});
  const auto color = decode_picture(jpeg(8, 8, TJPF_RGB, red), "p");
  ASSERT_TRUE(color.ok()) << color.error().message;
  EXPECT_EQ(color->channels, 3U);
  EXPECT_EQ(color->pixels[0], 254);
  expect_data_error(decode_picture(jpeg(8, 8, TJPF_CMYK, std::string(256, 'x')), "p"), "p",
                    "the colors of printers (CMYK)");
}

TEST(Pictures, grey_is_the_defined_mean_of_colors) {
  const Picture colors{2, 1, 3, {255, 0, 0, 10, 200, 30}};
  const Picture grey = with_channels(colors, 1);
  EXPECT_EQ(grey.pixels, (Bytes{76, 124}));
  EXPECT_EQ(with_channels(grey, 3).pixels, (Bytes{76, 76, 76, 124, 124, 124}));
}

TEST(Pictures, resizing_takes_the_mean_of_areas) {
  const Picture four{4, 2, 1, {0, 10, 20, 31, 0, 10, 20, 30}};
  EXPECT_EQ(resized(four, 2, 2).pixels, (Bytes{5, 26, 5, 25}));
  EXPECT_EQ(resized(four, 1, 1).pixels, (Bytes{15}));
  // Three columns onto two: the middle one counts half in each.
  EXPECT_EQ(resized({3, 1, 1, {0, 90, 240}}, 2, 2).pixels, (Bytes{30, 190, 30, 190}));
  EXPECT_EQ(resized(four, 4, 1).pixels, (Bytes{0, 10, 20, 31}));
  EXPECT_EQ(resized({1, 1, 3, {1, 2, 3}}, 2, 2).pixels,
            (Bytes{1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3}));
  Picture large{97, 31, 1, Bytes(97 * 31)};
  std::iota(large.pixels.begin(), large.pixels.end(), std::uint8_t{0});
  const Picture small = resized(large, 28, 28);
  for (const std::size_t at : {0, 391, 783}) {
    const double y = static_cast<double>(at / 28), x = static_cast<double>(at % 28);
    double sum = 0;
    for (std::size_t i = 0; i < large.pixels.size(); ++i) {
      const double left = std::max(static_cast<double>(i % 97) / 97, x / 28);
      const double right = std::min(static_cast<double>(i % 97 + 1) / 97, (x + 1) / 28);
      const double top = std::max(static_cast<double>(i / 97) / 31, y / 28);
      const double end = std::min(static_cast<double>(i / 97 + 1) / 31, (y + 1) / 28);
      if (right > left && end > top) sum += (right - left) * (end - top) * large.pixels[i];
    }
    EXPECT_NEAR(small.pixels[at], sum * 28 * 28, 0.5001);
  }
}

TEST(Pictures, broken_ones_are_refused_and_named) {
  const std::string whole = png(2, 2, 0, "abcd");
  for (std::size_t size = 8; size + 16 < whole.size(); ++size) {
    expect_data_error(decode_picture(whole.substr(0, size), "a.png"), "a.png", "is damaged");
  }
  std::string flipped = whole;
  flipped[flipped.find("IDAT") + 6] ^= 1;
  expect_data_error(decode_picture(flipped, "a.png"), "a.png", "is damaged");
  const std::string photo = jpeg(16, 16, TJPF_GRAY, noise(256));
  expect_data_error(decode_picture(photo.substr(0, photo.size() / 2), "a.jpg"), "a.jpg",
                    "the JPEG picture is damaged");
  expect_data_error(decode_picture(pgm(2, 2, "abc"), "a.pgm"), "a.pgm", "the file ends before");
  expect_data_error(decode_picture(pgm(2, 2, "abcde"), "a.pgm"), "a.pgm", "the end of the file");
  expect_data_error(decode_picture("P2 1 1 7 8", "a.pgm"), "a.pgm", "a value is 8");
  expect_data_error(decode_picture("P5 1 1 70000 x", "a.pgm"), "a.pgm", "the largest value");
}

TEST(Pictures, sizes_past_the_limits_are_refused_before_memory_is_taken) {
  const std::string end = png_chunk("IDAT", zlib_packed("x")) + png_chunk("IEND", "");
  expect_data_error(decode_picture(png_header(70'000, 1, 8, 0) + end, "a.png"), "a.png",
                    "70000 x 1 pixels; at most 16384 a side");
  expect_data_error(decode_picture(png_header(16'384, 16'384, 8, 2) + end, "a.png"), "a.png",
                    "at most");
  expect_data_error(decode_picture("P5 999999999999 1 255 ", "a.pgm"), "a.pgm", "at most");
  expect_data_error(decode_picture("P5 0 1 255 ", "a.pgm"), "a.pgm", "0 x 1 pixels");
}

TEST(Pictures, what_is_no_picture_is_refused_with_what_it_seems_to_be) {
  expect_data_error(decode_picture("", "a.png"), "a.png", "the file is empty");
  expect_data_error(decode_picture("<html>", "a.png"), "a.png", "this is a web page");
  expect_data_error(decode_picture("version https://git-lfs.github.com/spec/v1", "a.png"), "a.png",
                    "a Git LFS pointer");
  expect_data_error(decode_picture("GIF89a", "a.png"), "a.png", "expected PNG, JPEG, PGM or PPM");
}

}  // namespace
}  // namespace forknet::data
