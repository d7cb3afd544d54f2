#include <fmt/format.h>

#include <atomic>
#include <mutex>
#include <optional>
#include <vector>

#include "average/workers/model_worker.h"
#include "average/workers/workers.h"
#include "base/try.h"
#include "math/float_state.h"
#include "os/event.h"
#include "os/process.h"
#include "os/thread.h"

namespace forknet::run {

namespace {

// Workers as threads. One that cannot continue ends the run.
template <class T>
class ThreadWorkers final : public Workers {
 public:
  explicit ThreadWorkers(const WorkersJob<T>& job) : job_(job), pipes_(model_pipes(job, {})) {}
  ~ThreadWorkers() override { shrink(0); }
  ThreadWorkers(const ThreadWorkers&) = delete;
  ThreadWorkers& operator=(const ThreadWorkers&) = delete;

  Status open() {
    FORKNET_ASSIGN(event_, os::make_event());
    watch_.add(event_);
    return pipes_ ? pipes_->open() : Status();
  }

  Status resize(std::size_t count) override {
    shrink(count);
    while (threads_.size() < count) {
      const std::size_t worker = threads_.size();
      job_.models.worker(worker).exit.store(0);
      FORKNET_ASSIGN(auto source, supply_for(worker));
      FORKNET_ASSIGN(
          os::Thread thread,
          os::Thread::start(fmt::format("the thread of worker {}", worker),
                            [this, worker, own = std::move(source)] { work(worker, *own); }));
      threads_.push_back(std::move(thread));
    }
    return {};
  }

  Status wait(std::int64_t timeout_ns) override {
    watch_.wait(timeout_ns);
    os::clear(event_);
    const Status served = pipes_ ? pipes_->serve(threads_.size()) : Status();
    const std::lock_guard lock(mutex_);
    return failed_ ? Status(*failed_) : served;
  }

  // Nothing to replace: memory is shared; with private memory the worker receives the model again.
  Status replace(std::size_t) override { return {}; }
  [[nodiscard]] int pid(std::size_t) const override { return os::pid(); }
  [[nodiscard]] std::uint64_t deaths(std::size_t) const override { return 0; }

 private:
  void shrink(std::size_t count) {
    while (threads_.size() > count) {
      WorkerControlBlock& words = job_.models.worker(threads_.size() - 1);
      words.goal.store(0);
      words.exit.store(1);
      wake(words);
      if (pipes_) pipes_->disconnect(threads_.size() - 1);
      threads_.back().join();
      threads_.pop_back();
    }
  }

  Result<std::unique_ptr<ModelSource<T>>> supply_for(std::size_t worker) {
    WorkerControlBlock& words = job_.models.worker(worker);
    if (!pipes_) return shared_source<T>(job_.models, job_.center, words, event_);
    FORKNET_ASSIGN(os::PipeEnds ends, pipes_->connect(worker));
    return piped_source<T>(transport_of(job_.engine), job_.engine.plan, job_.models.shape(), worker,
                           std::move(ends), words, event_);
  }

  void work(std::size_t worker, ModelSource<T>& source) {
    const math::FloatStateScope float_state;
    const WorkerJob job = {job_.engine, worker, job_.models.worker(worker)};
    const Status worked = work_on_models<T>(job, source);
    if (worked.ok()) return;
    const std::lock_guard lock(mutex_);
    if (!failed_) failed_ = worked.error();
    os::tell(event_);
  }

  const WorkersJob<T> job_;
  os::Fd event_;
  os::Watch watch_;
  std::optional<ModelPipes<T>> pipes_;
  std::vector<os::Thread> threads_;
  std::mutex mutex_;
  std::optional<Error> failed_;  // guarded by mutex_
};

}  // namespace

template <class T>
Result<std::unique_ptr<Workers>> thread_workers(const WorkersJob<T>& job) {
  auto workers = std::make_unique<ThreadWorkers<T>>(job);
  FORKNET_TRY(workers->open());
  return std::unique_ptr<Workers>(std::move(workers));
}

template Result<std::unique_ptr<Workers>> thread_workers<float>(const WorkersJob<float>&);
template Result<std::unique_ptr<Workers>> thread_workers<double>(const WorkersJob<double>&);

}  // namespace forknet::run
