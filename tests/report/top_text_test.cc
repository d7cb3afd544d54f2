#include "report/top_text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <sstream>

namespace forknet::report {
namespace {

std::vector<CellReport> cells_of(std::size_t count) {
  std::vector<CellReport> cells(count);
  for (std::size_t cell = 0; cell < count; ++cell) {
    cells[cell].replica = static_cast<std::int64_t>(cell);
    cells[cell].pid = 100 + static_cast<int>(cell);
    cells[cell].busy = 0.5;
    cells[cell].wait = 0.25;
  }
  return cells;
}

TEST(TopText, a_bar_shows_the_shares_and_never_leaves_its_room) {
  EXPECT_EQ(share_bar(0.5, 0.25, 8), "[####..  ]");
  EXPECT_EQ(share_bar(0, 0, 4), "[    ]");
  EXPECT_EQ(share_bar(1, 0, 4), "[####]");
  EXPECT_EQ(share_bar(0, 1, 4), "[....]");
  for (const double odd : {-1.0, 3.0, 1e300, -1e300, std::nan("")}) {
    EXPECT_EQ(share_bar(odd, 0.5, 10).size(), 12U) << odd;
    EXPECT_EQ(share_bar(0.5, odd, 10).size(), 12U) << odd;
  }
}

TEST(TopText, has_the_headline_and_a_line_a_cell) {
  EXPECT_EQ(top_text("run a: running", cells_of(1), 200, 24),
            "run a: running\n"
            "cell  pid  state    busy # waiting .        busy   in  out  resident  deaths\n"
            " 0,0  100  running  [##########.....     ]  50 %  0 B  0 B       0 B       0\n");
}

TEST(TopText, leaves_out_what_a_terminal_has_no_room_for) {
  const std::string text = top_text(std::string(300, 'x'), cells_of(50), 40, 10);
  EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 10);
  EXPECT_NE(text.find("44 cells more\n"), std::string::npos) << text;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 40U) << line;
}

}  // namespace
}  // namespace forknet::report
