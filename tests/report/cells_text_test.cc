#include "report/cells_text.h"

#include <gtest/gtest.h>

#include <string>

namespace forknet::report {
namespace {

CellReport cell_of(std::int64_t stage, std::int64_t replica, double busy,
                   std::int64_t threads = 1) {
  CellReport cell;
  cell.stage = stage;
  cell.replica = replica;
  cell.pid = 100 + static_cast<int>(10 * stage + replica);
  cell.threads = threads;
  cell.busy = busy;
  cell.wait = 1 - busy;
  return cell;
}

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(CellsText, has_a_line_a_cell) {
  CellReport first = cell_of(0, 0, 0.75, 2);
  first.bytes_out = 3 << 10;
  first.rss_bytes = 5 << 20;
  first.cpus = {2, 0};
  CellReport second = cell_of(1, 3, 0.5);
  second.bytes_in = 3 << 10;
  second.rss_bytes = 512;
  EXPECT_EQ(cells_text({first, second}),
            "cell  pid  threads  busy  waiting       in      out  resident  CPUs\n"
            " 0,0  100        2  75 %     25 %      0 B  3.0 KiB   5.0 MiB  2,0\n"
            " 1,3  113        1  50 %     50 %  3.0 KiB      0 B     512 B  any\n");
}

TEST(CellsAdvice, has_nothing_to_say_of_one_thread) {
  EXPECT_EQ(advice_text({cell_of(0, 0, 0.3)}), "");
  EXPECT_EQ(advice_text({}), "");
}

TEST(CellsAdvice, has_nothing_to_say_of_replicas_that_work_well) {
  EXPECT_EQ(advice_text({cell_of(0, 0, 0.9), cell_of(0, 1, 0.8)}), "");
  EXPECT_EQ(advice_text({cell_of(0, 0, 0.9, 4)}), "");
}

TEST(CellsAdvice, names_the_most_and_the_least_busy_stage) {
  const std::string text =
      advice_text({cell_of(0, 0, 0.5), cell_of(0, 1, 0.6), cell_of(1, 0, 0.9), cell_of(2, 0, 0.4)});
  EXPECT_EQ(text, "balance of the stages: stage 1 is busy 90 % of the time, stage 2 40 %\n");
}

TEST(CellsAdvice, says_when_workers_do_the_work_of_fewer) {
  const std::string text = advice_text({cell_of(0, 0, 0.25, 4)});
  EXPECT_TRUE(says(text, "4 workers did the work of 1.0: fewer are likely as fast")) << text;
  EXPECT_TRUE(says(text, "grid.threads = 0")) << text;
}

// Of n workers at least 1 + (n - 1) / 4 shall have worked.
TEST(CellsAdvice, calls_an_added_worker_worth_it_from_a_quarter_of_its_time_on) {
  EXPECT_EQ(advice_text({cell_of(0, 0, 0.63), cell_of(0, 1, 0.63)}), "");
  EXPECT_TRUE(says(advice_text({cell_of(0, 0, 0.62), cell_of(0, 1, 0.62)}), "fewer are likely"));
}

}  // namespace
}  // namespace forknet::report
