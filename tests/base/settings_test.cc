// Settings of parts (forknet/settings.h).
#include <forknet/settings.h>
#include <gtest/gtest.h>

namespace forknet {
namespace {

const std::vector<SettingSpec> kDeclared = {
    {"rate", 0.5, "a share", {0.0, false, 1.0}, {}, false},
    {"units", 0, "outputs", {1.0}, {}, true},
    {"kind", "plain", "a word", {}, {"plain", "other"}, false},
    {"pair", std::vector<double>{0.9, 0.999}, "two numbers", {}, {}, false},
};

TEST(Settings, that_are_missing_take_their_defaults) {
  const Settings all = complete({{"kind", "other"}}, kDeclared);
  EXPECT_EQ(all.number("rate"), 0.5);
  EXPECT_EQ(all.word("kind"), "other");
  EXPECT_EQ(all.numbers("pair"), (std::vector<double>{0.9, 0.999}));
  EXPECT_EQ(all.find("units"), nullptr) << "a required setting has no default";
}

TEST(Settings, of_other_parts_are_left_out) {
  EXPECT_EQ(complete({{"betas", 1.0}}, kDeclared).find("betas"), nullptr);
}

TEST(Settings, that_are_set_twice_keep_their_place_and_the_last_value) {
  Settings settings = {{"a", 1}, {"b", true}};
  settings.set("a", 2);
  ASSERT_EQ(settings.all().size(), 2U);
  EXPECT_EQ(settings.whole("a"), 2);
  EXPECT_EQ(settings.number("a"), 2.0);
  EXPECT_TRUE(settings.flag("b"));
}

}  // namespace
}  // namespace forknet
