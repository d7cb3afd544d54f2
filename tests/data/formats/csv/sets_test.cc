// The sets of a run from tables of text: shares, scaling, targets, any number of threads.
#include <algorithm>

#include "data/formats/csv/tables.h"
#include "data/open.h"
#include "random_cases.h"

namespace forknet::data::csv {
namespace {

class CsvSets : public ::testing::Test {
 protected:
  TestFolder folder_;
};

DataConfig config_of(const std::string& path) {
  DataConfig config;
  config.format = "csv";
  config.train.inputs = path;
  config.scale = Scale::standard;
  return config;
}

TEST_F(CsvSets, a_set_of_a_run_is_scaled_but_for_flags_and_its_targets_too) {
  const std::string path = folder_.file("t.csv", "a,c,y\n1,x,10\n3,z,30\n5,x,20.5\n7,z,40\n");
  const auto sets = open_data(config_of(path), 1, false);
  ASSERT_TRUE(sets.ok()) << sets.error().message;
  const View& train = sets->train;
  EXPECT_EQ(train.scaling.offset, (std::vector<float>{4, 0, 0}));
  EXPECT_EQ(train.scaling.factor[1], 1.0F);
  EXPECT_EQ(train.targets.offset, std::vector<float>{25.125F});
  EXPECT_NEAR(train.targets.back((40 - 25.125) * train.targets.factor[0], 0), 40, 1e-5);
  DataConfig plain = config_of(path);
  plain.target_scale = TargetScale::none;
  EXPECT_TRUE(open_data(plain, 1, false)->train.targets.is_none());
}

TEST_F(CsvSets, shares_hold_every_class_by_its_share) {
  std::string text = "a,y\n";
  for (int i = 0; i < 100; ++i) text += std::to_string(i) + (i % 10 == 0 ? ",b\n" : ",a\n");
  DataConfig config = config_of(folder_.file("t.csv", text));
  config.test.share = 0.2;
  config.validation.share = 0.1;
  const auto sets = open_data(config, 1, true);
  ASSERT_TRUE(sets.ok()) << sets.error().message;
  const auto rare = [](const View& view) {
    std::size_t count = 0;
    for (std::uint32_t i = 0; i < view.size(); ++i) count += view.table->labels()[view.row(i)];
    return count;
  };
  EXPECT_EQ(rare(*sets->test), 2U);
  EXPECT_EQ(rare(*sets->validation), 1U);
  EXPECT_EQ(rare(sets->train), 7U);
}

TEST_F(CsvSets, a_class_without_a_training_row_is_told) {
  DataConfig config = config_of(folder_.file("t.csv", "a,y\n1,p\n2,q\n3,p\n4,q\n5,r\n"));
  config.test.share = 0.2;
  config.table.split = ShareOf::time;
  const auto sets = open_data(config, 1, true);
  ASSERT_TRUE(sets.ok()) << sets.error().message;
  ASSERT_EQ(sets->warnings.size(), 1U);
  EXPECT_TRUE(contains(sets->warnings[0], "1 of 3 classes have no training row: \"r\""));
}

TEST_F(CsvSets, shares_by_time_take_the_last_rows) {
  DataConfig config = config_of(folder_.file("t.csv", "a,y\n1,1.5\n2,2\n3,3\n4,4\n5,5\n"));
  config.test.share = 0.2;
  config.validation.share = 0.2;
  config.table.split = ShareOf::time;
  const auto sets = open_data(config, 1, false);
  ASSERT_TRUE(sets.ok()) << sets.error().message;
  EXPECT_EQ(sets->test->rows, std::vector<std::uint32_t>{4});
  EXPECT_EQ(sets->validation->rows, std::vector<std::uint32_t>{3});
  EXPECT_EQ(sets->train.rows, (std::vector<std::uint32_t>{0, 1, 2}));
}

// Several blocks of text; with texts and missing values, or of numbers alone, or of bytes.
std::string many_rows(const std::string& kind, std::size_t rows) {
  std::string text = "y";
  for (int c = 0; c < 20; ++c) text += ",c" + std::to_string(c);
  for (int r = 0; r < static_cast<int>(rows); ++r) {
    text += "\n" + std::to_string(r % 5);
    for (int c = 0; c < 20; ++c) {
      const int value = (r * (c + 3) + r / 97) % 256;
      text += "," + std::to_string(value);
      if (kind != "bytes") text += ".25";
      if (kind == "mixed" && c == 4) text += value % 2 == 0 ? "x" : "z" + std::to_string(r % 300);
      if (kind == "mixed" && c == 7 && r % 3 == 0) text.replace(text.rfind(',') + 1, 99, "NA");
    }
  }
  return text + "\n";
}

TEST_F(CsvSets, any_number_of_threads_fits_and_scales_the_same) {
  // More than three blocks of text; where tests run slowly at least two.
  const std::size_t rows = std::max<std::size_t>(12'000, test_cases(40'000));
  for (const std::string kind : {"mixed", "numbers", "bytes"}) {
    DataConfig config = config_of(folder_.file("t.csv", many_rows(kind, rows)));
    config.test.inputs = folder_.file("test.csv", many_rows(kind, rows + 1000));
    config.validation.share = 0.1;
    config.table.target = {std::string("y")};
    for (const Scale scale : {Scale::standard, Scale::minmax}) {
      const bool usual = scale == (kind == "numbers" ? Scale::minmax : Scale::standard);
      if (!test_in_full() && !usual) continue;
      config.scale = scale;
      config.loader_threads = 1;
      const auto one = open_data(config, 1, true);
      ASSERT_TRUE(one.ok()) << one.error().message;
      for (const std::int64_t threads : {2, 8}) {
        config.loader_threads = threads;
        const auto more = open_data(config, 1, true);
        ASSERT_TRUE(more.ok()) << more.error().message;
        EXPECT_EQ(more->warnings, one->warnings);
        EXPECT_EQ(more->train.table->digest(), one->train.table->digest());
        EXPECT_EQ(more->test->table->digest(), one->test->table->digest());
        EXPECT_EQ(more->train.scaling.offset, one->train.scaling.offset);
        EXPECT_EQ(more->train.scaling.factor, one->train.scaling.factor);
        EXPECT_EQ(more->inputs.low, one->inputs.low);
        EXPECT_EQ(more->inputs.high, one->inputs.high);
        ASSERT_EQ(more->preparation->columns.size(), one->preparation->columns.size());
        for (std::size_t c = 0; c < one->preparation->columns.size(); ++c) {
          EXPECT_EQ(more->preparation->columns[c].fill, one->preparation->columns[c].fill);
          EXPECT_EQ(more->preparation->columns[c].categories,
                    one->preparation->columns[c].categories);
        }
      }
    }
  }
}

TEST_F(CsvSets, numbers_under_a_loss_of_classes_are_a_mistake_of_the_config) {
  const auto sets = open_data(config_of(folder_.file("t.csv", "a,y\n1,1.5\n2,2\n")), 1, true);
  ASSERT_FALSE(sets.ok());
  EXPECT_EQ(sets.error().kind, ErrorKind::config);
  EXPECT_TRUE(contains(sets.error().message, "is taken for numbers"));
}

}  // namespace
}  // namespace forknet::data::csv
