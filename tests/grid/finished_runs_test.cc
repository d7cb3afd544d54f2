// What finished runs with folders leave of themselves: their results.
#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "os/child_process.h"
#include "os/process.h"
#include "sessions.h"

namespace forknet::run {
namespace {

using FinishedRuns = SessionFixture;

std::set<std::string> names_in(const std::string& folder) {
  std::set<std::string> names;
  std::error_code none;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, none)) {
    names.insert(std::filesystem::relative(entry.path(), folder).string());
  }
  return names;
}

std::string children() {
  std::ifstream file("/proc/self/task/" + std::to_string(os::pid()) + "/children");
  std::string all;
  std::getline(file, all);
  return all;
}

TEST_F(FinishedRuns, a_hundred_runs_in_a_row_leave_their_results_and_nothing_else) {
  Config settings = config();
  settings.train.max_steps = 2;
  settings.grid.host = Host::process;
  settings.grid.stages = 2;
  const SessionResult first = start(settings, watching());
  const std::set<std::string> results = names_in(first.folder);
  const std::size_t descriptors = os::open_descriptors();
  for (int i = 0; i < 100; ++i) {
    settings.grid.channel = i % 2 == 0 ? "shm" : "pipe";
    SessionOptions options = watching();
    options.name = "run-" + std::to_string(i);
    const SessionResult session = start(settings, options);
    ASSERT_EQ(session.result->weights_digest, first.result->weights_digest);
    ASSERT_EQ(names_in(session.folder), results) << "state, socket, temporary files are gone";
    ASSERT_TRUE(memory_files(session.folder).empty());
  }
  EXPECT_EQ(os::open_descriptors(), descriptors);
  EXPECT_EQ(children(), "") << "every child was reaped: none is there, not even a zombie";
}

}  // namespace
}  // namespace forknet::run
