#include "train/model/preparation_json.h"

#include <gtest/gtest.h>

namespace forknet::run {
namespace {

data::Preparation some_preparation() {
  data::Preparation preparation;
  preparation.file_columns = 4;
  preparation.missing = {"", "NA"};
  data::InputColumn age;
  age.name = "age, \"in years\"";
  age.place = 1;
  age.fill = 0.1F;
  age.indicator = true;
  age.edges = {-1, 0.1F, 70};
  data::InputColumn city;
  city.name =
      "st\xe4"
      "dte";  // Latin-1
  city.place = 2;
  city.kind = data::InputColumn::Kind::category;
  city.categories = {"Bonn", "Ulm", "\xfc"};
  city.usual = 1;
  city.other = true;
  preparation.columns = {age, city};
  preparation.targets = {{"kind", 3, true}};
  preparation.weight = data::WeightColumn{"how often", 2};
  preparation.classes = {"a", "b"};
  return preparation;
}

TEST(PreparationJson, it_reads_back_as_it_was) {
  const data::Preparation before = some_preparation();
  const std::string text = to_json(before);
  const auto after = parse_preparation(text);
  ASSERT_TRUE(after.has_value()) << text;
  EXPECT_EQ(to_json(*after), text);
  EXPECT_EQ(after->header, before.header);
  EXPECT_EQ(after->missing, before.missing);
  EXPECT_EQ(after->columns[0].name, before.columns[0].name);
  EXPECT_EQ(after->columns[0].fill, 0.1F);
  EXPECT_EQ(after->columns[0].edges, before.columns[0].edges);
  EXPECT_TRUE(after->columns[0].indicator);
  EXPECT_EQ(after->columns[1].name, before.columns[1].name);
  EXPECT_EQ(after->columns[1].categories, before.columns[1].categories);
  EXPECT_EQ(after->columns[1].usual, 1U);
  EXPECT_TRUE(after->columns[1].other);
  EXPECT_EQ(after->inputs(), 8U);
  EXPECT_TRUE(after->targets[0].text);
  ASSERT_TRUE(after->weight.has_value());
  EXPECT_EQ(after->weight->name, "how often");
  EXPECT_EQ(after->weight->place, 2U);
  EXPECT_EQ(after->classes, before.classes);
}

TEST(PreparationJson, weights_alone_read_back_as_they_were) {
  data::Preparation before;
  before.weight = data::WeightColumn{"w"};
  const auto after = parse_preparation(to_json(before));
  ASSERT_TRUE(after.has_value());
  EXPECT_EQ(after->weight->name, "w");
  EXPECT_FALSE(after->of_columns());
  EXPECT_FALSE(after->pictures.has_value());
  EXPECT_FALSE(parse_preparation(to_json(data::Preparation{})).has_value());
}

TEST(PreparationJson, pictures_read_back_as_they_were) {
  data::Preparation before;
  before.pictures = data::PictureInputs{28, 14, true, 12.1};
  before.classes = {"cat", "dog"};
  const std::string text = to_json(before);
  const auto after = parse_preparation(text);
  ASSERT_TRUE(after.has_value()) << text;
  EXPECT_EQ(to_json(*after), text);
  EXPECT_EQ(after->pictures->width, 28U);
  EXPECT_EQ(after->pictures->border, 12.1);
  EXPECT_EQ(after->inputs(), 28U * 14 * 3);
  for (const auto& [part, instead] : {std::pair{"\"width\":28", "\"width\":0"},
                                      {"\"width\":28", "\"width\":99999999"},
                                      {"\"height\":14", "\"height\":\"x\""},
                                      {"\"color\":true", "\"color\":1"}}) {
    std::string odd = text;
    odd.replace(odd.find(part), std::string(part).size(), instead);
    EXPECT_FALSE(parse_preparation(odd).has_value()) << odd;
  }
}

TEST(PreparationJson, what_is_not_understood_is_nothing) {
  const std::string good = to_json(some_preparation());
  const auto with = [&](const std::string& part, const std::string& instead) {
    std::string text = good;
    const auto at = text.find(part);
    EXPECT_NE(at, std::string::npos) << part;
    if (at != std::string::npos) text.replace(at, part.size(), instead);
    return text;
  };
  ASSERT_TRUE(parse_preparation(good).has_value());
  for (const std::string& text :
       {std::string("no JSON"), std::string("[]"), std::string("{}"), std::string(100000, '['),
        with("\"version\":1", "\"version\":2"), with("\"usual\":1", "\"usual\":7"),
        with("\"usual\":1", "\"usual\":-1"), with("\"Bonn\"", "\"Zoo\""), with("\"Bonn\"", "7"),
        with("[-1.0,", "[1.0,"), with("[-1.0,", "["), with("[-1.0,", "[\"x\","),
        with("[-1.0,", "[-1e300,"), with("\"indicator\":true", "\"indicator\":1"),
        with("\"place\":1", "\"place\":99999999999999"), with("\"fill\":0.1", "\"fill\":1e300"),
        with("\"targets\":[{", "\"targets\":{},\"x\":[{")}) {
    EXPECT_FALSE(parse_preparation(text).has_value()) << text.substr(0, 300);
  }
}

}  // namespace
}  // namespace forknet::run
