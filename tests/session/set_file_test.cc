#include "session/set_file.h"

#include <gtest/gtest.h>

#include "train/model/preparation_json.h"

namespace forknet::run {
namespace {

SetFile some_set() {
  SetFile set;
  set.key = std::string(32, 'a');
  const auto entry = [](char key, const char* name, std::size_t rows) {
    SetFile::Entry made;
    made.key = std::string(32, key);
    made.table.inputs_name = name;
    made.table.labels_name = name;
    made.table.shape = {data::Element::f32, rows, {2}, 2, false, 0, 1, true};
    return made;
  };
  set.tables[0] = entry('b', "a \xff name.csv", 70);  // need not be UTF-8
  set.tables[2] = entry('c', "test.csv", 20);
  set.preparation = data::Preparation{};
  set.preparation->columns = {{"x", 0, data::InputColumn::Kind::number, true, 0.1F}};
  set.preparation->targets = {{"y", 1, false}};
  set.targets = {{1.5F}, {0.3F}};
  set.warnings = {"warning: \xfe is odd", "note"};
  return set;
}

TEST(SetFileTest, says_what_was_put_into_it_to_the_bit) {
  const SetFile set = some_set();
  const auto back = parse_set_file(to_text(set));
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->key, set.key);
  EXPECT_EQ(back->warnings, set.warnings);
  EXPECT_EQ(back->targets.offset, set.targets.offset);
  EXPECT_EQ(back->targets.factor, set.targets.factor);
  EXPECT_EQ(to_json(*back->preparation), to_json(*set.preparation));
  EXPECT_FALSE(back->tables[1].has_value());
  for (const std::size_t i : {0, 2}) {
    ASSERT_TRUE(back->tables.at(i).has_value());
    const data::Table& table = back->tables.at(i)->table;
    const data::Table& wanted = set.tables.at(i)->table;
    EXPECT_EQ(back->tables.at(i)->key, set.tables.at(i)->key);
    EXPECT_EQ(table.inputs_name, wanted.inputs_name);
    EXPECT_EQ(table.labels_name, wanted.labels_name);
    EXPECT_EQ(table.shape.element, wanted.shape.element);
    EXPECT_EQ(table.shape.rows, wanted.shape.rows);
    EXPECT_EQ(table.shape.row_shape, wanted.shape.row_shape);
    EXPECT_EQ(table.shape.features, wanted.shape.features);
    EXPECT_EQ(table.shape.labelled, wanted.shape.labelled);
    EXPECT_EQ(table.shape.outputs, wanted.shape.outputs);
    EXPECT_EQ(table.shape.weighted, wanted.shape.weighted);
  }
}

TEST(SetFileTest, that_is_cut_or_changed_anywhere_is_not_believed) {
  const std::string text = to_text(some_set());
  for (std::size_t length = 0; length < text.size(); ++length) {
    EXPECT_FALSE(parse_set_file(text.substr(0, length)).has_value()) << length;
  }
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string damaged = text;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x20);
    EXPECT_FALSE(parse_set_file(damaged).has_value()) << at;
  }
}

TEST(SetFileTest, that_contradicts_itself_is_not_believed) {
  SetFile set = some_set();
  set.tables[0]->table.shape.features = 3;  // the preparation makes two
  EXPECT_FALSE(parse_set_file(to_text(set)).has_value());
  set = some_set();
  set.tables[0].reset();
  EXPECT_FALSE(parse_set_file(to_text(set)).has_value());
  set = some_set();
  set.tables[2]->key = "../" + std::string(29, 'c');  // names no file of the folder
  EXPECT_FALSE(parse_set_file(to_text(set)).has_value());
  set = some_set();
  set.targets = {{1.0F, 2.0F}, {1.0F}};
  EXPECT_FALSE(parse_set_file(to_text(set)).has_value());
}

}  // namespace
}  // namespace forknet::run
