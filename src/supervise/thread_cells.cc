#include "supervise/thread_cells.h"

#include <memory>
#include <utility>

#include "base/try.h"
#include "engine/cell_worker.h"
#include "math/float_state.h"
#include "os/pipe.h"

namespace forknet::run {

template <class T>
ThreadCells<T>::ThreadCells(const EngineJob& job, LiveState& state, const os::Fd& event)
    : job_(job),
      state_(state),
      coordinator_(state.control()),
      event_(event),
      specs_(job.grid.shape.cells()) {
  for (std::size_t cell = 0; cell < specs_.size(); ++cell) {
    specs_[cell].config = job.config;
    specs_[cell].grid = job.grid;
    specs_[cell].transport = &transport_of(job);
    specs_[cell].cell = cell;
  }
  watch_.add(event_);
}

template <class T>
ThreadCells<T>::~ThreadCells() {
  threads_.clear();  // joins
}

template <class T>
Status ThreadCells<T>::start(GridPipes& pipes) {
  for (std::size_t cell = 0; cell < specs_.size(); ++cell) {
    auto ends = std::make_shared<std::vector<os::Fd>>(pipes.take(cell));
    const std::string what = "the thread of cell " + cell_name(job_.grid.shape, cell);
    FORKNET_ASSIGN(os::Thread thread,
                   os::Thread::start(what, [this, cell, ends] { live(cell, std::move(*ends)); }));
    threads_.push_back(std::move(thread));
  }
  return {};
}

template <class T>
void ThreadCells<T>::wait(std::int64_t timeout_ns) {
  watch_.wait(timeout_ns);
  os::clear(event_);
}

template <class T>
void ThreadCells<T>::live(std::size_t cell, std::vector<os::Fd> own) {
  const math::FloatStateScope float_state;
  const os::WithoutSigpipe quiet;  // the Supervisor's end may be closed first
  const CellJob job = {specs_[cell], job_, coordinator_, event_};
  auto ends = std::make_shared<std::vector<os::Fd>>(std::move(own));
  const auto take = [ends](std::uint32_t) -> Result<std::vector<os::Fd>> {
    return std::move(*ends);
  };
  const Status worked = work_behind_pipes<T>(job, state_.weights_fd(cell).duplicate(), take);
  if (!worked.ok() && !coordinator_.over()) give_up(specs_[cell], worked.error());
}

template class ThreadCells<float>;
template class ThreadCells<double>;

}  // namespace forknet::run
