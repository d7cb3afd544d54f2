// Who trains which model: orders for workers that have nothing to do. Changes nothing but the words
// of workers (worker_control_block.h). T is float or double.
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
  // The models outlive it.
  WorkScheduler(Models<T>& models, std::size_t workers) : models_(models), count_(workers) {}

  [[nodiscard]] std::size_t workers() const { return count_; }
  // None of those that go has an order.
  void resize(std::size_t workers) { count_ = workers; }

  [[nodiscard]] bool idle(std::size_t worker) const { return models_.worker(worker).idle(); }
  [[nodiscard]] bool all_idle() const {
    for (std::size_t worker = 0; worker < count_; ++worker) {
      if (!idle(worker)) return false;
    }
    return true;
  }

  // No further step is begun.
  void stop_all() {
    for (std::size_t worker = 0; worker < count_; ++worker) models_.worker(worker).goal.store(0);
  }

  // To every worker that has nothing to do a model that may go on to step `limit`: the one it had
  // last, whose batch memory it has open, else the one that is furthest behind.
  void hand_out(std::uint64_t limit) {
    for (std::size_t worker = 0; worker < count_; ++worker) {
      WorkerControlBlock& words = models_.worker(worker);
      // It need not stop where it was told to, as long as it has not got there.
      if (!words.idle() && words.goal.load(std::memory_order_relaxed) < limit) {
        words.goal.store(limit);
      }
    }
    // Nobody takes a model away from one that is about to be asked.
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

  // Whoever was told of the model last, if he is done with it; `busy`: somebody is not.
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

  // It may go on, and nobody works on it.
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
