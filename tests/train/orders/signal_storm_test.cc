// More signals than a run can answer at once.
#include <gtest/gtest.h>

#include "os/forked_child.h"
#include "os/temporary_folder.h"
#include "patience.h"
#include "train/orders/control_server.h"

namespace forknet::run {
namespace {

// Orders that the server made from signals; none is answered.
class Storm {
 public:
  explicit Storm(const std::string& folder) : signals_(os::RunSignals::open().value()) {
    signals_.begin();
    orders_.beat();  // the run trains, so TSTP is an order
    server_ = ControlServer::start(folder, orders_, &signals_, [](auto&&) {}).value();
  }
  static void send(int signal, int times = 1) {
    for (int i = 0; i < times; ++i) ::kill(::getpid(), signal);
  }
  // Waits for the next order without a limit.
  LifeEvent next() {
    auto given = orders_.take();
    for (; !given; given = orders_.take()) orders_.wait(kTimeout);
    return given->order.event;
  }
  bool is_over() { return !orders_.pending(); }

 private:
  Orders orders_;
  os::RunSignals signals_;
  std::unique_ptr<ControlServer> server_;
};

TEST(SignalStorm, never_drops_what_lets_a_run_go_on) {
  const os::TemporaryFolder folder;
  os::ForkedChild child([&] {
    Storm storm(folder.path());
    Storm::send(SIGRTMIN, 200);  // hold
    for (int i = 0; i < 64; ++i) {
      if (storm.next() != LifeEvent::hold) return 1;
    }
    Storm::send(SIGTSTP);
    Storm::send(SIGUSR1);
    Storm::send(SIGCONT);
    if (storm.next() != LifeEvent::resume) return 2;
    Storm::send(SIGRTMIN);
    Storm::send(SIGCONT);
    Storm::send(SIGRTMIN + 1);
    if (storm.next() != LifeEvent::release) return 3;
    return storm.is_over() ? 0 : 4;
  });
  EXPECT_EQ(child.wait(), 0);
}

}  // namespace
}  // namespace forknet::run
