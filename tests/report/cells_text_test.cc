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
  first.arena_bytes = 4 << 20;
  first.rss_bytes = 5 << 20;
  first.cpus = {2, 0};
  CellReport second = cell_of(1, 3, 0.5);
  second.bytes_in = 3 << 10;
  second.rss_bytes = 512;
  EXPECT_EQ(cells_text({first, second}),
            "cell  pid  threads  busy  waiting       in      out    arena  resident  CPUs\n"
            " 0,0  100        2  75 %     25 %      0 B  3.0 KiB  4.0 MiB   5.0 MiB  2,0\n"
            " 1,3  113        1  50 %     50 %  3.0 KiB      0 B      0 B     512 B  any\n");
}

TEST(CellsText, names_the_threads_of_every_process_and_their_shares) {
  CellReport first = cell_of(0, 0, 0.75, 2);
  first.thread_times = {{"forknet cell", 1.5, 0.75, 0.25}, {"lifeline", 0, 0, 1}};
  CellReport second = cell_of(0, 1, 0.75, 2);
  second.thread_times = {{"forknet cell", 1, 0.5, 0.5}, {"forknet cell", 2, 1, 0}};
  const std::string text = cells_text({first, second});
  EXPECT_TRUE(
      says(text,
           "threads of 100: forknet cell 75 % (waits 25 %), lifeline 0 % (waits 100 %)\n"
           "threads of 101: forknet cell 50 % (waits 50 %), forknet cell 100 % (waits 0 %)\n"))
      << text;
}

TEST(CellsText, names_cells_that_are_threads_of_one_process_once_and_a_lone_thread_not_at_all) {
  CellReport first = cell_of(0, 0, 0.75);
  first.thread_times = {{"forknet", 1, 0.5, 0.5}, {"control", 0, 0, 1}};
  CellReport second = first;
  second.replica = 1;
  CellReport alone = cell_of(1, 0, 0.5);
  alone.thread_times = {{"forknet", 1, 0.5, 0.5}};
  const std::string text = cells_text({first, second, alone});
  EXPECT_EQ(text.find("threads of 100"), text.rfind("threads of 100"));
  EXPECT_FALSE(says(text, "threads of 110"));
}

TEST(CellsText, sums_up_a_thread_a_neuron) {
  CellReport cell = cell_of(0, 0, 0.5, 128);
  for (int i = 0; i < 128; ++i)
    cell.thread_times.push_back({"neuron", 0, i / 1000.0, 1 - i / 1000.0});
  EXPECT_TRUE(says(cells_text({cell}),
                   "threads of 100: 128, busy 0.0 % to 12.7 %, half of them 6.4 % or more"))
      << cells_text({cell});
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

TEST(CellsAdvice, has_nothing_to_say_of_a_layout_that_has_not_worked_yet) {
  EXPECT_EQ(advice_text({cell_of(0, 0, 0), cell_of(0, 1, 0)}), "");
  EXPECT_EQ(advice_text({cell_of(0, 0, 0), cell_of(1, 0, 0)}), "");
  EXPECT_TRUE(says(advice_text({cell_of(0, 0, 0.02), cell_of(0, 1, 0)}),
                   "2 workers did the work of less than 0.1:"));
}

TEST(CellsAdvice, has_nothing_to_say_of_a_run_that_was_hardly_more_than_its_start) {
  CellReport first = cell_of(0, 0, 0.02);
  CellReport second = cell_of(0, 1, 0.02);
  first.thread_times = {{"forknet", 0.1, 0.02, 0.98}};
  second.thread_times = {{"forknet", 0.1, 0.02, 0.98}};
  EXPECT_EQ(advice_text({first, second}), "");
  first.thread_times[0].cpu_seconds = 1;
  EXPECT_TRUE(says(advice_text({first, second}), "fewer are likely"));
}

// Of n workers at least 1 + (n - 1) / 4 shall have worked.
TEST(CellsAdvice, calls_an_added_worker_worth_it_from_a_quarter_of_its_time_on) {
  EXPECT_EQ(advice_text({cell_of(0, 0, 0.63), cell_of(0, 1, 0.63)}), "");
  EXPECT_TRUE(says(advice_text({cell_of(0, 0, 0.62), cell_of(0, 1, 0.62)}), "fewer are likely"));
}

}  // namespace
}  // namespace forknet::report
