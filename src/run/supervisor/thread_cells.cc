#include "run/supervisor/thread_cells.h"

#include <fmt/format.h>

#include <memory>
#include <system_error>
#include <utility>

#include "math/float_state.h"
#include "os/pipe.h"
#include "run/grid/cell_worker.h"

namespace forknet::run {

template <class T>
ThreadCells<T>::ThreadCells(const EngineJob& job, LiveState& state, const os::Fd& event)
    : job_(job), state_(state), event_(event), specs_(job.grid.shape.cells()) {
  for (std::size_t cell = 0; cell < specs_.size(); ++cell) {
    specs_[cell].config = job.config;
    specs_[cell].grid = job.grid;
    specs_[cell].cell = cell;
  }
  watch_.add(event_);
}

template <class T>
ThreadCells<T>::~ThreadCells() {
  for (std::thread& thread : threads_) thread.join();
}

template <class T>
Status ThreadCells<T>::start(GridPipes& pipes) {
  for (std::size_t cell = 0; cell < specs_.size(); ++cell) {
    auto ends = std::make_shared<std::vector<os::Fd>>(pipes.take(cell));
    try {
      threads_.emplace_back([this, cell, ends] { live(cell, std::move(*ends)); });
    } catch (const std::system_error& failure) {  // the library's only word for it
      return Error{ErrorKind::internal,
                   fmt::format("cannot start the thread of cell {}: {}",
                               cell_name(job_.grid.shape, cell), failure.code().message())};
    }
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
  const os::WithoutSigpipe quiet;  // the Supervisor may be gone first
  Control& control = state_.control();
  const CellJob job = {specs_[cell], job_, control, event_};
  auto ends = std::make_shared<std::vector<os::Fd>>(std::move(own));
  const auto take = [ends](std::uint32_t) -> Result<std::vector<os::Fd>> {
    return std::move(*ends);
  };
  const Status worked = work_behind_pipes<T>(job, state_.weights_fd(cell).duplicate(), take);
  if (!worked.ok() && !control.over()) give_up(specs_[cell], worked.error());
}

template class ThreadCells<float>;
template class ThreadCells<double>;

}  // namespace forknet::run
