#include "report/text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace forknet::report {
namespace {

TEST(Text, large_numbers_are_grouped) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(182000), "182,000");
  EXPECT_EQ(grouped(1234567), "1,234,567");
  EXPECT_EQ(grouped(std::numeric_limits<std::uint64_t>::max()), "18,446,744,073,709,551,615");
}

TEST(Text, shares_are_per_cent) {
  EXPECT_EQ(percent(0.96414), "96.41 %");
  EXPECT_EQ(percent(1), "100.00 %");
  EXPECT_EQ(percent(0), "0.00 %");
}

TEST(Text, what_is_not_finite_has_no_false_sign) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(figure(0.03125), "0.0312");
  EXPECT_EQ(figure(-1.5, 1), "-1.5");
  EXPECT_EQ(figure(kNan), "nan");
  EXPECT_EQ(figure(std::copysign(kNan, -1.0)), "nan");
  EXPECT_EQ(figure(-kInfinity), "-inf");
  EXPECT_EQ(percent(std::copysign(kNan, -1.0)), "nan %");
  EXPECT_EQ(grouped_rate(1234.9), "1,234");
  EXPECT_EQ(grouped_rate(kNan), "?");
  EXPECT_EQ(grouped_rate(kInfinity), "?");
}

TEST(Text, durations_use_the_unit_that_fits) {
  EXPECT_EQ(duration(0), "0.0 s");
  EXPECT_EQ(duration(0.44), "0.4 s");
  EXPECT_EQ(duration(9.94), "9.9 s");
  EXPECT_EQ(duration(9.96), "10 s");
  EXPECT_EQ(duration(59.4), "59 s");
  EXPECT_EQ(duration(59.6), "1 min 0 s");
  EXPECT_EQ(duration(200), "3 min 20 s");
  EXPECT_EQ(duration(3599.6), "1 h 0 min");
  EXPECT_EQ(duration(7500), "2 h 5 min");
}

TEST(Text, a_duration_that_is_none_is_a_question_mark) {
  EXPECT_EQ(duration(-1), "?");
  EXPECT_EQ(duration(std::numeric_limits<double>::quiet_NaN()), "?");
  EXPECT_EQ(duration(std::numeric_limits<double>::infinity()), "?");
  EXPECT_EQ(duration(1e30), "?");
}

TEST(Text, bytes_use_the_unit_that_fits) {
  EXPECT_EQ(bytes(0), "0 B");
  EXPECT_EQ(bytes(1023), "1023 B");
  EXPECT_EQ(bytes(1024), "1.0 KiB");
  EXPECT_EQ(bytes(1258291), "1.2 MiB");
  EXPECT_EQ(bytes(std::uint64_t{5} << 50), "5120.0 TiB");
}

TEST(Text, a_table_aligns_numbers_to_the_right) {
  EXPECT_EQ(table({"name", "steps", "loss"}, {{"a", "5", "0.1"}, {"longer", "12345", "-"}}),
            "name    steps  loss\n"
            "a           5   0.1\n"
            "longer  12345     -\n");
}

TEST(Text, a_table_of_words_aligns_to_the_left_without_spaces_at_the_end) {
  EXPECT_EQ(table({"name", "state"}, {{"a", "finished"}, {"b", "on"}}),
            "name  state\n"
            "a     finished\n"
            "b     on\n");
}

TEST(Text, a_table_without_rows_is_its_header) {
  EXPECT_EQ(table({"name", "steps"}, {}), "name  steps\n");
}

}  // namespace
}  // namespace forknet::report
