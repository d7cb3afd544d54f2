// Files in memory that no run will use again. Others may remove orphans at any time
// (forknet runs clean), or look at them, which takes a moment; then a test tries again.
#include "state/stale_state.h"

#include <sys/wait.h>

#include <csignal>
#include <functional>

#include "failpoints.h"
#include "os/file.h"
#include "os/forked_child.h"
#include "state/states.h"

namespace forknet::run {
namespace {

class StaleStateTest : public StateFixture {
 protected:
  void SetUp() override {
    if (os::memory_folder().empty()) GTEST_SKIP() << "no /dev/shm";
  }
  // Those of this test; `certain`: that no run can go on with.
  [[nodiscard]] std::vector<std::string> orphans(bool certain = true) const {
    std::vector<std::string> own;
    const std::string stem = memory_stem(place_.folder);
    for (const StaleState& state : stale_states(os::folder_of(place_.folder))) {
      for (const std::string& path : state.files) {
        if (state.certain == certain && path.starts_with(stem)) own.push_back(path);
      }
    }
    std::sort(own.begin(), own.end());
    return own;
  }
  // leave() makes orphans of all its files; they are found.
  void found(const std::function<void()>& leave) const {
    constexpr int kTries = 20;
    for (int i = 0; i < kTries; ++i) {
      remove_memory_files(place_.folder);
      leave();
      const auto files = memory_files(place_.folder);
      const auto own = orphans();
      if (own.empty() || own.size() < files.size()) continue;
      EXPECT_EQ(own, files);
      return;
    }
    FAIL() << "no orphans are found";
  }
  [[nodiscard]] std::string control() const { return read_list(place_)->control; }
};

TEST_F(StaleStateTest, files_that_no_folder_lists_are_found_with_their_weights) {
  for (const StateShape& wanted : {shape(), shape(Where::own_of_cells, 2, 2)}) {
    found([&] { (void)in_files(wanted); });
  }
}

// A folder that was moved goes on with its state, wherever it is now.
TEST_F(StaleStateTest, files_whose_folder_was_moved_or_removed_are_not_certain) {
  const StatePlace moved{folder_ / "run", StateIn::memory};
  std::filesystem::create_directory(moved.folder);
  { ASSERT_TRUE(LiveState::in_files(moved, shape(), plan_)->keep().ok()); }
  const auto files = memory_files(moved.folder);
  const auto kind_of = [&](const std::string& runs) {
    for (const StaleState& state : stale_states(runs)) {
      if (state.files.back() == files.front()) return state.certain ? "certain" : "unknown";
    }
    return "owned";
  };
  EXPECT_STREQ(kind_of(folder_.path()), "owned");
  std::filesystem::rename(moved.folder, folder_ / "other");
  EXPECT_STREQ(kind_of("/nowhere"), "owned") << "it lies beside its old place";
  std::filesystem::create_directory(folder_ / "far");
  std::filesystem::rename(folder_ / "other", folder_ / "far/run");
  EXPECT_STREQ(kind_of(folder_ / "far"), "owned");
  EXPECT_STREQ(kind_of("/nowhere"), "unknown");
  for (const std::string& path : files) std::filesystem::remove(path);
}

// Another process cleans between the making of a control page and its being held.
TEST_F(StaleStateTest, files_that_are_just_being_made_and_were_removed_are_made_again) {
  const std::string control = named({"a-control"}).front();
  os::ForkedChild child([&] {
    if (!set_failpoints("state/hold:1:stop").empty()) return 2;
    const auto live = LiveState::in_files(place_, shape(), plan_);
    return live.ok() && os::exists(control) && files().size() == 2 ? 0 : 1;
  });
  int status = 0;
  ASSERT_EQ(::waitpid(child.pid(), &status, WUNTRACED), child.pid());
  ASSERT_TRUE(WIFSTOPPED(status));
  bool removed = false;
  for (const StaleState& state : stale_states("/nowhere")) {
    if (state.files.back() != control) continue;
    EXPECT_TRUE(state.certain) << "nothing says that it will be held";
    EXPECT_TRUE(remove_stale_state(state));
    removed = true;
  }
  EXPECT_TRUE(removed);
  EXPECT_FALSE(os::exists(control));
  ::kill(child.pid(), SIGCONT);
  EXPECT_EQ(child.wait(), 0);
}

TEST_F(StaleStateTest, files_that_are_held_are_not_removed_any_more) {
  std::optional<StaleState> mine;
  { const LiveState dead = in_files(shape()); }
  for (StaleState& state : stale_states("/nowhere")) {
    if (state.files.back() == named({"a-control"}).front()) mine = std::move(state);
  }
  ASSERT_TRUE(mine.has_value());
  const os::Fd held = os::open_reserved(mine->files.back()).value();
  ASSERT_TRUE(os::hold_share(held, mine->files.back()).ok());
  EXPECT_FALSE(remove_stale_state(*mine));
  EXPECT_EQ(files().size(), 2U);
}

TEST_F(StaleStateTest, files_that_were_never_listed_are_found) {
  found([&] { (void)in_files(shape()); });
}

TEST_F(StaleStateTest, files_of_a_run_that_has_others_now_are_found_and_the_others_are_not) {
  found([&] {
    (void)kept(shape(), 5, 4);
    StateList list = read_list(place_).value();
    for (std::string* path : {&list.control, &list.weights.front()}) {
      path->replace(path->find("-a-"), 3, "-b-");
    }
    ASSERT_TRUE(write_list(place_, list).ok());
  });
  std::filesystem::remove(place_.list());
  remove_memory_files(place_.folder);
  (void)kept(shape(), 5, 4);
  (void)kept(shape(), 6, 6);
  EXPECT_TRUE(orphans().empty());
}

TEST_F(StaleStateTest, files_that_were_never_finished_are_found) {
  const auto unlisted = [&] {
    (void)in_files(shape());
    return named({"a-control"}).front();
  };
  found([&] { std::filesystem::resize_file(unlisted(), 0); });
  found([&] {
    auto fd = os::open_reserved(unlisted()).value();
    auto memory = os::Mapping::of(std::move(fd), os::Mapping::Access::write).value();
    page_of(memory.writable()).head.magic = 0;
  });
}

TEST_F(StaleStateTest, files_with_a_head_that_is_damaged_are_their_folders) {
  (void)kept(shape(), 5, 4);
  auto fd = os::open_reserved(control()).value();
  auto memory = os::Mapping::of(std::move(fd), os::Mapping::Access::write).value();
  page_of(memory.writable()).head.folder[0] = 'x';
  memory = {};
  EXPECT_TRUE(orphans().empty() && orphans(false).empty());
  std::filesystem::remove(place_.list());
  EXPECT_TRUE(orphans().empty());
  EXPECT_EQ(orphans(false).size(), 2U) << "which folder that is cannot be told";
}

TEST_F(StaleStateTest, files_that_a_run_folder_lists_are_none) {
  (void)kept(shape(), 5, 4);
  EXPECT_TRUE(orphans().empty());
  EXPECT_EQ(memory_files(place_.folder).size(), 2U);
}

TEST_F(StaleStateTest, files_of_a_run_whose_list_was_removed_are_none) {
  (void)kept(shape(), 5, 4);
  std::filesystem::remove(place_.list());
  EXPECT_TRUE(orphans().empty() && orphans(false).empty());
}

TEST_F(StaleStateTest, a_list_of_another_run_that_cannot_be_read_holds_nothing) {
  const StatePlace other{folder_ / "other", StateIn::memory};
  ASSERT_TRUE(os::make_folder(other.folder, 0700).ok());
  ASSERT_TRUE(claim_identity(other.folder).ok());
  os::put_file(other.list(), "{");
  (void)in_files(shape());
  bool found = false;
  for (const StaleState& state : stale_states(folder_.path())) {
    found = found || state.files.back() == named({"a-control"}).front();
  }
  EXPECT_TRUE(found);
}

TEST_F(StaleStateTest, files_of_a_run_that_lives_are_none) {
  const LiveState unlisted = in_files(shape());
  EXPECT_TRUE(orphans().empty());
}

TEST_F(StaleStateTest, files_are_none_while_one_cell_lives) {
  std::optional<LiveState> live = in_files(shape());
  os::ForkedChild cell(os::stay);
  live.reset();
  EXPECT_TRUE(orphans().empty());
  EXPECT_EQ(memory_files(place_.folder).size(), 2U);
}

// forknet- is a prefix that others may use as well.
TEST_F(StaleStateTest, files_of_others_are_none) {
  const std::string stem = memory_stem(place_.folder);
  os::put_file(stem + "z-control", "not private");
  std::filesystem::permissions(stem + "z-control", std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  std::filesystem::create_directory(stem + "y-control");
  os::put_file(stem + "notes", "x");
  EXPECT_TRUE(orphans().empty());
}

}  // namespace
}  // namespace forknet::run
