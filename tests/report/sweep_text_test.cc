#include "report/sweep_text.h"

#include <gtest/gtest.h>

namespace forknet::report {
namespace {

const std::atomic<int> kNoStop = 0;

sweep::Plan plan_with_a_fault() {
  sweep::Plan plan;
  plan.name = "m";
  plan.configs = {"m.toml"};
  plan.axes = {{"optimizer.lr", {"0.1", "fast"}}};
  plan.variants = {{"m.toml", {{"optimizer.lr", "0.1"}}}, {"m.toml", {{"optimizer.lr", "fast"}}}};
  plan.trials.resize(2);
  plan.trials[0].folder = "runs/m-lr0.1-12345678";
  plan.trials[1].variant = 1;
  plan.trials[1].fault = Error{ErrorKind::config, "--set: optimizer.lr = fast\n  a number"};
  return plan;
}

TEST(SweepText, is_a_table_of_variants_and_what_failed) {
  const sweep::Sweep sweep(plan_with_a_fault(), kNoStop);
  EXPECT_EQ(sweep_text(sweep, sweep::rank(sweep, {})),
            "optimizer.lr  result  time  state        run\n"
            "0.1                -     -  not trained  m-lr0.1-12345678\n"
            "fast               -     -  failed       -\n"
            "lr=fast: failed: --set: optimizer.lr = fast\n  a number\n");
}

TEST(SweepText, of_several_seeds_has_mean_deviation_and_median) {
  sweep::Plan plan = plan_with_a_fault();
  plan.seeds = 2;
  const sweep::Sweep sweep(plan, kNoStop);
  sweep::Ranking ranking = sweep::rank(sweep, {});
  ranking.metric = "test/accuracy";
  ranking.is_share = true;
  ranking.variants[0].value = sweep::spread_of({0.5, 0.75});
  const std::string text = sweep_text(sweep, ranking);
  EXPECT_TRUE(
      text.starts_with("optimizer.lr  test/accuracy  deviation   median  time  state\n"
                       "0.1                 62.50 %    17.68 %  62.50 %     -  not trained\n"))
      << text;
}

TEST(SweepText, while_it_trains_fits_the_terminal) {
  const sweep::Sweep sweep(plan_with_a_fault(), kNoStop);
  const std::string text = live_sweep_text(sweep, sweep::rank(sweep, {}), 20, 5);
  EXPECT_TRUE(text.starts_with("m: 1 of 2 runs have \n")) << text;
  for (std::size_t begin = 0; begin < text.size(); begin = text.find('\n', begin) + 1) {
    EXPECT_LE(text.find('\n', begin) - begin, 20U);
  }
}

TEST(SweepText, of_a_run_that_ended_is_one_line) {
  const sweep::Sweep sweep(plan_with_a_fault(), kNoStop);
  EXPECT_EQ(ended_text(sweep, sweep::rank(sweep, {}), 1),
            "1 of 2: lr=fast: failed: --set: optimizer.lr = fast");
}

}  // namespace
}  // namespace forknet::report
