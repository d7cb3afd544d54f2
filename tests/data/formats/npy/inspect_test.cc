#include "data/formats/npy/inspect.h"

#include <gtest/gtest.h>

#include <limits>

#include "data/formats/npy/npy_files.h"

namespace forknet::data {
namespace {

TEST(InspectNpy, a_description_has_type_shape_range_columns_and_first_rows) {
  const TestFolder folder;
  const std::string path = folder.file(
      "x.npy", npy("<f4", "(3, 4)", f32_text({1, 7, 1, 0.5F, 2, 7, 2, 0.25F, 3, 7, 3, 0.5F})));
  const auto text = inspect_npy(path, false);
  ASSERT_TRUE(text.ok()) << text.error().message;
  for (const char* part :
       {"format   NPY, ", "type     float32\nshape    3 x 4 (3 rows of 4 numbers)\n",
        "range    0.25 .. 7, mean ", "constant 1 of 4 columns: 1\n", "repeated 1 columns: 2 as 0\n",
        "first    1 7 1 0.5\n         2 7 2 0.25\n"}) {
    EXPECT_TRUE(contains(*text, part)) << *text;
  }
  const auto fortran = inspect_npy(
      folder.file("f.npy", npy("<f4", "(3, 4)",
                               f32_text({1, 2, 3, 7, 7, 7, 1, 2, 3, 0.5F, 0.25F, 0.5F}), true)),
      false);
  ASSERT_TRUE(fortran.ok()) << fortran.error().message;
  EXPECT_TRUE(contains(*fortran, "repeated 1 columns: 2 as 0\n")) << *fortran;
  EXPECT_TRUE(contains(*fortran, "first    1 7 1 0.5\n")) << *fortran;
}

TEST(InspectNpy, labels_are_counted_and_missing_numbers_told) {
  const TestFolder folder;
  const auto labels =
      inspect_npy(folder.file("y.npy", npy("|u1", "(4,)", bytes({1, 0, 1, 1}))), false);
  ASSERT_TRUE(labels.ok()) << labels.error().message;
  EXPECT_TRUE(contains(*labels, "values   2 different ones\n")) << *labels;
  EXPECT_TRUE(contains(*labels, "75.0 %")) << *labels;
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const auto broken =
      inspect_npy(folder.file("n.npy", npy("<f4", "(2,)", f32_text({1, nan}))), false);
  ASSERT_TRUE(broken.ok()) << broken.error().message;
  EXPECT_TRUE(contains(*broken, "1 numbers are NaN, 0 infinite")) << *broken;
}

TEST(InspectNpy, archives_show_every_array_and_why_one_is_refused) {
  const TestFolder folder;
  const std::string path = folder.file(
      "set.npz", zip({{"x.npy", npy("|u1", "(2,)", "ab")}, {"o.npy", npy("|O", "(2,)", "ab")}}));
  const auto text = inspect_npy(path, false);
  ASSERT_TRUE(text.ok()) << text.error().message;
  EXPECT_TRUE(contains(*text, "arrays   2\nx\n  type     uint8\n")) << *text;
  EXPECT_TRUE(contains(*text, "pickled objects, which forknet does not run")) << *text;
  const auto json = inspect_npy(path, true);
  ASSERT_TRUE(json.ok()) << json.error().message;
  EXPECT_TRUE(contains(*json, R"("format":"npz")")) << *json;
  EXPECT_TRUE(contains(*json, R"({"name":"x","type":"uint8",)")) << *json;
  std::string damaged = zip({{"x.npy", npy("|u1", "(2,)", "ab")}});
  damaged[damaged.find("\nab") + 1] = 'X';
  const std::string at = folder.file("damaged.npz", damaged);
  expect_data_error(inspect_npy(at, false), at, "the archive is damaged");
}

}  // namespace
}  // namespace forknet::data
