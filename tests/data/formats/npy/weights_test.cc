#include "data/formats/npy/weights.h"

#include <gtest/gtest.h>

#include <limits>

#include "data/formats/format.h"
#include "data/formats/npy/npy_files.h"
#include "data/formats/npy/read.h"

namespace forknet::data {
namespace {

using ArchiveMembers = std::vector<std::pair<std::string, std::string>>;

const std::string kFourLabels = npy("|u1", "(4,)", bytes({1, 9, 0, 2}));
const std::string kFourWeights = npy("<f8", "(4,)", f64_text({0.5, 0, 3, 1}));

// Rows 0, 2 and 3 of those, and their weights.
const ArchiveMembers kCounted = {{"x.npy", npy("<f4", "(3, 2)", f32_text({1, 2, 5, 6, 7, 8}))},
                                 {"y.npy", npy("|u1", "(3,)", bytes({1, 0, 2}))},
                                 {"w.npy", npy("<f4", "(3, 1)", f32_text({0.5F, 3, 1}))}};

Result<NpySet> weighted(const TestFolder& folder, const ArchiveMembers& members,
                        bool packed = false, bool classes = true) {
  return read_npy_set({folder.file("set.npz", zip(members, packed)), "", NpzPart::train, "w"},
                      classes);
}

TEST(NpyWeights, rows_of_weight_zero_are_as_if_they_were_not_there) {
  const TestFolder folder;
  const auto counted = weighted(folder, kCounted);
  ASSERT_TRUE(counted.ok()) << counted.error().message;
  EXPECT_EQ(counted->left_out, 0U);
  ASSERT_EQ(counted->table->sample_weights().size(), 3U);
  EXPECT_EQ(counted->table->sample_weights()[1], 3.0F);
  const float infinity = std::numeric_limits<float>::infinity();  // in a row that does not count
  for (const std::string& inputs :
       {npy("<f4", "(4, 2)", f32_text({1, 2, infinity, 4, 5, 6, 7, 8})),
        npy("<f4", "(4, 2)", f32_text({1, 3, 5, 7, 2, 4, 6, 8}), true)}) {
    for (const bool packed : {false, true}) {
      const auto all = weighted(
          folder, {{"x.npy", inputs}, {"y.npy", kFourLabels}, {"w.npy", kFourWeights}}, packed);
      ASSERT_TRUE(all.ok()) << all.error().message;
      EXPECT_EQ(all->left_out, 1U);
      EXPECT_EQ(all->table->shape.classes, 3U);
      EXPECT_EQ(all->table->digest(), counted->table->digest());
    }
  }
}

TEST(NpyWeights, large_arrays_of_every_order_lose_their_rows) {
  const TestFolder folder;
  constexpr std::size_t kRows = 9'973;
  std::vector<float> weights;
  std::string labels;
  for (std::size_t row = 0; row < kRows; ++row) {
    weights.push_back(row % 3 == 1 ? 0.0F : static_cast<float>(1 + row % 5));
    labels += static_cast<char>(row % 7);
  }
  for (const bool fortran : {false, true}) {
    std::vector<float> numbers(kRows * 5);
    for (std::size_t row = 0; row < kRows; ++row) {
      for (std::size_t c = 0; c < 5; ++c) {
        numbers[fortran ? c * kRows + row : row * 5 + c] = static_cast<float>(10 * row + c);
      }
    }
    const auto set =
        weighted(folder, {{"x.npy", npy("<f4", "(9973, 5)", f32_text(numbers), fortran)},
                          {"y.npy", npy("|u1", "(9973,)", labels)},
                          {"w.npy", npy("<f4", "(9973,)", f32_text(weights))}});
    ASSERT_TRUE(set.ok()) << set.error().message;
    const Table& table = *set->table;
    std::size_t kept = 0;
    for (std::size_t row = 0; row < kRows; ++row) {
      if (weights[row] == 0) continue;
      ASSERT_EQ(table.f32_row(kept)[4], static_cast<float>(10 * row + 4)) << row;
      ASSERT_EQ(table.labels()[kept], row % 7);
      ASSERT_EQ(table.sample_weights()[kept], weights[row]);
      ++kept;
    }
    EXPECT_EQ(table.shape.rows, kept);
  }
}

TEST(NpyWeights, targets_and_bytes_lose_their_rows_too) {
  const TestFolder folder;
  const auto set = weighted(folder,
                            {{"x.npy", npy("|u1", "(3, 2)", bytes({1, 2, 3, 4, 5, 6}))},
                             {"y.npy", npy("<f4", "(3, 2)", f32_text({1, 4, 2, 5, 3, 6}), true)},
                             {"w.npy", npy("|b1", "(3,)", bytes({0, 1, 1}))}},
                            false, false);
  ASSERT_TRUE(set.ok()) << set.error().message;
  EXPECT_EQ(set->table->u8_row(0)[0], 3);
  EXPECT_EQ(std::vector<float>(set->table->targets().begin(), set->table->targets().end()),
            (std::vector<float>{4, 3, 2, 6}));
}

TEST(NpyWeights, a_cut_array_is_refused) {
  const TestFolder folder;
  const std::string cut = npy("<f4", "(4, 2)", f32_text({1, 2, 3, 4, 5, 6, 7}));
  expect_data_error(
      weighted(folder, {{"x.npy", cut}, {"y.npy", kFourLabels}, {"w.npy", kFourWeights}}, true),
      folder.path("set.npz"), "is the download complete?");
}

TEST(NpyWeights, what_is_no_weight_is_refused_with_its_row) {
  const TestFolder folder;
  const auto refused = [&](const std::string& weights, const std::string& part) {
    const std::string inputs = npy("<f4", "(4, 1)", f32_text({1, 2, 3, 4}));
    expect_data_error(
        weighted(folder, {{"x.npy", inputs}, {"y.npy", kFourLabels}, {"w.npy", weights}}),
        folder.path("set.npz:w"), part);
  };
  refused(npy("<f4", "(4,)", f32_text({1, 2, -1, 0})), "row 2: -1 is not a weight");
  refused(npy("<f8", "(4,)", f64_text({1, 1e300, 1, 0})), "row 1: inf is not a weight");
  refused(npy("<f4", "(4,)", f32_text({0, 0, 0, 0})), "the weight of every row is 0");
  refused(npy("<f4", "(2,)", f32_text({1, 1})), "2 weights, but");
  refused(npy("<f4", "(2, 2)", f32_text({1, 1, 1, 1})), "weights are one number a row");
}

TEST(NpyWeights, training_needs_the_array_and_other_sets_may_lack_it) {
  const TestFolder folder;
  const std::string path = folder.file("set.npz", zip(kCounted));
  expect_data_error(read_npy_set({path, "", NpzPart::train, "heft"}, true), path,
                    "names an array \"heft\" that is not there for x\n  it holds x, y, w");
  const auto test = read_npy_set({path, "", NpzPart::test, "heft"}, true);
  ASSERT_TRUE(test.ok()) << test.error().message;
  EXPECT_TRUE(test->weights.empty());
  EXPECT_FALSE(test->table->shape.weighted);
  const std::string alone = folder.file("x.npy", kCounted[0].second);
  const std::string labels = folder.file("y.npy", kCounted[1].second);
  expect_data_error(read_npy_set({alone, labels, NpzPart::train, "w"}, true), alone,
                    "but this is one array\n  one archive holds them all: numpy.savez(");
}

Result<Opened> opened(DataConfig config, std::vector<ColumnName> weight) {
  config.format = "npy";
  config.table.weight = std::move(weight);
  return format_of("npy").open({config});
}

TEST(NpyWeights, an_array_that_two_sets_would_share_is_refused) {
  const TestFolder folder;
  const std::string path = folder.file(
      "set.npz", zip({kCounted[0], kCounted[1], kCounted[2], {"z.npy", kCounted[0].second}}));
  DataConfig config;
  config.train.inputs = path;
  config.test.inputs = path + ":z";
  config.test.labels = path + ":y";
  expect_data_error(opened(config, {"w"}), path + ":w", "the weights of two sets");
  config.test.inputs = path;
  config.test.labels = "";
  EXPECT_TRUE(opened(config, {"w"}).ok()) << "the same rows may have the same weights";
}

TEST(NpyWeights, a_position_or_several_names_are_config_errors) {
  for (const std::vector<ColumnName>& weight :
       {std::vector<ColumnName>{std::int64_t{0}}, std::vector<ColumnName>{"v", "w"},
        std::vector<ColumnName>{""}}) {
    const auto sets = opened({}, weight);
    ASSERT_FALSE(sets.ok());
    EXPECT_EQ(sets.error().kind, ErrorKind::config);
    EXPECT_TRUE(contains(sets.error().message, "the name of one array of the .npz"));
  }
}

}  // namespace
}  // namespace forknet::data
