#include "data/formats/csv/read.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "data/formats/csv/tables.h"
#include "random_cases.h"

namespace forknet::data::csv {
namespace {

class ReadCsv : public ::testing::Test {
 protected:
  Result<RawTable> read(const std::string& text, const TableConfig& config = {}) {
    return read_training(folder_.file("t.csv", text), config);
  }
  RawTable good(const std::string& text, const TableConfig& config = {}) {
    auto table = read(text, config);
    EXPECT_TRUE(table.ok()) << table.error().message;
    return table.ok() ? std::move(*table) : RawTable{};
  }
  TestFolder folder_;
};

TEST_F(ReadCsv, numbers_and_the_target_are_told_apart) {
  const RawTable table = good("a,b,y\n1,2.5,3\n4,-5e1,6\n");
  EXPECT_EQ(table.rows, 2U);
  EXPECT_EQ(names_of_inputs(table), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(inputs_of(table), (std::vector<float>{1, 2.5F, 4, -50}));
  EXPECT_EQ(table.target_values, (std::vector<float>{3, 6}));
}

TEST_F(ReadCsv, whole_numbers_of_0_to_255_stay_bytes) {
  EXPECT_TRUE(good("a,b,y\n0,255,3\n4,5,6\n").blocks.front().bytes);
  EXPECT_FALSE(good("a,b,y\n0,256,3\n4,5,6\n").blocks.front().bytes);
  EXPECT_FALSE(good("a,b,y\n0,2.5,3\n4,5,6\n").blocks.front().bytes);
  EXPECT_FALSE(good("a,b,y\n0,,3\n4,5,6\n").blocks.front().bytes);
}

TEST_F(ReadCsv, quotes_line_ends_marks_and_blank_lines_are_as_programs_write_them) {
  const std::string plain = "a,b,y\n1,2,x\n3,4,z\n";
  const RawTable expected = good(plain);
  for (const std::string& text : {
           std::string("a,b,y\r\n1,2,x\r\n3,4,z\r\n"),
           std::string("\xef\xbb\xbf") + plain,
           std::string("a,b,y\n\n1,2,x\n3,4,z\n\n\n"),
           std::string("a,b,y\n1,2,x\n3,4,z"),
           std::string("\"a\",\"b\",\"y\"\n\"1\",2,\"x\"\n3,\"4\",z\n"),
           std::string("a, b, y\n 1, 2, x\n3 ,4 ,z \n"),
       }) {
    const RawTable table = good(text);
    EXPECT_EQ(names_of_inputs(table), names_of_inputs(expected)) << text;
    EXPECT_EQ(inputs_of(table), inputs_of(expected)) << text;
    EXPECT_EQ(table.targets[0].texts, (std::vector<std::string>{"x", "z"})) << text;
  }
}

TEST_F(ReadCsv, a_quoted_field_may_hold_anything) {
  const RawTable table = good("text,y\n\"a, \"\"b\"\"\nc\",1\n\"d\",2\n");
  EXPECT_EQ(table.inputs[0].texts, (std::vector<std::string>{"a, \"b\"\nc", "d"}));
  EXPECT_EQ(table.rows, 2U);
}

TEST_F(ReadCsv, a_quote_within_a_plain_field_is_a_letter) {
  const RawTable table = good("text,y\n5\" pipe,1\n6\" pipe,2\n");
  EXPECT_EQ(table.inputs[0].texts, (std::vector<std::string>{"5\" pipe", "6\" pipe"}));
}

TEST_F(ReadCsv, missing_values_are_not_numbers_and_rows_without_a_target_are_left_out) {
  const RawTable table = good("a,b,y\n1,NA,1\n?,2,2\n3,4,\n");
  EXPECT_EQ(table.rows, 2U);
  EXPECT_EQ(table.without_target, 1U);
  const std::vector<float> inputs = inputs_of(table);
  EXPECT_TRUE(std::isnan(inputs[1]));
  EXPECT_TRUE(std::isnan(inputs[2]));
  TableConfig config;
  config.missing = {"-999"};
  EXPECT_TRUE(std::isnan(inputs_of(good("a,b,y\n1,-999,1\n1,2,2\n", config))[1]));
}

TEST_F(ReadCsv, rows_of_weight_zero_are_left_out_with_all_they_hold) {
  TableConfig config;
  config.weight = {"w"};
  const RawTable table = good("a,w,y\n1,2,p\n2,0,q\n3,0.5,r\n4,-0,s\n5,1,\n6,0,\n", config);
  EXPECT_EQ(names_of_inputs(table), (std::vector<std::string>{"a"}));
  EXPECT_EQ(inputs_of(table), (std::vector<float>{1, 3}));
  EXPECT_EQ(table.sample_weights, (std::vector<float>{2, 0.5F}));
  EXPECT_EQ(table.weightless, 3U);
  EXPECT_EQ(table.without_target, 1U);
  config.weight = {std::int64_t{1}};
  EXPECT_EQ(good("a,w,y\n1,2,p\n2,1,q\n", config).sample_weights, (std::vector<float>{2, 1}));
  config.missing = {"0"};  // of the values of rows, not of their weights
  EXPECT_EQ(good("a,w,y\n1,2,p\n2,0,q\n", config).rows, 1U);
}

TEST_F(ReadCsv, the_weights_are_no_target_that_is_found) {
  TableConfig config;
  config.weight = {"y"};
  EXPECT_EQ(good("a,b,y\n1,2,3\n2,3,4\n", config).targets[0].name, "b");
  config.weight = {"w"};
  EXPECT_EQ(good("a,b,w\n1,2,3\n2,3,4\n", config).targets[0].name, "b");
}

TEST_F(ReadCsv, weights_that_are_none_are_refused_with_their_place) {
  TableConfig config;
  config.weight = {"w"};
  const auto refused = [&](const std::string& text, const std::string& message) {
    const std::string path = folder_.file("t.csv", text);
    expect_data_error(read_training(path, config), path, path + message);
  };
  refused("a,w,y\n1,2,3\n2,-1,4\n", ":3: column 1 (\"w\"): \"-1\" is below 0");
  refused("a,w,y\n1,2,3\n2,inf,4\n", ":3: column 1 (\"w\"): \"inf\" is not a finite number");
  refused("a,w,y\n1,2,3\n2,heavy,4\n", ":3: column 1 (\"w\"): \"heavy\" is not a finite");
  refused("a,w,y\n1,2,3\n2,,4\n", ":3: column 1 (\"w\"): no value in the column of weights");
  refused("a,w,y\n1,2,3\n2,NaN,4\n", ":3: column 1 (\"w\"): no value in the column of weights");
  refused("a,w,y\n1,0,3\n2,0,4\n", ": column 1 (\"w\"): the weight of every row is 0");
  refused("a,b,y\n1,0,3\n2,0,4\n", ": data.weight names a column \"w\" that is not there");
  config.target = {"w"};
  refused("a,w,y\n1,2,3\n2,1,4\n", ": column 1 (\"w\") is both the target and the weights");
  config.target = {};
  config.weight = {"a", "w"};
  const auto several = read_training(folder_.file("t.csv", "a,w,y\n1,2,3\n2,1,4\n"), config);
  ASSERT_FALSE(several.ok());
  EXPECT_EQ(several.error().kind, ErrorKind::config);
}

TEST_F(ReadCsv, the_target_is_found_by_name_kind_or_place) {
  EXPECT_EQ(good("Class,a,b\n1,2,3\n2,3,4\n").targets[0].name, "Class");
  EXPECT_EQ(good("a,kind,b\n1,x,3\n2,z,4\n").targets[0].name, "kind");
  EXPECT_EQ(good("T,2,8\nI,5,12\n").targets[0].place, 0U);
  EXPECT_EQ(good("a,b,c\n1,2,3\n2,3,4\n").targets[0].name, "c");
  TableConfig config;
  config.target = {std::int64_t{-2}};
  EXPECT_EQ(good("a,b,c\n1,2,3\n2,3,4\n", config).targets[0].name, "b");
  config.target = {"a", "c"};
  EXPECT_EQ(good("a,b,c\n1,2,3\n2,3,4\n", config).target_values, (std::vector<float>{1, 3, 2, 4}));
}

TEST_F(ReadCsv, columns_are_dropped_kept_and_taken_for_texts) {
  const std::string text = "id,a,b,y\n7,1,2,0\n8,3,4,1\n";
  TableConfig config;
  config.drop = {"id"};
  EXPECT_EQ(names_of_inputs(good(text, config)), (std::vector<std::string>{"a", "b"}));
  config = {};
  config.keep = {"b"};
  EXPECT_EQ(names_of_inputs(good(text, config)), std::vector<std::string>{"b"});
  config = {};
  config.categorical = {"a"};
  EXPECT_TRUE(good(text, config).inputs[1].text);
}

TEST_F(ReadCsv, gzip_is_read_as_it_is) {
  const auto table =
      read_training(folder_.file("t.csv.gz", gzip("a,y\n1,2\n3,4\n")), TableConfig{});
  ASSERT_TRUE(table.ok()) << table.error().message;
  EXPECT_EQ(inputs_of(*table), (std::vector<float>{1, 3}));
}

// Records on both sides of the borders of blocks, within quotes as well.
TEST_F(ReadCsv, a_table_of_many_blocks_is_the_same_as_its_rows) {
  std::string text = "a,t,y\n";
  const std::string filler(1000, 'x');
  constexpr int kRows = 5000;
  for (int row = 0; row < kRows; ++row) {
    text += std::to_string(row) + ",\"" + filler + "\n" + std::to_string(row % 7) + "\"," +
            std::to_string(row % 3) + "\n";
  }
  const RawTable table = good(text);
  ASSERT_EQ(table.rows, static_cast<std::size_t>(kRows));
  EXPECT_GT(table.blocks.size(), 3U);
  EXPECT_EQ(table.inputs[1].texts.size(), 7U);
  const std::vector<float> inputs = inputs_of(table);
  for (int row = 0; row < kRows; ++row) {
    const auto at = static_cast<std::size_t>(row);
    ASSERT_EQ(inputs[2 * at], static_cast<float>(row));
    ASSERT_EQ(inputs[2 * at + 1], static_cast<float>(row % 7));
    ASSERT_EQ(table.target_values[at], static_cast<float>(row % 3));
  }
}

// Texts that come first in one block or another, rows without a target or of weight 0, and bytes
// that end.
std::string mixed_table() {
  std::string text = "a,t,b,w,y\n";
  for (int row = 0; row < 200'000; ++row) {
    const std::string number = row > 150'000 ? std::to_string(row) + ".25" : "7";
    text += number + ",text " + std::to_string(row / 50 * 31 % 4001) + "," +
            (row % 11 == 0 ? "" : "5") + "," + std::to_string(row % 9) + "," +
            (row % 1000 == 3 ? ""
             : row % 2 == 0  ? "x"
                             : "z") +
            "\n";
  }
  return text;
}

std::vector<std::size_t> thread_counts() {
  if (test_in_full()) return {2, 3, 8};
  return {2, 8};
}

TEST_F(ReadCsv, any_number_of_threads_reads_the_same) {
  const std::string path = folder_.file("t.csv", mixed_table());
  TableConfig config;
  config.weight = {"w"};
  const auto one = read_training(path, config);
  ASSERT_TRUE(one.ok()) << one.error().message;
  EXPECT_GT(one->blocks.size(), 3U);
  EXPECT_EQ(one->sample_weights.size(), one->rows);
  EXPECT_GT(one->weightless, 20'000U);
  for (const std::size_t threads : thread_counts()) {
    const auto more = read_training(path, config, {threads, {}});
    ASSERT_TRUE(more.ok()) << more.error().message;
    EXPECT_EQ(more->rows, one->rows);
    EXPECT_EQ(more->sample_weights, one->sample_weights);
    EXPECT_EQ(more->weightless, one->weightless);
    EXPECT_EQ(more->without_target, one->without_target);
    EXPECT_EQ(more->target_values, one->target_values);
    EXPECT_EQ(more->inputs[1].texts, one->inputs[1].texts);
    const std::vector<float> expected = inputs_of(*one);
    const std::vector<float> inputs = inputs_of(*more);
    ASSERT_EQ(inputs.size(), expected.size());
    EXPECT_EQ(std::memcmp(inputs.data(), expected.data(), inputs.size() * sizeof(float)), 0);
  }
}

TEST_F(ReadCsv, any_number_of_threads_tells_the_first_mistake) {
  std::string text = mixed_table();
  text.insert(text.size() / 2, "\nbad,row\n");
  text += "worse\n\"";
  const std::string path = folder_.file("t.csv", text);
  const auto one = read_training(path, TableConfig{});
  ASSERT_FALSE(one.ok());
  for (const std::size_t threads : thread_counts()) {
    const auto more = read_training(path, TableConfig{}, {threads, {}});
    ASSERT_FALSE(more.ok());
    EXPECT_EQ(more.error().message, one.error().message);
  }
}

TEST_F(ReadCsv, blank_lines_may_fill_whole_blocks) {
  const std::string blank(std::size_t{3} << 20, '\n');
  TableConfig config;
  config.header = Choice::yes;
  const auto table =
      read_training(folder_.file("t.csv", "a,y\n" + blank + "1,2\n3,4\n"), config, {2, {}});
  ASSERT_TRUE(table.ok()) << table.error().message;
  EXPECT_EQ(inputs_of(*table), (std::vector<float>{1, 3}));
}

TEST_F(ReadCsv, progress_goes_from_block_to_block_up_to_the_whole_file) {
  const std::string text = mixed_table();
  std::vector<std::uint64_t> told;
  const auto table =
      read_training(folder_.file("t.csv", text), TableConfig{},
                    {2, [&](const std::string&, std::uint64_t done, std::uint64_t all) {
                       EXPECT_EQ(all, text.size());
                       told.push_back(done);
                     }});
  ASSERT_TRUE(table.ok()) << table.error().message;
  EXPECT_TRUE(std::is_sorted(told.begin(), told.end()));
  EXPECT_EQ(told.back(), text.size());
}

TEST_F(ReadCsv, a_decimal_comma_within_quotes_does_not_join_fields) {
  TableConfig config;
  config.decimal = ",";
  config.delimiter = ",";
  const RawTable table = good("a,b,y\n-1,2,3\n\"4,5\",123456789,6\n", config);
  EXPECT_EQ(inputs_of(table), (std::vector<float>{-1, 2, 4.5F, 123456789.0F}));
}

struct BadTable {
  const char* name;
  std::string text;
  std::string message;  // after the file's name
};

class BadCsv : public ::testing::TestWithParam<BadTable> {
 protected:
  TestFolder folder_;
};

TEST_P(BadCsv, it_is_refused_with_its_place) {
  const std::string path = folder_.file("t.csv", GetParam().text);
  expect_data_error(read_training(path, TableConfig{}), path, path + GetParam().message);
}

std::string rows(int count, const std::string& row) {
  std::string text;
  for (int i = 0; i < count; ++i) text += row;
  return text;
}

INSTANTIATE_TEST_SUITE_P(
    All, BadCsv,
    ::testing::Values(
        BadTable{"empty", "", ": the file is empty"}, BadTable{"blank", "\n\n  \n", ": no rows"},
        BadTable{"header_only", "a,b\n", ":1: a header and no rows below it"},
        BadTable{"short_row", "a,b,c\n1,2,3\n4,5\n", ":3: 2 fields, but the header has 3"},
        BadTable{"long_row", "a,b\n1,2\n3,4,5,6\n", ":3: 4 fields, but the header has 2"},
        BadTable{"no_number", "a,b\n" + rows(20, "1,2\n") + "n/a,3\n",
                 ":22: column 0 (\"a\"): \"n/a\" is not a finite number"},
        BadTable{"infinity", "a,b\n" + rows(20, "1,2\n") + "inf,3\n",
                 ":22: column 0 (\"a\"): \"inf\" is not a finite number"},
        BadTable{"not_a_number", "a,b\n" + rows(20, "1,2\n") + "nan,3\n",
                 ":22: column 0 (\"a\"): \"nan\" is not a finite number"},
        BadTable{"too_large", "a,b\n" + rows(20, "1,2\n") + "1e999,3\n",
                 ":22: column 0 (\"a\"): \"1e999\" is not a finite number"},
        BadTable{"hexadecimal", "a,b\n" + rows(20, "1,2\n") + "0x1p3,3\n",
                 ":22: column 0 (\"a\"): \"0x1p3\" is not a finite number"},
        BadTable{"same_names", "a,b,a\n1,2,3\n", ":1: the header has two columns \"a\", 0 and 2"},
        BadTable{"open_quote", "a,b\n1,2\n\"3,4\n5,6\n",
                 ":3: a quoted field of this record is not"},
        BadTable{"behind_quote", "a,b\n\"1\"x,2\n",
                 ":2: column 0 (\"a\"): text after a closing quote"},
        BadTable{"zero_byte", std::string("a,b\n1,2\n3,\0\n", 12),
                 ":3: a zero byte, byte 3 of the line"},
        BadTable{"web_page", "<!DOCTYPE html>\n<html>\n", ": this is a web page"},
        BadTable{"pointer", "version https://git-lfs.github.com/spec/v1\noid x\n",
                 ": this is a Git LFS pointer"},
        BadTable{"twice_packed", gzip(gzip("a,b\n1,2\n")), ": the file is packed twice"},
        BadTable{"utf16",
                 std::string("\xff\xfe"
                             "a,b"),
                 ": the text is UTF-16"}),
    [](const auto& bad) { return std::string(bad.param.name); });

// Not one of the parameters above: they are made whenever a test of this program starts.
TEST_F(ReadCsv, a_record_of_more_than_sixteen_megabytes_is_refused_with_its_place) {
  const std::string path = folder_.file("t.csv", "a,b\n\"" + std::string(17U << 20, 'x'));
  expect_data_error(read_training(path, TableConfig{}), path,
                    path + ":2: a record of more than 16 MiB begins here");
}

TEST_F(ReadCsv, a_comma_in_a_number_suggests_the_decimal_comma) {
  TableConfig config;
  config.decimal = ".";
  config.delimiter = ";";
  config.categorical = {};
  const std::string text = "a;b\n" + rows(20, "1;2\n") + "68,83;3\n";
  const auto table = read(text, config);
  expect_data_error(table, "t.csv:22: column 0 (\"a\"): \"68,83\" is not", "decimal = \",\"");
  config.delimiter = ",";
  expect_data_error(read("a,b\n1,2\n68,83,3\n", config), "t.csv:3: 3 fields", "decimal = \",\"");
}

TEST_F(ReadCsv, columns_that_settings_name_must_be_there) {
  TableConfig config;
  config.target = {"z"};
  expect_data_error(read("a,b\n1,2\n", config), "t.csv: data.target names a column \"z\"",
                    "the columns are \"a\", \"b\"");
  config.target = {std::int64_t{2}};
  expect_data_error(read("a,b\n1,2\n", config), "t.csv: data.target names column 2",
                    "only 2 columns (0 to 1; -1 is the last)");
  config = {};
  config.drop = {"a"};
  expect_data_error(read("a,b\n1,2\n", config), "t.csv", "no column is left beside the target");
}

}  // namespace
}  // namespace forknet::data::csv
