// Cells that compute nothing: they record their calls and fail where a test wants it.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/cell_life.h"
#include "os/event.h"
#include "patience.h"
#include "state/page_coordinator.h"

namespace forknet::run {

inline const Error kGone{ErrorKind::cell, "channel a to b: the other end is gone"};

// The inputs of every cell of a grid, and the Supervisor's part of the work.
class FakeGrid {
 public:
  FakeGrid(std::size_t cells, std::uint64_t first_step, std::uint64_t until)
      : cells_(cells), control_(std::make_unique<Control>()) {
    plan_.shape.replicas = cells;
    control_->prepare(first_step);
    control_->may_run_to(until);
    control_->go_on();
    for (std::size_t cell = 0; cell < cells; ++cell) {
      specs_.emplace_back().grid = plan_;
      specs_.back().cell = cell;
    }
  }
  [[nodiscard]] Control& control() { return *control_; }
  [[nodiscard]] const os::Fd& event() const { return event_; }
  [[nodiscard]] CellJob job(std::size_t cell, bool replaceable = true) {
    return {specs_[cell], engine_, coordinator_, event_, replaceable};
  }

  // Checks again whenever a cell has notified the event.
  template <class Ready>
  void wait_until(Ready ready) const {
    os::Watch watch;
    watch.add(event_);
    while (!ready()) {
      watch.wait(kTimeout);
      os::clear(event_);
    }
  }
  void wait_until_joined(std::uint32_t generation) const {
    for (std::size_t cell = 0; cell < cells_; ++cell) {
      wait_until([&] { return control_->has_joined(cell, generation); });
    }
  }
  void open(std::uint32_t generation) {
    wait_until_joined(generation);
    control_->open_generation(generation);
  }
  void begin_and_open(std::uint32_t generation) {
    control_->begin_generation(generation);
    open(generation);
  }
  // Waits until all allowed steps are committed.
  void wait_until_resting() const {
    wait_until([&] { return control_->resting(); });
  }

 private:
  const std::size_t cells_;
  cell::GridPlan plan_;
  std::unique_ptr<Control> control_;
  PageCoordinator coordinator_{*control_};
  std::vector<CellSpec> specs_;
  const os::Fd event_ = os::make_event().value();
  // Not used by live().
  const Config config_;
  const data::View rows_;
  const nn::ModelPlan model_;
  const data::Sampler sampler_{1, 1, 1, false};
  const EngineJob engine_{config_, rows_, model_, sampler_, plan_};
};

// Records its calls by name, each once it is done; `hooks` decide how they end. Used only by its
// thread until that has ended.
class NotingCell final : public Cell {
 public:
  struct Hooks {
    std::function<Status(std::uint32_t)> enter;
    std::function<Status(std::uint64_t)> begin;
    std::function<Status(std::uint64_t)> step;
    std::function<Status(std::uint64_t)> after_step;
  };
  explicit NotingCell(Hooks hooks) : hooks_(std::move(hooks)) {}

  Status enter(std::uint32_t generation) override {
    return note("enter", generation, hooks_.enter);
  }
  Status begin(std::uint64_t step) override { return note("begin", step, hooks_.begin); }
  Status step(std::uint64_t number) override { return note("step", number, hooks_.step); }
  Status after_step(std::uint64_t steps) override {
    return note("after", steps, hooks_.after_step);
  }
  void leave() override { calls.emplace_back("leave"); }
  [[nodiscard]] std::uint64_t wait_ns() const override { return 3; }

  std::vector<std::string> calls;

 private:
  template <class Number>
  Status note(const std::string& name, Number number, const std::function<Status(Number)>& hook) {
    Status status = hook ? hook(number) : Status();
    calls.push_back(name + " " + std::to_string(number) + (status.ok() ? "" : " broke"));
    return status;
  }
  const Hooks hooks_;
};

}  // namespace forknet::run
