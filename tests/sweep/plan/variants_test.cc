#include "sweep/plan/variants.h"

#include <gtest/gtest.h>

namespace forknet::sweep {
namespace {

TEST(Axis, has_a_key_and_values_divided_at_commas) {
  const Axis axis = parse_axis("optimizer.lr = 0.1, 0.01 ,1e-3").value();
  EXPECT_EQ(axis.key, "optimizer.lr");
  EXPECT_EQ(axis.values, (std::vector<std::string>{"0.1", "0.01", "1e-3"}));
}

TEST(Axis, keeps_commas_within_brackets_braces_and_quotes) {
  const auto values = [](const std::string& text) { return parse_axis(text).value().values; };
  EXPECT_EQ(values("optimizer.betas=[0.9, 0.99],[0.8,0.9]"),
            (std::vector<std::string>{"[0.9, 0.99]", "[0.8,0.9]"}));
  EXPECT_EQ(values(R"(model.layers=[{ type = "dense", units = 8 }],[{ units = 9 }])"),
            (std::vector<std::string>{R"([{ type = "dense", units = 8 }])", "[{ units = 9 }]"}));
  EXPECT_EQ(values(R"(run.state="a,\"b,c",'d,e')"),
            (std::vector<std::string>{R"("a,\"b,c")", "'d,e'"}));
}

TEST(Axis, of_words_that_make_no_sense_is_a_usage_error) {
  for (const char* text : {"", "optimizer.lr", "=1", "optimizer.lr=", "optimizer.lr=1,,2",
                           "optimizer.lr=1,1", "run.name=a,b", "run.dir=a,b"}) {
    const auto axis = parse_axis(text);
    ASSERT_FALSE(axis.ok()) << text;
    EXPECT_EQ(axis.error().kind, ErrorKind::usage) << text;
    EXPECT_TRUE(axis.error().message.starts_with("--vary ")) << axis.error().message;
  }
}

TEST(Variants, are_the_grid_of_all_values_with_the_last_axis_fastest) {
  const auto variants =
      variants_of({"a.toml"}, {{"optimizer.lr", {"1", "2"}}, {"train.batch", {"3", "4"}}}).value();
  std::vector<std::string> labels;
  for (const Variant& variant : variants) labels.push_back(label_of(variant, false));
  EXPECT_EQ(labels, (std::vector<std::string>{"lr=1 batch=3", "lr=1 batch=4", "lr=2 batch=3",
                                              "lr=2 batch=4"}));
}

TEST(Variants, of_several_configs_are_called_by_them) {
  const auto variants = variants_of({"x/a.toml", "b.toml"}, {{"train.batch", {"3"}}}).value();
  ASSERT_EQ(variants.size(), 2U);
  EXPECT_EQ(variants[0].config, "x/a.toml");
  EXPECT_EQ(label_of(variants[0], true), "a.toml batch=3");
  EXPECT_EQ(label_of({"x/a.toml", {}}, false), "a.toml");
}

TEST(Variants, with_long_values_are_called_by_their_beginning) {
  const Variant variant = {"a", {{"model.layers", std::string(100, 'x')}}};
  EXPECT_EQ(label_of(variant, false), "layers=" + std::string(40, 'x') + "...");
}

TEST(Variants, that_are_there_twice_are_a_usage_error) {
  EXPECT_EQ(variants_of({"a", "a"}, {}).error().kind, ErrorKind::usage);
  EXPECT_EQ(variants_of({"a"}, {{"x.y", {"1"}}, {"x.y", {"2"}}}).error().kind, ErrorKind::usage);
  std::vector<std::string> many;
  for (int i = 0; i < 101; ++i) many.push_back(std::to_string(i));
  EXPECT_EQ(variants_of({"a"}, {{"x.y", many}, {"x.z", many}}).error().kind, ErrorKind::usage);
}

}  // namespace
}  // namespace forknet::sweep
