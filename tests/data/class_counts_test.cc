#include "data/class_counts.h"

#include <forknet/dataset.h>
#include <gtest/gtest.h>

#include "data/dataset_internals.h"

namespace forknet::data {
namespace {

std::vector<std::string> warnings_of(const std::vector<std::uint32_t>& labels, std::size_t classes,
                                     std::vector<std::uint32_t> rows = {},
                                     const Preparation* preparation = nullptr) {
  const std::vector<float> inputs(labels.size(), 1.0F);
  const auto data = Dataset::from_classes(inputs, 1, labels, classes).value();
  return class_warnings({DatasetInternals::table(data), std::move(rows), {}}, preparation);
}

TEST(ClassCounts, classes_with_rows_are_not_mentioned) {
  EXPECT_TRUE(warnings_of({0, 1, 2, 1}, 3).empty());
}

TEST(ClassCounts, targets_that_are_numbers_have_no_classes) {
  const std::vector<float> inputs = {1, 2};
  const auto data = Dataset::from_arrays(inputs, 1, inputs, 1).value();
  EXPECT_TRUE(class_warnings({DatasetInternals::table(data), {}, {}}, nullptr).empty());
}

TEST(ClassCounts, classes_without_a_training_row_are_counted_and_named) {
  const auto by_number = warnings_of({0, 4, 4, 0}, 5);
  ASSERT_EQ(by_number.size(), 1U);
  EXPECT_EQ(by_number[0], "warning: labels: 3 of 5 classes have no training row: 1, 2, 3");
  Preparation named;
  named.classes = {"a", "b", "c"};
  const auto by_name = warnings_of({0, 1, 2, 1}, 3, {0, 1, 3}, &named);
  ASSERT_EQ(by_name.size(), 1U);
  EXPECT_EQ(by_name[0], "warning: labels: 1 of 3 classes have no training row: \"c\"");
}

TEST(ClassCounts, many_absent_classes_are_cut_short) {
  const auto warnings = warnings_of({0, 19}, 20);
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_TRUE(
      warnings[0].ends_with("18 of 20 classes have no training row: 1, 2, 3, 4, 5, 6, 7, 8, ..."));
}

TEST(ClassCounts, rows_of_one_class_are_told) {
  const auto warnings = warnings_of({1, 1, 1}, 2);
  ASSERT_EQ(warnings.size(), 2U);
  EXPECT_EQ(warnings[1],
            "warning: labels: all 3 training rows are of one class, 1: there is nothing to learn");
  EXPECT_EQ(warnings_of({0, 0}, 1).size(), 1U);
}

TEST(ClassCounts, a_table_of_one_class_is_refused_with_its_count) {
  const std::vector<float> inputs = {1, 2, 3};
  const auto check = [&](const std::vector<std::uint32_t>& labels) {
    const auto data = Dataset::from_classes(inputs, 1, labels, 7).value();
    return check_classes_differ(*DatasetInternals::table(data), nullptr);
  };
  const Status refused = check({4, 4, 4});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::data);
  EXPECT_NE(refused.error().message.find("all 3 rows are of one class, 4"), std::string::npos);
  EXPECT_TRUE(check({4, 4, 2}).ok());
  const auto numbers = Dataset::from_arrays(inputs, 1, inputs, 1).value();
  EXPECT_TRUE(check_classes_differ(*DatasetInternals::table(numbers), nullptr).ok());
}

}  // namespace
}  // namespace forknet::data
