#include "data/fetch.h"

#include <gtest/gtest.h>

namespace forknet::data {
namespace {

TEST(FetchedBytes, are_of_the_parts_that_are_wanted_alone) {
  Table table;
  table.shape = {Element::f32, 10, {10'000}, 10'000, false, 0, 1};
  const std::size_t inputs = fetched_bytes(table, {true, false});
  const std::size_t targets = fetched_bytes(table, {false, true});
  EXPECT_GE(inputs, 40'000U);
  EXPECT_GE(targets, 4U);
  EXPECT_LT(targets, inputs);
  EXPECT_EQ(fetched_bytes(table, {true, true}), inputs + targets);
  EXPECT_EQ(fetched_bytes(table, {false, false}), 0U);
}

TEST(FetchedBytes, of_a_later_stage_that_reads_labels_are_none) {
  Table table;
  table.shape = {Element::u8, 10, {28, 28}, 784, true, 10, 0};
  EXPECT_EQ(fetched_bytes(table, {false, true}), 0U);
}

}  // namespace
}  // namespace forknet::data
