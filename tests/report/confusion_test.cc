#include "report/confusion.h"

#include <gtest/gtest.h>

namespace forknet::report {
namespace {

TEST(Confusion, the_first_largest_output_is_the_prediction) {
  EXPECT_EQ(predicted_class(std::vector<float>{0.1F, 0.7F, 0.2F}), 1U);
  EXPECT_EQ(predicted_class(std::vector<float>{0.4F, 0.4F, 0.2F}), 0U);
}

TEST(Confusion, counts_labels_against_predictions) {
  Confusion confusion(3);
  const std::vector<float> outputs = {1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1};
  confusion.add(outputs, std::vector<std::uint32_t>{0, 1, 2, 2});
  confusion.add(std::vector<float>{0, 1, 0}, std::vector<std::uint32_t>{2});
  const std::vector<std::vector<std::uint64_t>> expected = {{1, 0, 0}, {0, 1, 0}, {0, 2, 1}};
  EXPECT_EQ(confusion.counts(), expected);
}

TEST(Confusion, few_classes_are_a_matrix) {
  Confusion confusion(2);
  confusion.add(std::vector<float>{1, 0, 0, 1, 0, 1}, std::vector<std::uint32_t>{0, 0, 1});
  EXPECT_EQ(confusion.text(),
            "label \\ predicted  0  1\n"
            "                0  1  1\n"
            "                1  0  1\n");
}

TEST(Confusion, of_many_classes_the_worst_pairs_are_shown) {
  constexpr std::size_t kClasses = 30;
  Confusion confusion(kClasses);
  const auto add = [&](std::uint32_t label, std::size_t predicted, int times) {
    std::vector<float> outputs(kClasses, 0.0F);
    outputs[predicted] = 1;
    for (int i = 0; i < times; ++i) confusion.add(outputs, std::vector<std::uint32_t>{label});
  };
  add(3, 3, 50);
  add(4, 9, 2);
  add(7, 1, 12);
  add(2, 5, 2);
  EXPECT_EQ(confusion.text(),
            "rows  label  predicted\n"
            "  12      7          1\n"
            "   2      2          5\n"
            "   2      4          9\n");
}

}  // namespace
}  // namespace forknet::report
