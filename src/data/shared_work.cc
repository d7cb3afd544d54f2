#include "data/shared_work.h"

#include <algorithm>
#include <atomic>
#include <utility>
#include <vector>

#include "math/float_state.h"
#include "os/thread.h"

namespace forknet::data {

void share_out(std::size_t threads, std::size_t parts,
               const std::function<void(std::size_t part)>& work) {
  std::atomic<std::size_t> next = 0;  // only counts: the threads are joined before results are read
  const auto take_parts = [&] {
    const math::FloatStateScope float_state;  // sums round as defined
    for (std::size_t part = next++; part < parts; part = next++) work(part);
  };
  std::vector<os::Thread> others;
  if (std::min(threads, parts) > 1) {
    const os::WithoutSignals without_signals;
    while (others.size() + 1 < std::min(threads, parts)) {
      auto thread = os::Thread::start("a thread that reads", take_parts);
      if (!thread.ok()) break;
      others.push_back(std::move(*thread));
    }
  }
  take_parts();
  others.clear();  // joins
}

}  // namespace forknet::data
