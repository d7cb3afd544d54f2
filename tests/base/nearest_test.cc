#include "base/nearest.h"

#include <gtest/gtest.h>

namespace forknet {
namespace {

TEST(Nearest, few_slips_find_the_word_that_was_meant) {
  const std::vector<std::string> words = {"quality", "alcohol", "pH"};
  for (const char* slip : {"qualty", "Quality", "qulaity", "qualityy", "quslity"}) {
    EXPECT_EQ(nearest(slip, words), "quality") << slip;
  }
  EXPECT_EQ(did_you_mean("alcohl", words), "did you mean \"alcohol\"?");
}

TEST(Nearest, words_far_from_all_or_too_long_have_none) {
  EXPECT_EQ(nearest("sugar", {"quality", "alcohol"}), std::nullopt);
  EXPECT_EQ(nearest("", {"a"}), std::nullopt);
  EXPECT_EQ(nearest("ab", {"xy"}), std::nullopt);
  EXPECT_EQ(nearest(std::string(65, 'a'), {std::string(65, 'a')}), std::nullopt);
  EXPECT_EQ(nearest("abcdef", {std::string(1'000'000, 'a')}), std::nullopt);
  EXPECT_EQ(did_you_mean("sugar", {"quality"}), "");
}

}  // namespace
}  // namespace forknet
