#include "report/confusion.h"

#include <gtest/gtest.h>

namespace forknet::report {
namespace {

TEST(Confusion, the_first_largest_output_is_the_prediction) {
  EXPECT_EQ(predicted_class(std::vector<float>{0.1F, 0.7F, 0.2F}), 1U);
  EXPECT_EQ(predicted_class(std::vector<float>{0.4F, 0.4F, 0.2F}), 0U);
}

TEST(Confusion, few_classes_are_a_matrix) {
  EXPECT_EQ(Confusion({{1, 1}, {0, 1}}).text(),
            "label \\ predicted  0  1\n"
            "                0  1  1\n"
            "                1  0  1\n");
}

TEST(Confusion, of_many_classes_the_worst_pairs_are_shown) {
  constexpr std::size_t kClasses = 30;
  Confusion::Counts counts(kClasses, std::vector<std::uint64_t>(kClasses, 0));
  counts[3][3] = 50;
  counts[4][9] = 2;
  counts[7][1] = 12;
  counts[2][5] = 2;
  EXPECT_EQ(Confusion(counts).text(),
            "rows  label  predicted\n"
            "  12      7          1\n"
            "   2      2          5\n"
            "   2      4          9\n");
}

}  // namespace
}  // namespace forknet::report
