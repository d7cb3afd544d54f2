// Which deaths of cells a run survives.
#include "supervise/crash_book.h"

#include <gtest/gtest.h>

#include <limits>

namespace forknet::run {
namespace {

using Verdict = CrashBook::Verdict;

constexpr std::uint64_t kMany = std::numeric_limits<std::uint64_t>::max();
const std::string kKilled = "was killed by SIGKILL";
const std::string kSegv = "was killed by SIGSEGV";
const std::string kAborted = "was killed by SIGABRT";

TEST(CrashBook, a_run_goes_on_after_as_many_deaths_as_it_may_and_not_after_one_more) {
  for (const std::uint64_t most : {0U, 1U, 2U, 10U, 100U}) {
    CrashBook book(most);
    for (std::uint64_t i = 0; i < most; ++i) {
      EXPECT_EQ(book.note(i % 3, 7, kKilled, false), Verdict::go_on) << i << " of " << most;
    }
    EXPECT_EQ(book.note(0, 7, kKilled, false), Verdict::too_many);
    EXPECT_EQ(book.note(1, 7, kKilled, false), Verdict::too_many);
  }
}

TEST(CrashBook, deaths_are_counted_from_the_first_step_on) {
  CrashBook book(1);
  EXPECT_EQ(book.note(0, 0, kKilled, false), Verdict::go_on);
  EXPECT_EQ(book.note(0, 0, kKilled, false), Verdict::too_many);
}

TEST(CrashBook, a_step_in_between_forgives_all_deaths) {
  CrashBook book(2);
  for (std::uint64_t step = 0; step < 1000; ++step) {
    EXPECT_EQ(book.note(0, step, kKilled, false), Verdict::go_on);
    EXPECT_EQ(book.note(0, step, kKilled, false), Verdict::go_on);
  }
  EXPECT_EQ(book.note(0, 999, kKilled, false), Verdict::too_many);
}

TEST(CrashBook, the_third_equal_crash_at_a_step_ends_the_run) {
  CrashBook book(kMany);
  EXPECT_EQ(book.note(2, 5, kSegv, true), Verdict::go_on);
  EXPECT_EQ(book.note(2, 5, kSegv, true), Verdict::go_on);
  EXPECT_EQ(book.note(2, 5, kSegv, true), Verdict::always_the_same);
}

TEST(CrashBook, crashes_of_other_cells_and_with_other_endings_are_not_equal) {
  CrashBook book(kMany);
  for (int round = 0; round < 2; ++round) {
    for (std::size_t cell = 0; cell < 20; ++cell) {  // cell 1 "x" is not cell 11 "x"
      EXPECT_EQ(book.note(cell, 5, kSegv, true), Verdict::go_on);
      EXPECT_EQ(book.note(cell, 5, kAborted, true), Verdict::go_on);
    }
  }
  EXPECT_EQ(book.note(13, 5, kAborted, true), Verdict::always_the_same);
}

TEST(CrashBook, crashes_at_another_step_are_not_equal) {
  CrashBook book(kMany);
  for (std::uint64_t step = 0; step < 100; ++step) {
    EXPECT_EQ(book.note(0, step, kSegv, true), Verdict::go_on);
    EXPECT_EQ(book.note(0, step, kSegv, true), Verdict::go_on);
  }
  EXPECT_EQ(book.note(0, 99, kSegv, true), Verdict::always_the_same);
}

TEST(CrashBook, deaths_that_are_nobodys_fault_are_never_equal_crashes) {
  CrashBook book(kMany);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(book.note(0, 5, kKilled, false), Verdict::go_on);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(book.note(0, 5, kSegv, true), Verdict::go_on);
  EXPECT_EQ(book.note(0, 5, kKilled, false), Verdict::go_on);
  EXPECT_EQ(book.note(0, 5, kSegv, true), Verdict::always_the_same);
}

TEST(CrashBook, too_many_deaths_go_before_equal_crashes) {
  CrashBook book(2);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(book.note(0, 5, kSegv, true), Verdict::go_on);
  EXPECT_EQ(book.note(0, 5, kSegv, true), Verdict::too_many);
}

}  // namespace
}  // namespace forknet::run
