// Targets, what is fitted, and what becomes of rows by it.
#include <cmath>
#include <random>

#include "data/formats/csv/expand.h"
#include "data/formats/csv/fit.h"
#include "data/formats/csv/tables.h"
#include "data/formats/csv/targets.h"
#include "data/open.h"

namespace forknet::data::csv {
namespace {

class PrepareCsv : public ::testing::Test {
 protected:
  RawTable read(const std::string& text, const TableConfig& config = {}) {
    return std::move(read_training(folder_.file("t.csv", text), config)).value();
  }
  // By what is fitted to these rows.
  Preparation fitted(const RawTable& raw, const std::vector<std::uint32_t>& rows = {},
                     const TableConfig& config = {}) {
    const Targets targets = decide_targets(raw, config.task).value();
    return fit_columns(raw, targets, rows, config, warnings_).value();
  }
  std::vector<float> row(const Table& table, std::size_t number) {
    const float* begin = table.f32_row(number);
    return {begin, begin + table.shape.features};
  }
  TestFolder folder_;
  std::vector<std::string> warnings_;
};

TEST_F(PrepareCsv, texts_and_counted_numbers_are_classes_others_are_numbers) {
  const auto classes = [&](const std::string& text, Task task = Task::automatic) {
    return decide_targets(read(text), task).value().classes;
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(classes("a,y\n1,no\n2,yes\n3,no\n"), (Names{"no", "yes"}));
  EXPECT_EQ(classes("a,y\n1,0\n2,1\n3,2\n4,0\n"), (Names{"0", "1", "2"}));
  EXPECT_EQ(classes("a,y\n1,2\n2,1\n3,2\n"), (Names{"1", "2"}));
  EXPECT_EQ(classes("a,y\n1,2\n2,3\n3,2\n"), Names{});
  EXPECT_EQ(classes("a,y\n1,0\n2,2\n3,2\n"), Names{});
  EXPECT_EQ(classes("a,y\n1,0.5\n2,2\n3,2\n"), Names{});
  EXPECT_EQ(classes("a,y\n1,10\n2,5\n3,5\n", Task::classify), (Names{"5", "10"}));
  EXPECT_EQ(classes("a,y\n1,0\n2,1\n3,0\n", Task::regress), Names{});
}

TEST_F(PrepareCsv, categories_become_codes_on_request) {
  TableConfig config;
  config.categories = Categories::codes;
  const std::string head = "n,city,y\n";
  RawTable raw = read(head + "1,Ulm,a\n2,Bonn,b\n3,Ulm,a\n4,?,b\n", config);
  const Targets targets = decide_targets(raw, config.task).value();
  const Preparation preparation = fitted(raw, {}, config);
  EXPECT_EQ(preparation.inputs(), 3U) << "the number, the code, and whether the city is missing";
  EXPECT_EQ(preparation.codes_of(0), 0U);
  EXPECT_EQ(preparation.codes_of(1), 3U) << "one for cities that these rows do not have";
  EXPECT_EQ(preparation.codes_of(2), 0U);
  EXPECT_EQ(preparation.input_name(1), "city");
  EXPECT_EQ(preparation.input_name(2), "city is missing");
  const TablePointer table =
      expand(std::move(raw), preparation, targets.labels, warnings_, {}).value();
  EXPECT_EQ(row(*table, 0), (std::vector<float>{1, 1, 0}));
  EXPECT_EQ(row(*table, 1), (std::vector<float>{2, 0, 0}));
  EXPECT_EQ(row(*table, 3), (std::vector<float>{4, 1, 1})) << "the usual one";
  EXPECT_TRUE(warnings_.empty());
  RawTable other = read(head + "1,Rom,a\n2,Bonn,b\n", config);
  const TablePointer unknown = expand(std::move(other), preparation, {0, 1}, warnings_, {}).value();
  EXPECT_EQ(row(*unknown, 0), (std::vector<float>{1, 2, 0}));
  EXPECT_EQ(row(*unknown, 1), (std::vector<float>{2, 0, 0}));
  EXPECT_EQ(warnings_.size(), 1U);
}

TEST_F(PrepareCsv, bins_rise_from_0_to_1_between_quantiles_of_the_training_rows) {
  TableConfig config;
  config.bins = 2;
  RawTable raw = read("a,b,y\n0,0,1.5\n1,0,2\n4,1,3\n10,1,4\n,1,5\n99,1,6\n-9,0,7\n", config);
  const Preparation preparation = fitted(raw, {0, 1, 2, 3, 4}, config);
  EXPECT_EQ(preparation.columns[0].edges, (std::vector<float>{0, 1, 10}));
  EXPECT_TRUE(preparation.columns[1].edges.empty())
      << "two values have one bin, which is the value";
  EXPECT_EQ(preparation.flags(), (std::vector<bool>{false, true, true, true, false}));
  EXPECT_EQ(preparation.input_name(0), "a");
  EXPECT_EQ(preparation.input_name(2), "a from 1 to 10");
  EXPECT_EQ(preparation.input_name(3), "a is missing");
  EXPECT_EQ(preparation.input_name(4), "b");
  const TablePointer table = expand(std::move(raw), preparation, {}, warnings_).value();
  EXPECT_EQ(row(*table, 0), (std::vector<float>{0, 0, 0, 0, 0}));
  EXPECT_EQ(row(*table, 2), (std::vector<float>{4, 1, 3.0F / 9, 0, 1}));
  EXPECT_EQ(row(*table, 4), (std::vector<float>{2.5F, 1, 1.5F / 9, 1, 1}));
  EXPECT_EQ(row(*table, 5), (std::vector<float>{99, 1, 1, 0, 1}));
  EXPECT_EQ(row(*table, 6), (std::vector<float>{-9, 0, 0, 0, 0}));
}

TEST_F(PrepareCsv, labels_are_places_in_the_names) {
  const Targets targets = decide_targets(read("a,y\n1,z\n2,b\n3,z\n"), Task::automatic).value();
  EXPECT_EQ(targets.labels, (std::vector<std::uint32_t>{1, 0, 1}));
}

TEST_F(PrepareCsv, targets_that_teach_nothing_are_refused) {
  const auto refused = [&](const std::string& text, Task task, const std::string& part) {
    expect_data_error(decide_targets(read(text), task), "t.csv", part);
  };
  refused("a,y\n1,x\n2,x\n3,x\n", Task::automatic, "is \"x\" in every row");
  refused("a,y\n1,5.5\n2,5.5\n", Task::automatic, "is 5.5 in every row");
  refused("a,y\n1,p\n2,q\n3,r\n", Task::automatic, "another text in each of the 3 rows");
  refused("a,y\n1,p\n2,q\n3,p\n", Task::regress, "is texts, which a regression cannot learn");
}

TEST_F(PrepareCsv, what_is_missing_becomes_the_median_of_the_training_rows_and_a_flag) {
  RawTable raw = read("a,b,y\n1,1,1\n5,?,2\n9,3,4\n,1000,8\n");
  const Preparation preparation = fitted(raw, {0, 1, 2});
  EXPECT_EQ(preparation.columns[0].fill, 5.0F);
  EXPECT_FALSE(preparation.columns[0].indicator);  // nothing is missing in those rows
  EXPECT_EQ(preparation.columns[1].fill, 2.0F);    // of 1 and 3
  EXPECT_TRUE(preparation.columns[1].indicator);
  EXPECT_EQ(preparation.inputs(), 3U);
  EXPECT_EQ(preparation.flags(), (std::vector<bool>{false, false, true}));
  EXPECT_EQ(preparation.input_name(2), "b is missing");
  const TablePointer table = expand(std::move(raw), preparation, {}, warnings_).value();
  EXPECT_EQ(row(*table, 0), (std::vector<float>{1, 1, 0}));
  EXPECT_EQ(row(*table, 1), (std::vector<float>{5, 2, 1}));
  EXPECT_EQ(row(*table, 3), (std::vector<float>{5, 1000, 0}));
  EXPECT_EQ(table->targets()[3], 8.0F);
}

// The same as the rows as often as their weights say, and without those of weight 0.
TEST_F(PrepareCsv, what_is_fitted_to_weighted_rows_is_that_of_rows_that_come_as_often) {
  TableConfig config;
  for (const Impute impute : {Impute::median, Impute::mean}) {
    for (const std::string half : {"", ".5"}) {  // numbers that are bytes, and others
      config.impute = impute;
      config.bins = half.empty() ? 0 : 3;
      const auto line = [&](int a, const char* city, const char* y) {
        return std::to_string(a) + half + "," + city + "," + y + "\n";
      };
      const auto weighed = [&](int a, const char* city, const char* y, int weight) {
        std::string text = line(a, city, y);
        text.insert(text.size() - 1, "," + std::to_string(weight));
        return text;
      };
      config.weight = {"w"};
      const RawTable some = read("a,c,y,w\n" + weighed(1, "Ulm", "1.5", 1) +
                                     weighed(7, "Rom", "2", 3) + weighed(100, "Bern", "9", 0) +
                                     weighed(9, "Ulm", "4", 1) + weighed(20, "Bonn", "8", 1),
                                 config);
      const Preparation preparation = fitted(some, {}, config);
      const Scaling scaling = fit_targets(some, {}, TargetScale::standard);
      config.weight = {};
      const RawTable often =
          read("a,c,y\n" + line(1, "Ulm", "1.5") + line(7, "Rom", "2") + line(7, "Rom", "2") +
                   line(7, "Rom", "2") + line(9, "Ulm", "4") + line(20, "Bonn", "8"),
               config);
      const Preparation expected = fitted(often, {}, config);
      EXPECT_EQ(preparation.columns[0].fill, expected.columns[0].fill);
      EXPECT_EQ(preparation.columns[0].edges, expected.columns[0].edges);
      EXPECT_EQ(preparation.columns[0].bins(), config.bins == 0 ? 0U : 2U);
      EXPECT_EQ(preparation.columns[1].categories, expected.columns[1].categories);
      EXPECT_EQ(preparation.columns[1].usual, expected.columns[1].usual);
      ASSERT_TRUE(preparation.weight.has_value());
      EXPECT_EQ(preparation.weight->name, "w");
      EXPECT_EQ(preparation.weight->place, 3U);
      const Scaling scaled = fit_targets(often, {}, TargetScale::standard);
      EXPECT_FLOAT_EQ(scaling.offset[0], scaled.offset[0]);
      EXPECT_FLOAT_EQ(scaling.factor[0], scaled.factor[0]);
    }
  }
}

TEST_F(PrepareCsv, bytes_in_weighted_rows_have_the_medians_of_rows_that_come_as_often) {
  const auto seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  TableConfig config;
  for (int round = 0; round < 40; ++round) {
    std::string weighed = "a,w,y\n";
    std::string often = "a,y\n";
    const unsigned rows = 2 + random() % 8;
    for (unsigned row = 0; row < rows; ++row) {
      const std::string value = std::to_string(random() % 256);
      const unsigned weight = 1 + random() % 4;
      const std::string y = std::to_string(row) + ".5";
      weighed += value + "," + std::to_string(weight) + "," + y + "\n";
      for (unsigned i = 0; i < weight; ++i) often += value + "," + y + "\n";
    }
    config.weight = {"w"};
    const Preparation one = fitted(read(weighed, config), {}, config);
    config.weight = {};
    EXPECT_EQ(one.columns[0].fill, fitted(read(often), {}, config).columns[0].fill) << weighed;
  }
}

TEST_F(PrepareCsv, a_class_of_rows_of_weight_zero_is_none) {
  TableConfig config;
  config.weight = {"w"};
  const RawTable raw = read("a,w,y\n1,0,z\n2,1,b\n3,1,c\n4,2,b\n", config);
  const Targets targets = decide_targets(raw, Task::automatic).value();
  EXPECT_EQ(targets.classes, (std::vector<std::string>{"b", "c"}));
  EXPECT_EQ(targets.labels, (std::vector<std::uint32_t>{0, 1, 0}));
}

TEST_F(PrepareCsv, weights_come_with_the_rows_that_a_model_is_held_against) {
  TableConfig config;
  config.weight = {"w"};
  const Preparation preparation = fitted(read("a,w,y\n1,2,3.5\n2,1,4\n", config), {}, config);
  const auto weights = [&](const std::string& text, bool targets) {
    const RawTable raw =
        std::move(read_for(folder_.file("o.csv", text), preparation, {.targets = targets})).value();
    EXPECT_EQ(raw.weight.has_value(), !raw.sample_weights.empty());
    return raw.sample_weights;
  };
  EXPECT_EQ(weights("y,w,a\n1,3,2\n1,0,2\n1,4,2\n", true), (std::vector<float>{3, 4}));
  EXPECT_EQ(weights("y,a\n1,3\n1,4\n", true), std::vector<float>{});
  EXPECT_EQ(weights("w,a\n0,3\n-1,4\n", false), std::vector<float>{});  // none are asked for
}

TEST_F(PrepareCsv, files_without_names_may_lack_targets_and_weights) {
  TableConfig config;
  config.header = Choice::no;
  config.weight = {std::int64_t{1}};
  config.target = {std::int64_t{0}};
  const Preparation preparation = fitted(read("3.5,2,1,7\n4,1,2,8\n", config), {}, config);
  const auto rows = [&](const std::string& text, bool targets) {
    return std::move(read_for(folder_.file("o.csv", text), preparation, {.targets = targets}))
        .value();
  };
  const std::vector<float> inputs = {1, 7, 2, 8};
  EXPECT_EQ(inputs_of(rows("3.5,2,1,7\n4,1,2,8\n", false)), inputs);
  EXPECT_EQ(inputs_of(rows("2,1,7\n1,2,8\n", false)), inputs);
  EXPECT_EQ(inputs_of(rows("1,7\n2,8\n", false)), inputs);
  EXPECT_EQ(inputs_of(rows("3.5,2,1,7\n4,1,2,8\n", true)), inputs);
  EXPECT_EQ(inputs_of(rows("3.5,1,7\n4,2,8\n", true)), inputs);
  const std::string path = folder_.file("o.csv", "1,7\n2,8\n");
  expect_data_error(read_for(path, preparation, {.targets = true}), path,
                    "the model needs a column \"column_0\", which");
}

TEST_F(PrepareCsv, bytes_have_the_same_medians_and_means_as_other_numbers) {
  for (const Impute impute : {Impute::median, Impute::mean}) {
    TableConfig config;
    config.impute = impute;
    const RawTable bytes = read("a,y\n4,1.5\n1,2\n9,4\n200,8\n");
    const RawTable numbers = read("a,y\n4,1.5\n1,2\n9,4\n200,8\n,1\n");
    EXPECT_EQ(fitted(bytes, {}, config).columns[0].fill,
              fitted(numbers, {}, config).columns[0].fill);
  }
}

TEST_F(PrepareCsv, missing_values_can_be_refused) {
  TableConfig config;
  config.impute = Impute::error;
  const RawTable raw = read("a,b,y\n1,\"x\ny\",1\n,z,\n,x,2\n,z,3\n9,x,4\n", config);
  const Targets targets = decide_targets(raw, config.task).value();
  expect_data_error(fit_columns(raw, targets, {}, config, warnings_), "t.csv:5: column 0 (\"a\")",
                    "no value; 2 of the training rows have none");
  const std::vector<std::uint32_t> later = {0, 2, 3};
  expect_data_error(fit_columns(raw, targets, later, config, warnings_), "t.csv:6: column 0",
                    "no value; 1 of the training rows have none");
}

TEST_F(PrepareCsv, a_first_line_of_years_is_told_as_what_it_may_be) {
  DataConfig config;
  config.format = "csv";
  config.train.inputs = folder_.file("t.csv", "2019,2020,2021\n1,5,3\n2,7,9.5\n4,1,2\n");
  const auto sets = open_data(config, 1, false);
  ASSERT_TRUE(sets.ok()) << sets.error().message;
  ASSERT_FALSE(sets->warnings.empty());
  EXPECT_NE(sets->warnings[0].find("t.csv:1: the first line holds \"2019\", \"2020\", \"2021\" "
                                   "and looks like a header"),
            std::string::npos)
      << sets->warnings[0];
  EXPECT_EQ(sets->train.size(), 4U);
  config.train.inputs = folder_.file("u.csv", "2019,2020,2021\n2018,5,3\n2,7,9.5\n4,1,2\n");
  const auto rows = open_data(config, 1, false);
  ASSERT_TRUE(rows.ok());
  for (const std::string& warning : rows->warnings) {
    EXPECT_EQ(warning.find("looks like a header"), std::string::npos);
  }
}

TEST_F(PrepareCsv, texts_become_an_input_for_each_category_of_the_training_rows) {
  RawTable raw = read("c,y\nred,1.5\nblue,2\nred,3\n,4\ngreen,5\n");
  const Preparation preparation = fitted(raw, {0, 1, 2, 3});
  EXPECT_EQ(preparation.columns[0].categories, (std::vector<std::string>{"blue", "red"}));
  EXPECT_EQ(preparation.input_name(1), "c = red");
  const TablePointer table = expand(std::move(raw), preparation, {}, warnings_).value();
  EXPECT_EQ(row(*table, 0), (std::vector<float>{0, 1, 0}));
  EXPECT_EQ(row(*table, 1), (std::vector<float>{1, 0, 0}));
  EXPECT_EQ(row(*table, 3), (std::vector<float>{0, 1, 1}));  // the most frequent one, and the flag
  EXPECT_EQ(row(*table, 4), (std::vector<float>{0, 0, 0}));
  ASSERT_EQ(warnings_.size(), 1U);
  EXPECT_TRUE(contains(warnings_[0], "1 of 5 rows have a \"c\" that the training rows did not"))
      << warnings_[0];
  EXPECT_TRUE(contains(warnings_[0], "\"green\""));
}

TEST_F(PrepareCsv, rare_categories_share_an_input) {
  std::string text = "c,y\n";
  for (int i = 0; i < 150; ++i) {
    for (int n = 0; n < (i < 100 ? 2 : 1); ++n) {
      text += "t" + std::to_string(i) + "," + std::to_string(i) + ".5\n";
    }
  }
  RawTable raw = read(text);
  const Preparation preparation = fitted(raw);
  EXPECT_EQ(preparation.columns[0].categories.size(), 100U);
  EXPECT_TRUE(preparation.columns[0].other);
  const TablePointer table = expand(std::move(raw), preparation, {}, warnings_).value();
  EXPECT_EQ(table->shape.features, 101U);
  EXPECT_EQ(row(*table, 249).back(), 1.0F);
  EXPECT_TRUE(warnings_.empty());
}

TEST_F(PrepareCsv, rows_for_a_model_are_found_by_the_names_of_their_columns) {
  RawTable raw = read("a,b,y\n1.5,2,no\n3,4,yes\n");
  const Preparation preparation = fitted(raw);
  const auto rows = [&](const std::string& text, const RowsWanted& wanted) {
    return read_for(folder_.file("p.csv", text), preparation, wanted);
  };
  auto other = rows("y;extra;b;id;a\nyes;9;4;x;3.5\nno;9;5;y;1\n", {true, {"id"}});
  ASSERT_TRUE(other.ok()) << other.error().message;
  EXPECT_EQ(other->kept_values, (std::vector<std::string>{"x", "y"}));
  const auto labels = labels_by(*other, preparation);
  ASSERT_TRUE(labels.ok());
  EXPECT_EQ(*labels, (std::vector<std::uint32_t>{1, 0}));
  const TablePointer table = expand(std::move(*other), preparation, *labels, warnings_).value();
  EXPECT_EQ(row(*table, 0), (std::vector<float>{3.5F, 4}));
  expect_data_error(rows("b,c\n1,2\n", {}), "p.csv", "the model needs a column \"a\"");
  const auto unknown = rows("a,b,y\n1,2,perhaps\n", {true, {}});
  ASSERT_TRUE(unknown.ok());
  expect_data_error(labels_by(*unknown, preparation), "p.csv",
                    "1 rows have a class that the model does not know, such as \"perhaps\"");
}

TEST_F(PrepareCsv, rows_without_a_header_are_found_by_their_places_with_and_without_the_target) {
  RawTable raw = read("T,2,8.5\nI,5,12\nT,3,4\n");
  const Preparation preparation = fitted(raw);
  for (const char* text : {"I,7,8.5\nT,9,1\n", "7,8.5\n9,1\n"}) {
    auto rows = read_for(folder_.file("p.csv", text), preparation, {});
    ASSERT_TRUE(rows.ok()) << rows.error().message;
    const TablePointer table = expand(std::move(*rows), preparation, {}, warnings_).value();
    EXPECT_EQ(row(*table, 0), (std::vector<float>{7, 8.5F})) << text;
  }
}

}  // namespace
}  // namespace forknet::data::csv
