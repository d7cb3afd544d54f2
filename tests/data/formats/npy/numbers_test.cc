#include "data/formats/npy/numbers.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "data/formats/npy/npy_files.h"

namespace forknet::data {
namespace {

struct OpenedArray {
  NpySource source;
  NpyHeader header;
};

OpenedArray opened(const TestFolder& folder, const std::string& content) {
  NpySource source = open_npy_file(folder.file("numbers.npy", content)).value();
  NpyHeader header = read_npy_header(source).value();
  return {std::move(source), std::move(header)};
}

std::vector<float> floats(const std::string& content) {
  const TestFolder folder;
  const OpenedArray array = opened(folder, content);
  std::vector<float> numbers(array.header.numbers());
  const Status read = read_npy_numbers(array.source, array.header, std::span(numbers));
  EXPECT_TRUE(read.ok()) << read.error().message;
  return numbers;
}

TEST(NpyNumbers, every_type_is_read_in_both_byte_orders) {
  const std::vector<float> three = {-2, 0, 100};
  EXPECT_EQ(floats(npy("|i1", "(3,)", bytes({-2, 0, 100}))), three);
  EXPECT_EQ(floats(npy("<i2", "(3,)", bytes({0xfe, 0xff, 0, 0, 100, 0}))), three);
  EXPECT_EQ(floats(npy(">i2", "(3,)", bytes({0xff, 0xfe, 0, 0, 0, 100}))), three);
  for (const int size : {4, 8}) {
    const std::string code = "i" + std::to_string(size);
    const std::uint64_t minus_two = ~std::uint64_t{1};
    EXPECT_EQ(floats(npy("<" + code, "(3,)",
                         little_endian(minus_two, size) + little_endian(0, size) +
                             little_endian(100, size))),
              three);
    EXPECT_EQ(
        floats(npy(">" + code, "(3,)",
                   big_endian(minus_two, size) + big_endian(0, size) + big_endian(100, size))),
        three);
  }
  EXPECT_EQ(floats(npy("|b1", "(3,)", bytes({0, 1, 1}))), (std::vector<float>{0, 1, 1}));
  EXPECT_EQ(floats(npy("|u1", "(2,)", bytes({0, 255}))), (std::vector<float>{0, 255}));
  EXPECT_EQ(floats(npy(">u2", "(2,)", bytes({0xff, 0xff, 0, 1}))), (std::vector<float>{65535, 1}));
  EXPECT_EQ(floats(npy("<u4", "(1,)", little_endian(4294967295, 4))),
            (std::vector<float>{4294967295.0F}));
  EXPECT_EQ(floats(npy("<f4", "(3,)", f32_text({0.1F, -3e38F, 1e-45F}))),
            (std::vector<float>{0.1F, -3e38F, 1e-45F}));
  EXPECT_EQ(floats(npy("<f8", "(3,)", f64_text({0.1, -3e38, 1e-300}))),
            (std::vector<float>{0.1F, -3e38F, 0}));
  EXPECT_EQ(floats(npy(">f8", "(1,)", big_endian(std::bit_cast<std::uint64_t>(0.1), 8))),
            (std::vector<float>{0.1F}));
}

TEST(NpyNumbers, whole_numbers_of_64_bits_are_rounded_once) {
  // 2^60 + 2^36 + 1 lies just above the middle of two fp32 numbers; by way of fp64 it would come
  // to lie on the middle.
  const std::uint64_t number = (std::uint64_t{1} << 60) + (std::uint64_t{1} << 36) + 1;
  EXPECT_EQ(floats(npy("<u8", "(1,)", little_endian(number, 8))),
            (std::vector<float>{std::ldexp(1.0F, 60) + std::ldexp(1.0F, 37)}));
}

TEST(NpyNumbers, halves_are_exact) {
  EXPECT_EQ(float_of_half(0x3c00), 1.0F);
  EXPECT_EQ(float_of_half(0xc000), -2.0F);
  EXPECT_EQ(float_of_half(0x7bff), 65504.0F);
  EXPECT_EQ(float_of_half(0x0001), std::ldexp(1.0F, -24));
  EXPECT_EQ(float_of_half(0x0400), std::ldexp(1.0F, -14));
  EXPECT_TRUE(std::signbit(float_of_half(0x8000)));
  EXPECT_EQ(float_of_half(0x7c00), std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isnan(float_of_half(0x7e00)));
}

TEST(NpyNumbers, fortran_order_comes_out_in_rows) {
  // (2, 3, 2), numbered as rows have them: 0..11.
  const std::string content = bytes({0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11});
  EXPECT_EQ(floats(npy("|u1", "(2, 3, 2)", content, true)),
            (std::vector<float>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}));
}

TEST(NpyNumbers, large_fortran_arrays_cross_the_pieces_they_are_read_in) {
  constexpr std::size_t kRows = 4999;
  constexpr std::size_t kColumns = 11;
  std::string content;
  for (std::size_t c = 0; c < kColumns; ++c) {
    for (std::size_t r = 0; r < kRows; ++r) content += little_endian(r * kColumns + c, 4);
  }
  const std::vector<float> numbers = floats(npy("<i4", "(4999, 11)", content, true));
  for (std::size_t i = 0; i < numbers.size(); ++i) ASSERT_EQ(numbers[i], static_cast<float>(i));
}

TEST(NpyNumbers, what_fp32_does_not_hold_is_refused_with_its_place) {
  const TestFolder folder;
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const OpenedArray array = opened(folder, npy("<f4", "(2, 2)", f32_text({0, 1, 2, 3})));
  const std::vector<float> numbers = {0, 1, nan, 3};
  expect_data_error(check_npy_finite(array.source, array.header, numbers),
                    folder.path("numbers.npy"), "row 1, column 0: nan is not a finite");
  EXPECT_EQ(floats(npy("<f8", "(1,)", f64_text({-1e300}))),
            (std::vector<float>{-std::numeric_limits<float>::infinity()}));
}

TEST(NpyNumbers, a_bool_that_is_none_and_content_that_ends_early_are_refused) {
  const TestFolder folder;
  const OpenedArray broken = opened(folder, npy("|b1", "(2,)", bytes({0, 2})));
  std::vector<float> two(2);
  expect_data_error(read_npy_numbers(broken.source, broken.header, std::span(two)),
                    folder.path("numbers.npy"), "a bool is stored as 2");
  const OpenedArray cut = opened(folder, gzip(npy("|u1", "(2,)", "a")));
  expect_data_error(read_npy_numbers(cut.source, cut.header, std::span(two)),
                    folder.path("numbers.npy"), "the file holds 1; is the download complete?");
  const OpenedArray more = opened(folder, gzip(npy("|u1", "(2,)", "abc")));
  expect_data_error(read_npy_numbers(more.source, more.header, std::span(two)),
                    folder.path("numbers.npy"), "the file holds more");
}

}  // namespace
}  // namespace forknet::data
