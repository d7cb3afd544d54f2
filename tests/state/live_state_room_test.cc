// Where a state lies when memory has no place for it.
#include "os/container.h"
#include "os/file.h"
#include "state/states.h"

namespace forknet::run {
namespace {

// Something that cannot be replaced takes the name in memory.
class LiveStateRoom : public StateFixture {
 protected:
  void SetUp() override {
    if (os::memory_folder().empty()) GTEST_SKIP() << "no /dev/shm";
    if (os::memory_folder_is_private()) GTEST_SKIP() << "/dev/shm is this container's own";
    for (const auto& path : named({"a-control", "a-weights"})) block(path);
  }
  // Memory first, then the folder.
  [[nodiscard]] Result<LiveState> anywhere(const StateShape& shape) const {
    return LiveState::in_files({place_.folder}, shape, plan_);
  }
  static void block(const std::string& path) { std::filesystem::create_directory(path); }
};

TEST_F(LiveStateRoom, what_finds_no_place_in_memory_lies_in_the_run_folder) {
  LiveState live = anywhere(shape()).value();
  ASSERT_TRUE(live.keep().ok());
  EXPECT_TRUE(live.survives());
  EXPECT_FALSE(live.lies_in_memory());
  const auto list = read_list(place_);
  EXPECT_EQ(os::folder_of(list->control), place_.folder);
  EXPECT_EQ(entries(), 3);
  live.remove();
  EXPECT_EQ(entries(), 0);
}

TEST_F(LiveStateRoom, what_lies_in_the_run_folder_is_found_from_any_folder) {
  const std::string former = std::filesystem::current_path();
  std::filesystem::current_path(folder_.path());
  std::filesystem::create_directory("run");
  const std::string stem = memory_stem("run");
  for (const char* end : {"a-control", "a-weights"}) block(stem + end);
  auto live = LiveState::in_files({"run"}, shape(), plan_);
  const bool is_kept = live.ok() && live->keep().ok();
  remove_memory_files("run");
  std::filesystem::current_path(former);
  ASSERT_TRUE(is_kept);
  const auto list = read_list({folder_ / "run"});
  ASSERT_TRUE(list.has_value());
  for (const std::string& path : list->paths()) EXPECT_TRUE(os::exists(path)) << path;
}

TEST_F(LiveStateRoom, one_that_finds_no_place_at_all_leaves_nothing) {
  remove_memory_files(place_.folder);
  block(named({"a-weights"}).front());
  std::string in_folder = named({"a-weights"}).front();
  in_folder.replace(0, in_folder.rfind('/') + 1 + kStateStem.size(), "state-");
  block(folder_ / in_folder);
  EXPECT_FALSE(anywhere(shape()).ok());
  EXPECT_EQ(files(), named({"a-weights"})) << "what stood in the way";
  EXPECT_EQ(entries(), 1);
}

// With the models that train apart, which lie in a file of their own.
TEST_F(LiveStateRoom, one_that_finds_no_place_says_how_many_bytes_it_needs) {
  for (const char* const end : {"a-control", "a-weights"}) {
    std::string in_folder = named({end}).front();
    in_folder.replace(0, in_folder.rfind('/') + 1 + kStateStem.size(), "state-");
    block(folder_ / in_folder);
  }
  for (const std::size_t models : {std::size_t{0}, std::size_t{40'960}}) {
    StateShape wanted = shape();
    wanted.models_bytes = models;
    const auto live = anywhere(wanted);
    ASSERT_FALSE(live.ok());
    const std::size_t bytes = sizeof(ControlPage) + wanted.weights.bytes() + models;
    EXPECT_NE(live.error().message.find(std::to_string(bytes) + " bytes are needed"),
              std::string::npos)
        << live.error().message;
  }
}

TEST_F(LiveStateRoom, what_is_to_lie_in_the_folder_or_in_memory_lies_nowhere_else) {
  remove_memory_files(place_.folder);
  LiveState in_folder =
      LiveState::in_files({place_.folder, StateIn::folder}, shape(), plan_).value();
  EXPECT_FALSE(in_folder.lies_in_memory());
  EXPECT_TRUE(files().empty());
  in_folder.remove();
  LiveState in_memory = LiveState::in_files(place_, shape(), plan_).value();
  EXPECT_TRUE(in_memory.lies_in_memory());
  in_memory.remove();
  block(named({"a-control"}).front());
  const auto refused = LiveState::in_files(place_, shape(), plan_);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find("run.state = \"memory\""), std::string::npos);
  EXPECT_EQ(entries(), 0);
}

// The list holds bare names of what lies beside it.
TEST_F(LiveStateRoom, what_lies_in_the_run_folder_is_found_when_that_has_been_moved) {
  const StatePlace before{folder_ / "a", StateIn::folder};
  std::filesystem::create_directory(before.folder);
  {
    LiveState live = LiveState::in_files(before, shape(), plan_).value();
    ASSERT_TRUE(live.keep().ok());
  }
  const StatePlace after{folder_ / "b", StateIn::folder};
  std::filesystem::rename(before.folder, after.folder);
  const auto list = read_list(after);
  ASSERT_TRUE(list.has_value());
  EXPECT_EQ(fault_of_owner(*list, after), "");
  for (const std::string& path : list->paths()) EXPECT_TRUE(os::exists(path)) << path;
}

}  // namespace
}  // namespace forknet::run
