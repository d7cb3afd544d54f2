// Numbers as fast_float, which parse_number() calls, reads them: to the bit.
#include "data/formats/csv/number.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <random>
#include <string>

#include "data/formats/csv/sample.h"
#include "math/float_state.h"
#include "random_cases.h"

namespace forknet::data::csv {
namespace {

constexpr int kNotCertain = 1'000;  // of a million, at most

std::string digits(std::mt19937_64& random, int most) {
  std::string text;
  for (auto left = random() % static_cast<unsigned>(most + 1); left > 0; --left) {
    text += static_cast<char>('0' + random() % 10);
  }
  return text;
}

float any_float(std::mt19937_64& random) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(random()));
}

// As programs write numbers, and as none does.
std::string number_text(std::mt19937_64& random) {
  const float number = any_float(random);
  const double middle = (double{number} + double{std::nextafter(number, 0.0F)}) / 2;
  switch (random() % 8) {
    case 0:
      return fmt::format("{}", number);
    case 1:
      return fmt::format("{:.9g}", number);
    case 2:
      return fmt::format("{:.18e}", double{number});
    case 3:
      return fmt::format("{:.17g}", middle);  // between two floats
    case 4:
      return fmt::format("{}", std::bit_cast<double>(random()));
    case 5:
      return fmt::format("{:.8f}", static_cast<double>(random() % 1'000'000'000) / 1e8);
    case 6:
      return (random() % 2 == 0 ? "-" : "") + digits(random, 12) + "." + digits(random, 12);
    default:
      return digits(random, 10) + (random() % 2 == 0 ? "." : "") + digits(random, 10) + "e" +
             (random() % 2 == 0 ? "-" : "") + digits(random, 3);
  }
}

TEST(CsvNumber, is_to_the_bit_what_fast_float_reads) {
  const math::FloatStateScope float_state;
  const auto seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  int read = 0;
  int expected = 0;
  const std::size_t numbers = test_cases(2'000'000);
  for (std::size_t i = 0; i < numbers; ++i) {
    const std::string text = number_text(random);
    const std::string padded = text + "," + std::string(kNumberPadding, ' ');
    float wanted = 0;
    const bool whole = parse_number(text, '.', wanted) && text.find('n') == std::string::npos;
    expected += whole ? 1 : 0;
    float value = 0;
    const char* behind = read_number(padded.data(), '.', value);
    if (behind == nullptr) continue;
    ++read;
    ASSERT_EQ(behind, padded.data() + text.size()) << text;
    ASSERT_TRUE(whole) << text;
    ASSERT_EQ(std::bit_cast<std::uint32_t>(value), std::bit_cast<std::uint32_t>(wanted)) << text;
  }
  EXPECT_GT(read, expected / 2);
}

// Every number of such a table is read without fast_float.
TEST(CsvNumber, common_ones_are_all_read_here) {
  const math::FloatStateScope float_state;
  const auto seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  int left = 0;
  for (int i = 0; i < 1'000'000; ++i) {
    const double number = static_cast<double>(random() >> 11) / 1e15 - 4;
    const std::string text = fmt::format("{}", number) + std::string(kNumberPadding, '\n');
    float value = 0;
    left += read_number(text.data(), '.', value) == nullptr ? 1 : 0;
  }
  EXPECT_LT(left, kNotCertain);
}

TEST(CsvNumber, the_middle_of_two_floats_is_left_to_fast_float) {
  const std::string padding(kNumberPadding, '\n');
  float value = 0;
  EXPECT_EQ(read_number(("16777217" + padding).data(), '.', value), nullptr);
  EXPECT_EQ(read_number(("12345678901234567890" + padding).data(), '.', value), nullptr);
  EXPECT_EQ(read_number(("1e-300" + padding).data(), '.', value), nullptr);
  EXPECT_NE(read_number(("1,5" + padding).data(), ',', value), nullptr);
  EXPECT_EQ(value, 1.5F);
}

}  // namespace
}  // namespace forknet::data::csv
