#include "data/formats/csv/sample.h"

#include "data/formats/csv/tables.h"

namespace forknet::data::csv {
namespace {

TEST(CsvSample, the_delimiter_is_the_one_that_cuts_all_lines_alike) {
  EXPECT_EQ(sample_of("a,b\n1,2\n").dialect.delimiter, ',');
  EXPECT_EQ(sample_of("a;b;c\n1,5;2,5;3\n").dialect.delimiter, ';');
  EXPECT_EQ(sample_of("a\tb\n1\t2\n").dialect.delimiter, '\t');
  EXPECT_EQ(sample_of("a|b\n1|2\n").dialect.delimiter, '|');
  EXPECT_EQ(sample_of("name;text\nx;\"a, b, c\"\ny;d\n").dialect.delimiter, ';');
  EXPECT_EQ(sample_of("a\n1\n2\n").columns.size(), 1U);
}

TEST(CsvSample, a_decimal_comma_is_found_where_fields_show_it) {
  EXPECT_EQ(sample_of("a;b\n1,5;2\n").dialect.decimal, ',');
  EXPECT_EQ(sample_of("a;b\n1.5;2\n").dialect.decimal, '.');
  EXPECT_EQ(sample_of("a,b\n\"1,5\",2\n").dialect.decimal, ',');
  EXPECT_EQ(sample_of("a,b\n1,5\n").dialect.decimal, '.');
}

TEST(CsvSample, a_header_has_no_numbers_above_columns_that_have) {
  EXPECT_TRUE(sample_of("a,b\n1,2\n").dialect.header);
  EXPECT_FALSE(sample_of("T,2,8\nI,5,12\n").dialect.header);
  EXPECT_FALSE(sample_of("x,y\nx,z\n").dialect.header);  // "x" comes again
  EXPECT_TRUE(sample_of("color,city\nred,Bonn\n").dialect.header);
  TableConfig config;
  config.header = Choice::no;
  EXPECT_FALSE(sample_of("a,b\n1,2\n", config).dialect.header);
}

TEST(CsvSample, columns_have_names_and_kinds) {
  const Sample sample = sample_of("age,,city\n1,x,Bonn\nNA,y,\n3,z,Ulm\n");
  ASSERT_EQ(sample.columns.size(), 3U);
  EXPECT_EQ(sample.columns[0].name, "age");
  EXPECT_EQ(sample.columns[1].name, "column_1");
  EXPECT_FALSE(sample.columns[0].is_text());
  EXPECT_EQ(sample.columns[0].missing, 1U);
  EXPECT_TRUE(sample.columns[2].is_text());
  EXPECT_EQ(sample.columns[2].missing, 1U);
}

TEST(CsvSample, one_text_among_many_numbers_does_not_make_a_column_of_texts) {
  std::string text = "a,b\n";
  for (int i = 0; i < 30; ++i) text += i == 20 ? "n/a,1\n" : std::to_string(i) + ",1\n";
  EXPECT_FALSE(sample_of(text).columns[0].is_text());
}

TEST(CsvSample, whole_numbers_of_any_length_count_as_numbers) {
  const Sample sample =
      sample_of("a,b,c\n1,123456789012345678,123456789012345678901234567890\n 7 ,00,2\n");
  for (const SampleColumn& column : sample.columns) EXPECT_EQ(column.numbers, 2U) << column.name;
}

TEST(CsvSample, of_a_wide_table_fewer_records_are_looked_at) {
  constexpr std::size_t kColumns = 2000;
  std::string line;
  for (std::size_t c = 0; c < kColumns; ++c) line += c == 0 ? "1" : ",1";
  std::string text;
  for (int i = 0; i < 300; ++i) text += line + "\n";
  EXPECT_EQ(sample_of(text).columns.back().numbers, 100U);
}

TEST(CsvSample, numbers_are_read_the_same_in_every_locale) {
  float value = 0;
  EXPECT_TRUE(parse_number("1.5", '.', value));
  EXPECT_EQ(value, 1.5F);
  EXPECT_TRUE(parse_number("+2,5e1", ',', value));
  EXPECT_EQ(value, 25.0F);
  for (const char* text : {"", "1.5x", "0x1p3", "1e999", "nan", "inf", "-", "1,5", "--1", "1 2"}) {
    EXPECT_FALSE(parse_number(text, '.', value)) << text;
  }
}

}  // namespace
}  // namespace forknet::data::csv
