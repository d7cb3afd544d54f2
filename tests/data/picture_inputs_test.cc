#include "data/picture_inputs.h"

#include <gtest/gtest.h>

namespace forknet::data {
namespace {

TablePointer table_of(const std::vector<std::size_t>& row_shape,
                      const std::vector<std::uint8_t>& row) {
  Table table;
  table.shape.rows = 2;
  table.shape.row_shape = row_shape;
  table.shape.features = row.size();
  return build_table(std::move(table),
                     [&](const TableParts& parts) -> Status {
                       for (std::size_t i = 0; i < parts.inputs.size(); ++i) {
                         parts.inputs[i] = static_cast<std::byte>(row[i % row.size()]);
                       }
                       return {};
                     })
      .value();
}

TEST(PictureInputs, rows_of_bytes_with_sides_are_pictures_with_a_border) {
  const auto grey = picture_inputs(*table_of({3, 4}, {9, 9, 9, 9, 9, 0, 0, 9, 9, 9, 9, 9}));
  ASSERT_TRUE(grey.has_value());
  EXPECT_EQ(grey->width, 4U);
  EXPECT_EQ(grey->height, 3U);
  EXPECT_FALSE(grey->color);
  EXPECT_EQ(grey->border, 9.0);
  const auto color = picture_inputs(*table_of({1, 2, 3}, {10, 20, 30, 40, 50, 60}));
  ASSERT_TRUE(color.has_value());
  EXPECT_TRUE(color->color);
  EXPECT_EQ(color->border, 35.0);
}

TEST(PictureInputs, one_column_of_pixels_is_all_border) {
  EXPECT_EQ(picture_inputs(*table_of({3, 1}, {3, 6, 9}))->border, 6.0);
}

TEST(PictureInputs, other_rows_are_no_pictures) {
  EXPECT_FALSE(picture_inputs(*table_of({4}, {1, 2, 3, 4})).has_value());
  EXPECT_FALSE(picture_inputs(*table_of({1, 2, 2}, {1, 2, 3, 4})).has_value());
}

}  // namespace
}  // namespace forknet::data
