#include "sweep/outcome.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "os/file_lock.h"
#include "os/temporary_folder.h"

namespace forknet::sweep {
namespace {

constexpr const char* kFinished =
    R"({"run":"a","state":"finished","steps":20,"epochs":2,"train":{"loss":0.5,"accuracy":0.75},)"
    R"("validation":null,"test":{"loss":null,"accuracy":0.5},"train_seconds":1.5,)"
    R"("samples_per_second":100.0,"weights_digest":"ab"})";

TEST(Outcome, is_read_from_a_summary) {
  const Outcome outcome = outcome_of(kFinished).value();
  EXPECT_EQ(outcome.state, Outcome::State::finished);
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.steps, 20U);
  EXPECT_EQ(outcome.epochs, 2U);
  EXPECT_EQ(outcome.train_seconds, 1.5);
  EXPECT_EQ(outcome.weights_digest, "ab");
  EXPECT_EQ(outcome.figure("train/accuracy"), 0.75);
  EXPECT_TRUE(std::isnan(outcome.figure("test/loss").value()));
  EXPECT_FALSE(outcome.figure("validation/loss"));
  EXPECT_FALSE(outcome.accurate);
  EXPECT_TRUE(outcome_of(R"({"state":"finished","ended_by":"until"})")->accurate);
}

TEST(Outcome, of_a_failed_run_has_message_and_exit_code) {
  const Outcome outcome =
      outcome_of(R"({"state":"failed","error":{"exit_code":5,"message":"a cell"}})").value();
  EXPECT_EQ(outcome.state, Outcome::State::failed);
  EXPECT_EQ(outcome.exit_code, 5);
  EXPECT_EQ(outcome.error->message, "a cell");
}

TEST(Outcome, is_not_read_from_other_texts) {
  for (const char* text : {"", "{", "[]", "{}", R"({"state":1})", R"({"state":"sleeps"})"}) {
    EXPECT_FALSE(outcome_of(text)) << text;
  }
}

class FoundRun : public ::testing::Test {
 protected:
  FoundRun() { std::filesystem::create_directory(run_); }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(run_ + "/" + name) << text;
  }
  const os::TemporaryFolder folder_;
  const std::string run_ = folder_.path() + "/a";
};

TEST_F(FoundRun, is_free_or_another_thing_or_begun_or_ended) {
  EXPECT_EQ(look_at(run_ + "-2").place, Found::Place::free);
  write("notes.txt", "");
  EXPECT_EQ(look_at(run_).place, Found::Place::other);
  write("config.resolved.toml", "");
  EXPECT_EQ(look_at(run_).place, Found::Place::begun);
  write("summary.json", R"({"state":"failed","error":{"exit_code":4,"message":"m"}})");
  EXPECT_EQ(look_at(run_).place, Found::Place::begun);
  EXPECT_EQ(look_at(run_).outcome->exit_code, 4);
  write("summary.json", kFinished);
  EXPECT_EQ(look_at(run_).place, Found::Place::ended);
}

// Of two processes that begin the same run one makes the folder; the other may look before it is
// locked.
TEST_F(FoundRun, that_was_just_made_is_busy) {
  EXPECT_EQ(look_at(run_).place, Found::Place::busy);
  write("run.lock", "");
  EXPECT_EQ(look_at(run_).place, Found::Place::busy);
  // Of a process that was killed there.
  const auto now = std::filesystem::file_time_type::clock::now();
  std::filesystem::last_write_time(run_, now - std::chrono::minutes(1));
  EXPECT_EQ(look_at(run_).place, Found::Place::other);
}

TEST_F(FoundRun, that_a_process_owns_is_busy) {
  write("config.resolved.toml", "");
  write("summary.json", kFinished);
  const auto lock = os::FileLock::acquire(run_ + "/run.lock").value();
  EXPECT_EQ(look_at(run_).place, Found::Place::busy);
}

TEST_F(FoundRun, that_trains_has_a_step_and_a_loss) {
  EXPECT_TRUE(std::isnan(live_of(run_).loss));
  write("status.json",
        R"({"step":3,"steps":9,"epoch":1,"loss":0.5,"samples_per_second":7.0,"cells":[]})");
  const Live live = live_of(run_);
  EXPECT_EQ(live.step, 3U);
  EXPECT_EQ(live.steps, 9U);
  EXPECT_EQ(live.loss, 0.5);
}

}  // namespace
}  // namespace forknet::sweep
