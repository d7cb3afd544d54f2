#include "settings/augment.h"

#include <gtest/gtest.h>

#include "settings/presets.h"
#include "settings/testing.h"
#include "settings/write.h"

namespace forknet::run::testing {
namespace {

Resolved with_sets(const std::vector<std::string>& sets) {
  Overrides overrides;
  overrides.sets = sets;
  return resolve_text(kSmall, "x.toml", overrides).value();
}

TEST(AugmentSetting, nothing_is_varied_by_default) {
  const Resolved resolved = with_sets({});
  EXPECT_FALSE(resolved.config.data.augment.any());
  EXPECT_EQ(setting_of(resolved, "data.augment").value, "{}");
}

TEST(AugmentSetting, a_table_names_what_is_varied_and_is_stored_as_it_was_given) {
  const Resolved resolved = with_sets(
      {"data.augment={ shift = 2, rotate = 10.5, scale = 0.1, shear = 0, noise = 0.05 }"});
  AugmentConfig expected;
  expected.shift = 2;
  expected.rotate = 10.5;
  expected.scale = 0.1;
  expected.noise = 0.05;
  EXPECT_EQ(resolved.config.data.augment, expected);
  const auto again = resolve_text(resolved_text(resolved), "y.toml", {});
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(again->config.data.augment, expected);
}

TEST(AugmentSetting, one_entry_may_be_set_on_top) {
  const Resolved resolved =
      with_sets({"data.augment={ shift = 2, elastic = 3 }", "data.augment.elastic=5"});
  EXPECT_EQ(resolved.config.data.augment.shift, 2);
  EXPECT_EQ(resolved.config.data.augment.elastic, 5);
  EXPECT_EQ(with_sets({"data.augment.noise=0.5"}).config.data.augment.noise, 0.5);
}

TEST(AugmentSetting, a_section_of_its_own_is_the_same) {
  const auto resolved = resolve_text(
      "[data]\ntrain = { inputs = \"a\", labels = \"b\" }\n[data.augment]\nshear = 0.2\n"
      "[model]\nlayers = [{ type = \"dense\", units = 2 }]\n",
      "x.toml", {});
  ASSERT_TRUE(resolved.ok()) << resolved.error().message;
  EXPECT_EQ(resolved->config.data.augment.shear, 0.2);
}

TEST(AugmentSetting, a_full_grid_keeps_a_loader_for_it) {
  Config config;
  config.grid.threads = 4;
  EXPECT_FALSE(grid_settings(config, 4).empty());
  config.data.augment.rotate = 1;
  EXPECT_TRUE(grid_settings(config, 4).empty());
}

}  // namespace
}  // namespace forknet::run::testing
