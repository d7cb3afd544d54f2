#include "sweep/sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/try.h"
#include "os/cpu.h"
#include "os/event.h"
#include "os/failpoint.h"
#include "os/file.h"
#include "os/process.h"
#include "session/run_folder.h"

namespace forknet::sweep {
namespace {

using State = Standing::State;

constexpr std::int64_t kLookNs = 100'000'000;
constexpr std::int64_t kSettledNs = 250'000'000;  // with the number at a time known
constexpr int kMostDeaths = 3;
constexpr int kStopped = 75;
constexpr int kMisused = static_cast<int>(ErrorKind::usage);
constexpr int kMostNumbered = 100;

// The words with which `forknet train` goes on with the run: it keeps its settings.
std::vector<std::string> resume_words(const Trial& trial) {
  std::vector<std::string> words = {"train", "--resume", trial.folder, "--quiet"};
  const auto until = std::find(trial.words.begin(), trial.words.end(), "--until");
  words.insert(words.end(), until, trial.words.end());
  return words;
}

// A folder of that name that is no run is left alone: the run takes the next name.
void take_name(Trial& trial) {
  const std::string first = trial.folder;
  for (int number = 2; number < kMostNumbered; ++number) {
    if (look_at(trial.folder).place != Found::Place::other) break;
    trial.folder = fmt::format("{}-{}", first, number);
  }
  const auto run = std::find(trial.words.begin(), trial.words.end(), "--run");
  if (run != trial.words.end()) *std::next(run) = os::name_of(trial.folder);
}

}  // namespace

std::size_t most_at_a_time(const Plan& plan, int cpus) {
  std::int64_t threads = 1;
  for (const Trial& trial : plan.trials) threads = std::max(threads, trial.threads);
  const std::int64_t most = std::max<std::int64_t>(1, cpus / threads);
  return std::min(static_cast<std::size_t>(most), std::max<std::size_t>(1, plan.trials.size()));
}

bool fits_memory(std::uint64_t largest, std::optional<std::uint64_t> available) {
  return !available || *available > largest + largest / 4;  // runs are not quite alike
}

Sweep::Sweep(Plan plan, const std::atomic<int>& stop)
    : plan_(std::move(plan)),
      stop_(stop),
      trials_(plan_.trials.size()),
      deaths_(plan_.trials.size(), 0),
      pace_(most_at_a_time(plan_, os::cpu_budget())) {
  for (std::size_t i = 0; i < trials_.size(); ++i) {
    Standing& standing = trials_[i];
    standing.trial = plan_.trials[i];
    if (!standing.trial.fault) continue;
    standing.state = State::ended;
    standing.outcome = failed(*standing.trial.fault);
  }
}

Status Sweep::train(const OnLook& on_look, const OnEnd& on_end) {
  FORKNET_ASSIGN(host_, TrialHost::open());
  for (std::size_t i = 0; i < trials_.size(); ++i) {
    if (trials_[i].state == State::ended) on_end(*this, i);
  }
  while (true) {
    reap(on_end);
    if (stop_.load(std::memory_order_relaxed) != 0 && !stopping_) {
      stopping_ = true;
      for (Running& one : running_) one.process.stop();
    }
    if (!stopping_) begin_some(on_end);
    look();
    on_look(*this);
    if (running_.empty() && (stopping_ || !any_waits())) break;
    wait();
  }
  stopped_ = stopping_ && any_left();
  return {};
}

bool Sweep::any_waits() const {
  return std::any_of(trials_.begin(), trials_.end(), [](const Standing& standing) {
    return standing.state == State::waits || standing.state == State::elsewhere;
  });
}

bool Sweep::any_left() const {
  return any_waits() || std::any_of(trials_.begin(), trials_.end(), [](const Standing& standing) {
           return standing.outcome && standing.outcome->state == Outcome::State::stopped;
         });
}

void Sweep::end(std::size_t trial, Outcome outcome) {
  trials_[trial].state = State::ended;
  trials_[trial].outcome = std::move(outcome);
}

// Starts the next runs, in the order of the plan, as far as there is room.
void Sweep::begin_some(const OnEnd& on_end) {
  for (std::size_t i = 0; i < trials_.size(); ++i) {
    const State state = trials_[i].state;
    if (state != State::waits && state != State::elsewhere) continue;
    if (running_.size() >= pace_.allowed() || !has_memory()) return;
    if (begin(i) == Started::ended) on_end(*this, i);
  }
}

bool Sweep::has_memory() const {
  std::uint64_t largest = 0;
  for (const Running& one : running_) {
    largest = std::max(largest, os::resident_bytes(one.process.pid()));
  }
  return largest == 0 || fits_memory(largest, os::available_memory_bytes());
}

Sweep::Started Sweep::begin(std::size_t number) {
  Standing& standing = trials_[number];
  take_name(standing.trial);
  const Found found = look_at(standing.trial.folder);
  switch (found.place) {
    case Found::Place::busy:
      standing.state = State::elsewhere;
      return Started::not_now;
    case Found::Place::ended:
      standing.reused = standing.state == State::waits && deaths_[number] == 0;
      if (standing.reused) {
        standing.changed = changed_since(standing.trial.folder, standing.trial.files);
      }
      end(number, *found.outcome);
      return Started::ended;
    case Found::Place::begun:
      standing.resumed = true;
      return start(number, resume_words(standing.trial));
    case Found::Place::free:
    case Found::Place::other:  // more than kMostNumbered of them: the run itself says what is wrong
      break;
  }
  return start(number, standing.trial.words);
}

Sweep::Started Sweep::start(std::size_t number, const std::vector<std::string>& words) {
  auto process = TrialProcess::start(host_, words);
  if (!process.ok()) {
    end(number, failed(process.error()));
    return Started::ended;
  }
  Standing& standing = trials_[number];
  standing.state = State::trains;
  standing.live = standing.resumed ? live_of(standing.trial.folder) : Live{};
  running_.push_back({number, std::move(*process), standing.live.step});
  return Started::yes;
}

void Sweep::reap(const OnEnd& on_end) {
  for (std::size_t i = 0; i < running_.size();) {
    if (!running_[i].process.ended()) {
      ++i;
      continue;
    }
    FORKNET_FAILPOINT("sweep/ended");
    Running ended = std::move(running_[i]);
    running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(i));
    settle(ended);
    if (trials_[ended.trial].state == State::ended) on_end(*this, ended.trial);
  }
}

