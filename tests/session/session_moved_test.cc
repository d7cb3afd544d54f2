// Run folders of killed runs that are copied, moved, replaced: the last step goes with the run.
#include <gtest/gtest.h>
#include <signal.h>

#include <nlohmann/json.hpp>

#include "os/forked_child.h"
#include "sessions.h"
#include "state/stale_state.h"
#include "state/state_list.h"

namespace forknet::run {
namespace {

namespace fs = std::filesystem;

class MovedSession : public SessionFixture {
 protected:
  // Trains in a process that kills itself at step 9, the checkpoint being at 6.
  std::string killed(const std::string& name, const Config& config) {
    return killed_at(config, 9, Metrics::Kind::log, name);
  }
  std::string killed(const std::string& name) { return killed(name, config()); }
  [[nodiscard]] std::string copied(const std::string& from, const std::string& to) const {
    return crashed(from, to);
  }
  [[nodiscard]] std::string moved(const std::string& from, const std::string& to) const {
    fs::rename(from, runs_ + "/" + to);
    return runs_ + "/" + to;
  }
  // It goes on from that step, to the undisturbed digest, and leaves no state.
  void goes_on(const std::string& folder, std::uint64_t step) {
    const std::string expected = digest();  // before what this resume says
    Origin origin;
    SessionOptions options = watching();
    options.on_start = [&](auto&&, auto&&, const Origin& found) { origin = found; };
    const SessionResult rest = resume(folder, options);
    EXPECT_EQ(origin.step, step) << folder;
    EXPECT_EQ(origin.committed, step == 9) << folder;
    EXPECT_EQ(rest.result->weights_digest, expected) << folder;
    EXPECT_TRUE(memory_files(folder).empty()) << folder;
    EXPECT_FALSE(os::exists(StatePlace{folder}.list())) << folder;
  }
  const std::string& digest() {
    if (digest_.empty()) digest_ = start(config(), watching()).result->weights_digest;
    return digest_;
  }

