// Runs in a temporary folder, for the tests of sessions.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <functional>
#include <optional>
#include <regex>
#include <string>
#include <vector>

#include "memory_files.h"
#include "no_clean.h"
#include "os/forked_child.h"
#include "os/temporary_folder.h"
#include "session/session.h"
#include "small_runs.h"

namespace forknet::run {

// A run, and what is done to it at a moment: at its start (step 0), or when the callback sees a
// step and a kind.
class SessionFixture : public ::testing::Test {
 protected:
  ~SessionFixture() override {
    std::error_code none;
    for (const auto& run : std::filesystem::directory_iterator(runs_, none)) {
      if (run.is_directory() && !run.is_symlink()) remove_memory_files(run.path().string());
    }
  }
  Config config() const {
    Config config = small_config();
    config.run.dir = runs_;
    return config;
  }
  // Collects notes; runs `at` in every callback.
  SessionOptions watching(std::function<void(const Metrics&)> at = {}) {
    SessionOptions options;
    options.train.stop = &stop_;
    options.train.on_note = [this](const std::string& text) { notes_.push_back(text); };
    options.train.on_metrics = std::move(at);
    stop_ = 0;
    notes_.clear();
    return options;
  }
  // Stops where the callback sees that step, at its log line or at the end of its epoch.
  SessionOptions stopping_at(std::uint64_t step, Metrics::Kind kind = Metrics::Kind::log) {
    auto options = watching([this, step, kind](const Metrics& metrics) {
      if (metrics.step == step && metrics.kind == kind) stop_ = 15;
    });
    if (step == 0) options.on_start = [this](auto&&...) { stop_ = 15; };
    return options;
  }
  SessionResult start(const Config& config, const SessionOptions& options) {
    auto session = start_session(resolve_config(config).value(), "# as given\n", options);
    EXPECT_TRUE(session.ok()) << (session.ok() ? "" : session.error().message);
    return std::move(session).value();
  }
  SessionResult resume(const std::string& folder, const Overrides& overrides = {}) {
    return resume(folder, watching(), overrides);
  }
  SessionResult resume(const std::string& folder, const SessionOptions& options,
                       const Overrides& overrides = {}) {
    auto session = resume_session(RunPaths{folder}, overrides, options);
    EXPECT_TRUE(session.ok()) << (session.ok() ? "" : session.error().message);
    return std::move(session).value();
  }
  static std::function<void(const Metrics&)> suicide_at(std::uint64_t step, Metrics::Kind kind) {
    return [step, kind](const Metrics& metrics) {
      if (metrics.step == step && metrics.kind == kind) ::kill(::getpid(), SIGKILL);
    };
  }
  // Trains in a process that dies by SIGKILL through `arm`, which changes its options; the run's
  // folder.
  template <class Arm>
  std::string killed(const Config& config, Arm arm,
                     const std::optional<std::string>& name = std::nullopt) {
    SessionOptions options = watching();
    options.name = name.value_or("killed-" + std::to_string(runs_made_++));
    os::ForkedChild child([&] {
      arm(options);
      (void)start_session(resolve_config(config).value(), "", options);
      return 1;
    });
    EXPECT_EQ(child.wait(), -SIGKILL);
    return runs_ + "/" + *options.name;
  }
  // Where the callback sees that step.
  std::string killed_at(const Config& config, std::uint64_t step,
                        Metrics::Kind kind = Metrics::Kind::log,
                        const std::optional<std::string>& name = std::nullopt) {
    const auto arm = [=](SessionOptions& options) {
      options.train.on_metrics = suicide_at(step, kind);
    };
    return killed(config, arm, name);
  }
  // A copy of a run folder as a crash at this moment would leave it.
  std::string crashed(const std::string& folder, const std::string& name) const {
    const std::string copy = runs_ + "/" + name;
    std::filesystem::create_directory(copy);
    std::filesystem::permissions(copy, std::filesystem::perms(0700));
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.is_socket()) continue;  // of a run that is under way
      std::filesystem::copy(entry.path(), std::filesystem::path(copy) / entry.path().filename(),
                            std::filesystem::copy_options::recursive);
    }
    return copy;
  }
  // The history without the one figure that depends on the clock.
  static std::string history(const std::string& folder) {
    static const std::regex kClock(R"(,"samples_per_second":[^,}]*)");
    return std::regex_replace(os::get_file(RunPaths{folder}.metrics()), kClock, "");
  }
  [[nodiscard]] bool noted(const std::string& part) const {
    return std::any_of(notes_.begin(), notes_.end(), [&](const std::string& note) {
      return note.find(part) != std::string::npos;
    });
  }

  const NoClean no_clean_;
  os::TemporaryFolder folder_{os::folder_for_many_files()};
  std::string runs_ = folder_ / "runs";
  std::atomic<int> stop_{0};
  std::vector<std::string> notes_;
  int runs_made_ = 0;
};

}  // namespace forknet::run