// What the end of its process means for a run.
void Sweep::settle(Running& ended) {
  Standing& standing = trials_[ended.trial];
  const Found found = look_at(standing.trial.folder);
  const auto code = ended.process.exit_code();
  if (!code && ++deaths_[ended.trial] < kMostDeaths) {  // killed: it goes on
    standing.state = State::waits;
    return;
  }
  if (!code) {
    return end(
        ended.trial,
        failed({ErrorKind::cell, fmt::format("{} {} times; forknet train --resume {} continues it",
                                             ended.process.ending(), kMostDeaths,
                                             run::RunPaths{standing.trial.folder}.word())}));
  }
  if (found.place == Found::Place::busy) {  // another process was faster
    standing.state = State::elsewhere;
    return;
  }
  // It was, and has died meanwhile.
  const bool lost = *code == kMisused && found.place == Found::Place::begun;
  if (lost && ++deaths_[ended.trial] < kMostDeaths) {
    standing.state = State::waits;
    return;
  }
  const bool tells = found.outcome && found.outcome->exit_code == *code;
  if (tells || found.place == Found::Place::ended) return end(ended.trial, *found.outcome);
  Outcome outcome = failed({static_cast<ErrorKind>(*code), ended.process.message()});
  if (outcome.error->message.empty()) outcome.error->message = ended.process.ending();
  if (*code == kStopped) outcome.state = Outcome::State::stopped;
  end(ended.trial, std::move(outcome));
}

void Sweep::look() {
  std::vector<Pace> paces;
  for (const Running& one : running_) {
    Live& live = trials_[one.trial].live;
    live = live_of(trials_[one.trial].trial.folder);
    paces.push_back({one.trial, live.step > one.first_step ? live.step : 0});
  }
  pace_.look(monotonic_ns(), paces);
}

void Sweep::wait() {
  os::Watch watch;
  for (const Running& one : running_) {
    if (one.process.pidfd().open()) watch.add(one.process.pidfd());
  }
  watch.wait(pace_.settled() ? kSettledNs : kLookNs);
}

}  // namespace forknet::sweep
