// The state of a run while it runs: what it keeps, where, and for how long.
#include "state/live_state.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/version.h"
#include "os/file.h"
#include "state/states.h"

namespace forknet::run {
namespace {

class LiveStateTest : public StateFixture {
 protected:
  void SetUp() override {
    if (os::memory_folder().empty()) GTEST_SKIP() << "no /dev/shm";
  }
  static bool held(const std::string& path) {
    return !os::hold_alone(os::open_reserved(path).value());
  }
};

std::size_t taken_bytes(const os::Fd& fd) {
  struct stat status = {};
  EXPECT_EQ(::fstat(fd.get(), &status), 0);
  return static_cast<std::size_t>(status.st_blocks) * 512;
}

TEST_F(LiveStateTest, its_files_are_private_and_exist_until_it_is_removed) {
  LiveState live = in_files(shape());
  EXPECT_TRUE(live.survives());
  EXPECT_EQ(files(), named({"a-control", "a-weights"}));
  EXPECT_FALSE(os::exists(place_.list())) << "not kept yet";
  ASSERT_TRUE(live.keep().ok());
  EXPECT_TRUE(os::exists(place_.list()));
  for (const std::string& path : files()) {
    struct stat status = {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode, static_cast<mode_t>(S_IFREG | 0600)) << path;
  }
  live.remove();
  EXPECT_TRUE(files().empty());
  EXPECT_EQ(entries(), 0);
}

TEST_F(LiveStateTest, its_files_outlive_it) {
  { const LiveState live = kept(shape(), 3, 1); }
  EXPECT_EQ(files(), named({"a-control", "a-weights"}));
}

TEST_F(LiveStateTest, its_list_says_where_it_lies) {
  const LiveState live = kept(shape(Where::own_of_cells, 2, 2), 3, 3);
  const auto list = read_list(place_);
  ASSERT_TRUE(list.has_value());
  EXPECT_EQ(list->boot, os::boot_id());
  EXPECT_EQ(list->version, kVersion);
  EXPECT_EQ(list->control, named({"a-control"}).front());
  EXPECT_EQ(list->weights, named({"a-weights-0", "a-weights-1", "a-weights-2", "a-weights-3"}));
  EXPECT_EQ(list->slices, live.shape().slices);
  EXPECT_EQ(list->replicas, 2U);
  EXPECT_TRUE(list->private_cells);
}

TEST_F(LiveStateTest, whoever_kept_it_last_is_found_and_the_one_before_is_removed) {
  const LiveState first = kept(shape(), 3, 3);
  LiveState second = in_files(shape(Where::own_of_cells, 3, 1));
  EXPECT_EQ(read_list(place_)->control, named({"a-control"}).front());
  EXPECT_EQ(files().size(), 6U) << "the first stays until the second is kept";
  ASSERT_TRUE(second.keep().ok());
  EXPECT_EQ(files(), named({"b-control", "b-weights-0", "b-weights-1", "b-weights-2"}));
  EXPECT_EQ(read_list(place_)->control, named({"b-control"}).front());
  const LiveState third = kept(shape(), 3, 3);
  EXPECT_EQ(files(), named({"a-control", "a-weights"}));
}

TEST_F(LiveStateTest, one_in_use_stays_when_another_is_made_whatever_its_list_says) {
  LiveState first = kept(shape(), 3, 3);
  for (const char* text : {"", "{", "-"}) {
    std::filesystem::remove(place_.list());
    if (*text != '-') os::put_file(place_.list(), text);
    auto second = LiveState::in_files(place_, shape(Where::own_of_cells, 2, 1), plan_, &first);
    ASSERT_TRUE(second.ok());
    EXPECT_EQ(files().size(), 5U) << text;
    EXPECT_TRUE(os::exists(named({"a-control"}).front()));
    second->remove();
  }
  std::filesystem::remove(place_.list());
  LiveState second = LiveState::in_files(place_, shape(), plan_, &first).value();
  ASSERT_TRUE(second.keep().ok());
  EXPECT_EQ(files(), named({"b-control", "b-weights"}));
}

TEST_F(LiveStateTest, a_folder_that_is_not_empty_in_the_place_of_its_files_is_named) {
  for (const os::FilePath& path : {place_.list(), identity_path(place_.folder)}) {
    std::filesystem::remove(path.text());
    std::filesystem::create_directories(path.text() + "/inner");
    const auto refused = LiveState::in_files(place_, shape(), plan_);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().kind, ErrorKind::usage);
    EXPECT_EQ(refused.error().message.find(path.text() + ": is a folder that is not empty"), 0U);
    std::filesystem::remove_all(path.text());
  }
}

TEST_F(LiveStateTest, what_a_process_left_that_died_before_it_kept_it_is_replaced) {
  {
    LiveState live = in_files(shape(Where::own_of_cells, 2, 1));
    live.control().prepare(7);
  }
  LiveState live = in_files(shape(Where::own_of_cells, 2, 1));
  EXPECT_EQ(live.control().committed(), 0U);
  EXPECT_FALSE(live.progress().load().has_value());
  EXPECT_EQ(files().size(), 3U);
}

TEST_F(LiveStateTest, one_that_was_never_kept_is_removed_and_the_one_before_stays) {
  const LiveState first = kept(shape(), 3, 3);
  LiveState second = in_files(shape());
  second.remove();
  EXPECT_EQ(files(), named({"a-control", "a-weights"}));
  EXPECT_TRUE(os::exists(place_.list()));
}

TEST_F(LiveStateTest, its_control_page_is_held_while_anybody_maps_it) {
  std::optional<LiveState> live = in_files(shape());
  const std::string control = files().front();
  EXPECT_TRUE(held(control));
  os::Fd of_a_cell = live->control_fd().duplicate();
  live.reset();
  EXPECT_TRUE(held(control));
  of_a_cell.close();
  EXPECT_FALSE(held(control));
}

TEST_F(LiveStateTest, says_whose_it_is_and_how_its_weights_lie) {
  const LiveState live = in_files(shape());
  auto mapping = os::Mapping::of(live.control_fd().duplicate(), os::Mapping::Access::read).value();
  const auto& head = reinterpret_cast<const ControlPage*>(mapping.bytes().data())->head;
  EXPECT_EQ(head.magic, StateHead::kMagic);
  EXPECT_EQ(head.weights, live.shape().weights);
  EXPECT_EQ(head.folder.data(), std::filesystem::canonical(place_.folder).string());
  EXPECT_EQ(head.identity.data(), read_identity(place_.folder)->id);
}

TEST_F(LiveStateTest, in_memory_nothing_survives) {
  for (const Where where : {Where::elsewhere, Where::shared, Where::own_of_cells}) {
    auto live = LiveState::in_memory(shape(where, 2, 2), plan_);
    ASSERT_TRUE(live.ok()) << live.error().message;
    EXPECT_FALSE(live->survives());
    EXPECT_TRUE(live->keep().ok());
    live->control().prepare(5);
    EXPECT_EQ(live->control().committed(), 5U);
    live->remove();
  }
  EXPECT_TRUE(files().empty());
  EXPECT_EQ(folder_.entries(), 0);
}

TEST_F(LiveStateTest, weights_are_mapped_by_all_or_are_each_cells_own) {
  LiveState shared = LiveState::in_memory(shape(Where::shared, 2, 1), plan_).value();
  weights_of(shared, 0).parameters()[3] = 7;
  EXPECT_EQ(weights_of(shared, 1).parameters()[3], 7.0F);
  LiveState own = LiveState::in_memory(shape(Where::own_of_cells, 2, 2), plan_).value();
  weights_of(own, 0).parameters()[3] = 7;
  EXPECT_EQ(weights_of(own, 1).parameters()[3], 0.0F);
}

TEST_F(LiveStateTest, a_cell_of_its_own_memory_takes_room_for_its_slice) {
  const nn::ModelPlan plan = plan_of(600, 600);
  const StateShape shape = shape_of(plan, Where::own_of_cells, 3, 1);
  const auto live = LiveState::in_files(place_, shape, plan);
  ASSERT_TRUE(live.ok()) << live.error().message;
  for (std::size_t cell = 0; cell < 3; ++cell) {
    const auto [begin, end] = numbers_of(plan, shape.slices[cell]);
    const std::size_t pages = shape.weights.regions() * 2 * 4096;  // of slices that begin in one
    const std::size_t slice = shape.weights.regions() * (end - begin) * sizeof(float);
    EXPECT_GE(taken_bytes(live->weights_fd(cell)), slice);
    EXPECT_LE(taken_bytes(live->weights_fd(cell)), slice + pages);
  }
}

TEST_F(LiveStateTest, the_numbers_of_the_slices_are_all_numbers) {
  for (std::size_t stages = 1; stages <= 3; ++stages) {
    std::size_t next = 0;
    for (const nn::LayerRange& slice : shape(Where::shared, stages).slices) {
      const auto [begin, end] = numbers_of(plan_, slice);
      EXPECT_EQ(begin, next);
      EXPECT_GT(end, begin);
      next = end;
    }
    EXPECT_EQ(next, plan_.numbers);
  }
}

TEST_F(LiveStateTest, a_slice_of_layers_without_parameters_has_no_numbers) {
  nn::ModelPlan plan = plan_;
  plan.layers.front().blocks.clear();
  const auto [begin, end] = numbers_of(plan, {0, 1});
  EXPECT_EQ(end - begin, 0U);
}

// The name of a run may look like the name of a file of its state.
TEST_F(LiveStateTest, whatever_a_run_is_called_its_new_state_leaves_the_old_one_alone) {
  const StatePlace place{folder_ / "x-a-control", StateIn::memory};
  ASSERT_TRUE(os::make_folder(place.folder, 0700).ok());
  for (int i = 0; i < 3; ++i) {
    const auto former = read_list(place);
    auto live = LiveState::in_files(place, shape(), plan_);
    ASSERT_TRUE(live.ok());
    EXPECT_EQ(memory_files(place.folder).size(), former ? 4U : 2U) << i;
    ASSERT_TRUE(live->keep().ok());
    EXPECT_EQ(memory_files(place.folder).size(), 2U) << i;
  }
  remove_memory_files(place.folder);
}

}  // namespace
}  // namespace forknet::run
