#include "report/comparison_text.h"

#include <gtest/gtest.h>

namespace forknet::report {
namespace {

run::ComparedRun run_of(const std::string& grid, std::int64_t threads, double seconds,
                        const std::string& digest) {
  run::ComparedRun run;
  run.grid.preset = grid;
  run.grid.threads = threads;
  run.threads_total = threads;
  run.train_seconds = seconds;
  run.samples_per_second = 30000 / seconds;
  run.weights_digest = digest;
  run.speed_up = 3 / seconds;
  run.efficiency = run.speed_up / static_cast<double>(threads);
  run.same_bits = digest == "aa";
  return run;
}

TEST(ComparisonText, is_a_table_and_a_verdict) {
  run::Comparison comparison;
  comparison.runs = {run_of("serial", 1, 3, "aa"), run_of("threads", 2, 2, "aa")};
  EXPECT_EQ(comparison_text(comparison),
            "grid     processes x threads    time  samples/s  speed-up  efficiency  bytes moved  "
            "weights  same bits  test\n"
            "serial                 1 x 1  3.00 s     10,000    1.00 x       100 %          0 B  "
            "aa       yes           -\n"
            "threads                1 x 2  2.00 s     15,000    1.50 x        75 %          0 B  "
            "aa       yes           -\n"
            "all layouts ended on the same weights\n");
}

TEST(ComparisonText, a_comparison_that_was_stopped_says_what_it_is_about) {
  run::Comparison comparison;
  comparison.runs = {run_of("serial", 1, 3, "aa")};
  comparison.stopped = true;
  const std::string text = comparison_text(comparison);
  EXPECT_NE(text.find("stopped: only the layouts above were trained to their end\n"),
            std::string::npos)
      << text;
}

TEST(ComparisonText, a_disagreement_is_said_aloud) {
  run::Comparison comparison;
  comparison.runs = {run_of("serial", 1, 3, "aa"), run_of("threads", 2, 2, "bb")};
  const std::string text = comparison_text(comparison);
  EXPECT_NE(text.find(" NO "), std::string::npos) << text;
  EXPECT_NE(text.find("THE LAYOUTS DISAGREE"), std::string::npos) << text;
}

}  // namespace
}  // namespace forknet::report
