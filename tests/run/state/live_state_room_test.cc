// Where a state lies when memory has no place for it.
#include "os/file.h"
#include "run/state/states.h"

namespace forknet::run {
namespace {

// Something that cannot be replaced takes the name in memory.
class LiveStateRoom : public StateFixture {
 protected:
  void SetUp() override {
    if (os::memory_folder().empty()) GTEST_SKIP() << "no /dev/shm";
    for (const auto& path : named({"a-control", "a-weights"})) block(path);
  }
  static void block(const std::string& path) { std::filesystem::create_directory(path); }
};

TEST_F(LiveStateRoom, what_finds_no_place_in_memory_lies_in_the_run_folder) {
  LiveState live = kept(shape(), 3, 1);
  EXPECT_TRUE(live.survives());
  const auto list = read_list(place_);
  EXPECT_EQ(os::folder_of(list->control), place_.folder);
  EXPECT_EQ(folder_.entries(), 3);
  live.remove();
  EXPECT_EQ(folder_.entries(), 0);
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
  EXPECT_FALSE(LiveState::in_files(place_, shape(), plan_).ok());
  EXPECT_EQ(files(), named({"a-weights"})) << "what stood in the way";
  EXPECT_EQ(folder_.entries(), 1);
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
    const auto live = LiveState::in_files(place_, wanted, plan_);
    ASSERT_FALSE(live.ok());
    const std::size_t bytes = sizeof(ControlPage) + wanted.weights.bytes() + models;
    EXPECT_NE(live.error().message.find(std::to_string(bytes) + " bytes are needed"),
              std::string::npos)
        << live.error().message;
  }
}

}  // namespace
}  // namespace forknet::run
