// Runs in folders with models that train apart, and disturbances of such runs.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>

#include "averaging/averaging.h"
#include "failpoints.h"
#include "os/forked_child.h"
#include "sessions.h"
#include "state/state_list.h"

namespace forknet::run {

// Failpoints for the workers that are started during its lifetime.
class WorkerFailpoints {
 public:
  explicit WorkerFailpoints(const std::string& text) {
    ::setenv("FORKNET_FAILPOINTS", text.c_str(), 1);
  }
  WorkerFailpoints(const WorkerFailpoints&) = delete;
  WorkerFailpoints& operator=(const WorkerFailpoints&) = delete;
  ~WorkerFailpoints() { ::unsetenv("FORKNET_FAILPOINTS"); }
};

class AverageSessions : public SessionFixture {
 protected:
  [[nodiscard]] Config in_folder(Config config) const {
    config.run.dir = runs_;
    return config;
  }
  static Overrides sets(std::vector<std::string> settings) {
    return {.environment = {}, .flags = {}, .sets = std::move(settings)};
  }
  SessionResult whole(const Config& config) { return start(config, watching()); }

  // The Supervisor dies at the failpoint; workers in processes do not pass it.
  std::string killed_in(const Config& config, const std::string& failpoint) {
    return killed(config, [=](SessionOptions&) {
      if (!set_failpoints(failpoint + ":kill").empty()) ::_exit(2);
    });
  }
  // The run resumes from its last commit and ends as if undisturbed.
  void goes_on(const std::string& folder, const SessionResult& undisturbed,
               const Overrides& overrides = {}) {
    Origin origin;
    SessionOptions options = watching();
    options.on_start = [&](auto&&, auto&&, const Origin& found) { origin = found; };
    const SessionResult rest = resume(folder, options, overrides);
    EXPECT_TRUE(origin.committed);
    ends_like(rest, undisturbed);
  }
  static void ends_like(const SessionResult& run, const SessionResult& undisturbed) {
    ASSERT_TRUE(run.result && undisturbed.result);
    EXPECT_EQ(run.result->state, undisturbed.result->state);
    EXPECT_EQ(run.result->weights_digest, undisturbed.result->weights_digest);
    EXPECT_EQ(run.result->model.digest(), undisturbed.result->model.digest());
    EXPECT_TRUE(history(run.folder) == history(undisturbed.folder)) << "every step once";
    EXPECT_TRUE(memory_files(run.folder).empty());
    EXPECT_FALSE(std::filesystem::exists(StatePlace{run.folder}.list()));
  }
};

}  // namespace forknet::run
