#include "data/formats/npy/writer.h"

#include <gtest/gtest.h>

#include "data/formats/npy/npy_files.h"
#include "data/formats/npy/read.h"

namespace forknet::data {
namespace {

TEST(WriteNpy, what_is_written_reads_back) {
  const TestFolder folder;
  for (const std::size_t columns : {1U, 2U, 3U}) {
    const std::string head = npy_head_f32(6 / columns, columns);
    EXPECT_EQ(head.size() % 64, 0U);
    const auto table =
        read_npy_inputs(folder.file("x.npy", head + f32_text({1, 2, 3, 4, 5, 0.5F})));
    ASSERT_TRUE(table.ok()) << table.error().message;
    EXPECT_EQ((*table)->shape.row_shape, (std::vector<std::size_t>{columns}));
    EXPECT_EQ((*table)->f32_row(0)[5], 0.5F);
  }
}

}  // namespace
}  // namespace forknet::data
