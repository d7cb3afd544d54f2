#include "train/stored_round.h"

#include <gtest/gtest.h>

#include "state/commits.h"

namespace forknet::run {
namespace {

// Two models at step 5, of which one is two steps ahead and one has been left out from step 4 on.
StoredRound round_of_two() {
  StoredRound round;
  round.center_step = 3;
  round.left_out = {{1, 4}};
  round.apart = {{7, {{0.1 + 0.2, 3, 4, 0.5, 0.25}, {5e-324, 1, 4, 0, 0}}}, {4, {}}};
  return round;
}

constexpr std::uint64_t kStep = 5;

TEST(StoredRound, comes_back_bit_by_bit) {
  const std::string text = to_json(round_of_two());
  const auto back = parse_round(text, kStep, 2);
  ASSERT_TRUE(back.has_value()) << text;
  EXPECT_EQ(back->center_step, 3U);
  EXPECT_EQ(back->left_out, round_of_two().left_out);
  ASSERT_EQ(back->apart.size(), 2U);
  ASSERT_EQ(back->apart[0].figures.size(), 2U);
  EXPECT_EQ(back->apart[0].steps, 7U);
  EXPECT_EQ(back->apart[0].figures[0].loss, 0.1 + 0.2);
  EXPECT_EQ(back->apart[0].figures[0].correct_weight, 0.25);
  EXPECT_EQ(back->apart[0].figures[1].loss, 5e-324);
  EXPECT_EQ(to_json(*back), text);
}

TEST(StoredRound, of_models_at_rest_names_none) {
  EXPECT_EQ(to_json(StoredRound{40, {{1, 45}}, {}}), R"({"center_step":40,"left_out":[[1,45]]})");
}

TEST(StoredRound, of_another_step_or_number_of_models_is_refused) {
  const std::string text = to_json(round_of_two());
  EXPECT_FALSE(parse_round(text, kStep, 3).has_value());
  EXPECT_FALSE(parse_round(text, kStep, 1).has_value()) << "model 1 was left out";
  EXPECT_FALSE(parse_round(text, kStep + 1, 2).has_value()) << "figures of one step more";
  EXPECT_FALSE(parse_round(text, 2, 2).has_value()) << "before the center";
}

TEST(StoredRound, of_any_other_text_is_refused) {
  for (const char* text :
       {"", "{}", "[]", "null", R"({"center_step":1})", R"({"center_step":-1,"left_out":[]})",
        R"({"center_step":1,"left_out":3})", R"({"center_step":1,"left_out":[[2,1]]})",
        R"({"center_step":1,"left_out":[],"apart":[{"steps":0,"figures":[]},{}]})"}) {
    EXPECT_FALSE(parse_round(text, kStep, 2).has_value()) << text;
  }
}

TEST(StoredRound, holds_no_more_figures_than_there_is_room_for) {
  StoredRound round;
  round.apart = {{kStep + kFigures, std::vector<cell::BatchSums>(kFigures)}};
  EXPECT_TRUE(parse_round(to_json(round), kStep, 1).has_value());
  round.apart = {{kStep + kFigures + 1, std::vector<cell::BatchSums>(kFigures + 1)}};
  EXPECT_FALSE(parse_round(to_json(round), kStep, 1).has_value());
}

}  // namespace
}  // namespace forknet::run
