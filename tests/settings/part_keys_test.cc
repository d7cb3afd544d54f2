#include "settings/part_keys.h"

#include <gtest/gtest.h>

namespace forknet::run {
namespace {

const SettingSpec kBetas = {
    "betas", std::vector<double>{0.9, 0.999}, "decay of the two averages", {0.0, false, 1.0}, {},
    false};
const SettingSpec kDecay = {"decay", 0.0, "L2 penalty", {}, {}, false};

Settings& values(Config&) {
  static Settings settings;
  return settings;
}

TEST(PartKeys, name_the_parts_that_have_a_setting_unless_all_have_it) {
  const auto keys = part_keys("optimizer", {{"sgd", {kDecay}}, {"adam", {kBetas, kDecay}}}, values);
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_EQ(keys[0].path, "optimizer.decay");
  EXPECT_EQ(keys[0].help, "L2 penalty");
  EXPECT_EQ(keys[1].help, "adam: decay of the two averages");
}

TEST(PartKeys, read_the_default_until_a_value_is_set) {
  const auto keys = part_keys("optimizer", {{"adam", {kBetas}}}, values);
  Config config;
  EXPECT_EQ(to_toml(keys[0].accessor.get(config)), "[0.9, 0.999]");
  keys[0].accessor.set(config, {List{{0.5, {}}, {std::int64_t{0}, {}}}, {}});
  EXPECT_EQ(values(config).numbers("betas"), (std::vector<double>{0.5, 0.0}));
  EXPECT_EQ(to_toml(keys[0].accessor.get(config)), "[0.5, 0.0]");
}

TEST(PartKeys, accept_what_the_declaration_says) {
  const SettingSpec units = {"units", 0, "outputs", {1.0}, {}, true};
  EXPECT_TRUE(check(allowed_of(units), "units", {std::int64_t{0}, {}}));
  EXPECT_FALSE(check(allowed_of(units), "units", {std::int64_t{1}, {}}));
  const SettingSpec kind = {"kind", "plain", "", {}, {"plain", "other"}, false};
  EXPECT_FALSE(check(allowed_of(kind), "kind", {std::string("other"), {}}));
  EXPECT_TRUE(check(allowed_of(kind), "kind", {std::string("third"), {}}));
  EXPECT_TRUE(check(allowed_of(kBetas), "betas", {List{{0.5, {}}, {1.5, {}}}, {}}));
}

}  // namespace
}  // namespace forknet::run
