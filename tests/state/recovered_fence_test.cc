// Cells that live on after their run has died.
#include <sys/time.h>

#include "os/forked_child.h"
#include "os/process.h"
#include "state/recovered.h"
#include "state/states.h"

namespace forknet::run {
namespace {

// The next process of a run waits for the cells of the one before.
class RecoveredFence : public StateFixture {
 protected:
  Result<std::optional<Recovered>> recover() const {
    return recover_state(place_, [](const StateLoss& loss) { ADD_FAILURE() << loss.why; });
  }
  static void enter(LiveState& live, int pid, std::uint64_t ticks) {
    live.control().cells[2].pid.store(pid);
    live.control().cells[2].pid_ticks.store(ticks);
  }
};

// Ends a tenth of a second later, whatever happens.
int end_soon() {
  const itimerval soon = {.it_interval = {}, .it_value = {.tv_sec = 0, .tv_usec = 100'000}};
  ::setitimer(ITIMER_REAL, &soon, nullptr);
  return os::stay();
}

TEST_F(RecoveredFence, cells_that_end_by_themselves_are_waited_for) {
  std::optional<LiveState> live = kept(shape(), 5, 4);
  os::ForkedChild cell(end_soon);
  live.reset();
  EXPECT_TRUE(recover()->has_value());
  EXPECT_EQ(cell.wait(), -SIGALRM);
}

TEST_F(RecoveredFence, cells_that_do_not_end_are_ended) {
  std::optional<LiveState> live = kept(shape(), 5, 4);
  os::ForkedChild cell(os::stay);
  enter(*live, cell.pid(), os::start_ticks(cell.pid()));
  live.reset();
  const auto found = recover();
  ASSERT_TRUE(found.ok()) << found.error().message;
  EXPECT_TRUE(found->has_value());
  EXPECT_EQ(cell.wait(), -SIGKILL);
}

TEST_F(RecoveredFence, a_process_that_only_has_the_number_of_a_cell_is_left_alone) {
  std::optional<LiveState> live = kept(shape(), 5, 4);
  os::ForkedChild other(os::stay);
  enter(*live, other.pid(), os::start_ticks(other.pid()) + 1);
  live.reset();
  const auto refused = recover();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::usage);
  EXPECT_NE(refused.error().message.find("are still there and do not end"), std::string::npos);
  ::kill(other.pid(), SIGTERM);
  EXPECT_EQ(other.wait(), -SIGTERM);
  EXPECT_TRUE(recover()->has_value());
}

}  // namespace
}  // namespace forknet::run
