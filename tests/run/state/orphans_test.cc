// Files in memory that nobody will ever use again. Others may remove orphans at any time
// (forknet runs clean), or look at them, which takes a moment; then a test tries again.
#include "run/state/orphans.h"

#include <functional>

#include "os/file.h"
#include "os/forked_child.h"
#include "run/state/states.h"

namespace forknet::run {
namespace {

class OrphansTest : public StateFixture {
 protected:
  void SetUp() override {
    if (os::memory_folder().empty()) GTEST_SKIP() << "no /dev/shm";
  }
  // Those of this test.
  [[nodiscard]] std::vector<std::string> orphans() const {
    std::vector<std::string> own = orphaned_state_files();
    const std::string stem = memory_stem(place_.folder);
    std::erase_if(own, [&](const std::string& path) { return !path.starts_with(stem); });
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

TEST_F(OrphansTest, files_whose_run_folder_is_gone_are_found_with_their_weights) {
  for (const StateShape& wanted : {shape(), shape(Where::own_of_cells, 2, 2)}) {
    found([&] {
      (void)kept(wanted, 5, 4);
      std::filesystem::remove(place_.list());
    });
  }
}

TEST_F(OrphansTest, files_that_were_never_listed_are_found) {
  found([&] { (void)in_files(shape()); });
}

TEST_F(OrphansTest, files_of_a_run_that_has_others_now_are_found_and_the_others_are_not) {
  found([&] {
    (void)kept(shape(), 5, 4);
    StateList list = read_list(place_).value();
    list.control += "-of-another";
    ASSERT_TRUE(write_list(place_, list).ok());
  });
  std::filesystem::remove(place_.list());
  remove_memory_files(place_.folder);
  (void)kept(shape(), 5, 4);
  (void)kept(shape(), 6, 6);
  EXPECT_TRUE(orphans().empty());
}

TEST_F(OrphansTest, files_that_nobody_finished_are_found) {
  found([&] {
    (void)kept(shape(), 5, 4);
    std::filesystem::resize_file(control(), sizeof(StateHead));
  });
  found([&] {
    (void)kept(shape(), 5, 4);
    auto fd = os::open_reserved(control()).value();
    auto memory = os::Mapping::of(std::move(fd), os::Mapping::Access::write).value();
    page_of(memory.writable()).head.magic = 0;
  });
  found([&] {
    (void)kept(shape(), 5, 4);
    std::filesystem::resize_file(control(), 0);
  });
}

TEST_F(OrphansTest, files_that_a_run_folder_lists_are_none) {
  (void)kept(shape(), 5, 4);
  EXPECT_TRUE(orphans().empty());
  EXPECT_EQ(memory_files(place_.folder).size(), 2U);
}

TEST_F(OrphansTest, files_of_a_run_that_lives_are_none) {
  const LiveState unlisted = in_files(shape());
  EXPECT_TRUE(orphans().empty());
}

TEST_F(OrphansTest, files_are_none_while_one_cell_lives) {
  std::optional<LiveState> live = in_files(shape());
  os::ForkedChild cell(os::stay);
  live.reset();
  EXPECT_TRUE(orphans().empty());
  EXPECT_EQ(memory_files(place_.folder).size(), 2U);
}

// forknet- is a prefix that others may use as well.
TEST_F(OrphansTest, files_of_others_are_none) {
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
