// Assigns models to idle workers. Changes only the control blocks of workers
// (worker_control_block.h). T is float or double.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "average/models.h"

namespace forknet::run {

template <class T>
class WorkScheduler {
 public:
  // The models outlive this object.
  WorkScheduler(Models<T>& models, std::size_t workers) : models_(models), count_(workers) {}

  [[nodiscard]] std::size_t workers() const { return count_; }
  // Removed workers must have no order.
  void resize(std::size_t workers) { count_ = workers; }

  [[nodiscard]] bool idle(std::size_t worker) const { return models_.worker(worker).idle(); }
  [[nodiscard]] bool all_idle() const {
    for (std::size_t worker = 0; worker < count_; ++worker) {
      if (!idle(worker)) return false;
    }
    return true;
  }

  // Workers begin no further step.
  void stop_all() {
    for (std::size_t worker = 0; worker < count_; ++worker) models_.worker(worker).goal.store(0);
  }

  // Gives every idle worker a model that may train up to step `limit`: the one it had last, whose
  // batch memory it has open, otherwise the one that is furthest behind.
  void hand_out(std::uint64_t limit) {
    for (std::size_t worker = 0; worker < count_; ++worker) {
      WorkerControlBlock& words = models_.worker(worker);
      // A working worker that has not reached its goal can continue to the new limit.
      if (!words.idle() && words.goal.load(std::memory_order_relaxed) < limit) {
        words.goal.store(limit);
      }
    }
    // First offer every worker its last model, before it goes to another worker.
    for (std::size_t worker = 0; worker < count_; ++worker) {
      const WorkerControlBlock& words = models_.worker(worker);
      const std::size_t last = words.number() > 0 ? words.model() : worker;
      if (words.idle() && wants_work(last, limit)) order(worker, last, limit);
    }
    for (std::size_t worker = 0; worker < count_; ++worker) {
      if (!idle(worker)) continue;
      const auto model = furthest_behind(limit);
      if (!model) return;
      order(worker, *model, limit);
    }
  }

  // The last worker of a model, if it is done. `busy`: a worker is still training the model.
  struct Last {
    bool busy = false;
    std::optional<std::size_t> worker = {};
  };
  [[nodiscard]] Last last_at(std::size_t model) const {
    Last last;
    for (std::size_t worker = 0; worker < count_; ++worker) {
      const WorkerControlBlock& words = models_.worker(worker);
      if (words.number() == 0 || words.model() != model) continue;
      last.busy = last.busy || !words.idle();
      last.worker = worker;
    }
    return last;
  }

 private:
  void order(std::size_t worker, std::size_t model, std::uint64_t limit) {
    WorkerControlBlock& words = models_.worker(worker);
    words.goal.store(limit, std::memory_order_relaxed);
    const std::uint64_t number = words.number() + 1;
    words.order.store(number << WorkerControlBlock::kModelBits | model, std::memory_order_release);
    wake(words);
  }

  // True: the model may continue, and no worker trains it.
  [[nodiscard]] bool wants_work(std::size_t model, std::uint64_t limit) const {
    const std::uint64_t steps = models_.commits(model).committed();
    if (models_.left_out(model) || std::max(steps, models_.center_step()) >= limit) return false;
    return !last_at(model).busy;
  }
  [[nodiscard]] std::optional<std::size_t> furthest_behind(std::uint64_t limit) const {
    std::optional<std::size_t> chosen;
    for (std::size_t model = 0; model < models_.count(); ++model) {
      if (!wants_work(model, limit)) continue;
      if (!chosen || models_.commits(model).committed() < models_.commits(*chosen).committed()) {
        chosen = model;
      }
    }
    return chosen;
  }

  Models<T>& models_;
  std::size_t count_;
};

}  // namespace forknet::run