 private:
  std::string digest_;
};

TEST_F(MovedSession, a_copy_that_is_resumed_first_costs_the_run_nothing) {
  const std::string run = killed("a1");
  const std::string copy = copied(run, "a2");
  goes_on(copy, 6);
  EXPECT_TRUE(
      noted("of which this folder is a copy)\n  the run continues from the checkpoint at step "
            "6"));
  goes_on(run, 9);
}

TEST_F(MovedSession, a_copy_that_is_resumed_last_goes_on_from_its_checkpoint) {
  const std::string run = killed("a1");
  const std::string copy = copied(run, "a2");
  goes_on(run, 9);
  goes_on(copy, 6);
}

TEST_F(MovedSession, a_copy_that_is_killed_in_its_turn_has_a_state_of_its_own) {
  const std::string run = killed("a1");
  const std::string copy = copied(run, "a2");
  const SessionOptions options = watching([](const Metrics& metrics) {
    if (metrics.step == 9 && metrics.kind == Metrics::Kind::log) ::kill(::getpid(), SIGKILL);
  });
  os::ForkedChild child([&] {
    (void)resume_session(RunPaths{copy}, {}, options);
    return 1;
  });
  EXPECT_EQ(child.wait(), -SIGKILL);
  EXPECT_NE(read_identity(copy)->id, read_identity(run)->id);
  EXPECT_NE(read_list({copy})->control, read_list({run})->control);
  goes_on(run, 9);
  goes_on(copy, 9);
}

TEST_F(MovedSession, the_copy_of_a_run_that_is_gone_takes_its_last_step) {
  const std::string run = killed("a1");
  const std::string copy = copied(run, "a2");
  fs::remove_all(run);
  goes_on(copy, 9);
}

TEST_F(MovedSession, a_moved_run_keeps_its_last_step_also_beside_a_new_one_of_its_old_name) {
  const std::string run = moved(killed("a1"), "a3");
  const std::string newer = killed("a1");
  goes_on(run, 9);
  goes_on(newer, 9);
}

TEST_F(MovedSession, one_that_is_moved_while_it_trains_leaves_what_takes_its_place_alone) {
  const std::string other = killed("b");
  SessionOptions options = watching([&](const Metrics& metrics) {
    if (metrics.step != 9 || metrics.kind != Metrics::Kind::log) return;
    (void)moved(runs_ + "/a", "elsewhere");
    fs::rename(other, runs_ + "/a");
  });
  options.name = "a";
  EXPECT_EQ(start(config(), options).result->weights_digest, digest());
  EXPECT_TRUE(memory_files(runs_ + "/elsewhere").empty());
  goes_on(runs_ + "/a", 9);
}

TEST_F(MovedSession, a_folder_that_claims_the_state_of_another_run_does_not_get_it) {
  const std::string run = killed("a");
  const std::string evil = copied(run, "evil");
  Identity claim = *read_identity(run);
  claim.folder = "/nowhere";
  claim.place = *os::file_id(evil);
  os::put_file(identity_path(evil), nlohmann::json({{"identity", claim.id},
                                                    {"former", ""},
                                                    {"folder", claim.folder},
                                                    {"device", claim.place.device},
                                                    {"inode", claim.place.inode}})
                                        .dump());
  StateList list = *read_list({run});
  list.owner = claim;
  ASSERT_TRUE(write_list({evil}, list).ok());
  ASSERT_TRUE(read_list({evil}).has_value()) << "as far as it says";
  EXPECT_NE(fault_of_owner(*read_list({evil}), {evil}), "");
  remove_state({evil});
  goes_on(run, 9);
}

TEST_F(MovedSession, a_new_run_of_the_old_name_may_go_first) {
  const std::string run = moved(killed("a1"), "a3");
  const std::string newer = killed("a1");
  goes_on(newer, 9);
  goes_on(run, 9);
}

TEST_F(MovedSession, a_copy_in_the_place_of_a_run_that_was_moved_is_still_a_copy) {
  const std::string run = moved(killed("a1"), "a3");
  const std::string copy = copied(run, "a1");
  goes_on(copy, 6);
  goes_on(run, 9);
}

TEST_F(MovedSession, runs_that_exchange_their_names_keep_their_last_steps) {
  const std::string a = killed("a");
  const std::string b = killed("b");
  const std::string between = moved(a, "between");
  const std::string now_a = moved(b, "a");
  const std::string now_b = moved(between, "b");
  goes_on(now_a, 9);
  goes_on(now_b, 9);
}

TEST_F(MovedSession, the_state_of_a_run_that_was_moved_is_kept_when_others_are_cleaned) {
  const std::string run = killed("a1");
  const auto files = memory_files(run);
  const std::string far = folder_ / "elsewhere";
  fs::rename(run, far);
  for (const StaleState& state : stale_states(runs_)) {
    const bool its = std::find(files.begin(), files.end(), state.files.back()) != files.end();
    EXPECT_FALSE(its && state.certain);
  }
  goes_on(far, 9);
}

TEST_F(MovedSession, a_state_in_the_folder_goes_where_the_folder_goes) {
  Config in_folder = config();
  in_folder.run.state = StateIn::folder;
  const std::string run = killed("a1", in_folder);
  EXPECT_TRUE(memory_files(run).empty());
  const std::string copy = copied(run, "a2");
  goes_on(copy, 6);
  goes_on(moved(run, "a3"), 9);
}

// state.json of another run, and its identity too.
TEST_F(MovedSession, the_list_of_another_run_is_not_believed) {
  const std::string a = killed("a");
  const std::string b = killed("b");
  fs::copy_file(StatePlace{a}.list(), StatePlace{b}.list(), fs::copy_options::overwrite_existing);
  goes_on(b, 9);
  EXPECT_TRUE(noted("it belongs to another run")) << "its own state was found by its files";
  goes_on(a, 9);
}

TEST_F(MovedSession, a_run_of_before_there_were_identities_gets_one) {
  const std::string run = killed("a");
  fs::remove(identity_path(run));
  goes_on(run, 9);
  EXPECT_TRUE(read_identity(run).has_value());
}

}  // namespace
}  // namespace forknet::run
