#include "store/checkpoint.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "os/temporary_folder.h"
#include "store/tensors.h"

namespace forknet::store {
namespace {

using Steps = std::vector<std::int64_t>;

// A folder of checkpoints whose single tensor says which step it is of.
class CheckpointFolderTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(checkpoints_.prepare().ok()); }

  static Status save(const CheckpointFolder& checkpoints, std::int64_t step,
                     std::size_t numbers = 4) {
    const std::vector<float> content(numbers, static_cast<float>(step));
    const std::vector<NamedTensor> tensors = {tensor("w", DType::f32, {numbers}, content)};
    return checkpoints.save(step, tensors, {{"epoch", std::to_string(step / 10)}});
  }
  void damage(std::int64_t step) const {
    std::string content = os::get_file(checkpoints_.path_of(step));
    content.back() = static_cast<char>(content.back() ^ 1);
    os::put_file(checkpoints_.path_of(step), content);
  }
  [[nodiscard]] std::string file(std::int64_t step) const {
    return checkpoints_.path_of(step).text();
  }

  os::TemporaryFolder folder_;
  CheckpointFolder checkpoints_{folder_ / "checkpoints", 3};
  std::vector<std::string> notes_;
  Note note_ = [this](const std::string& text) { notes_.push_back(text); };
};

TEST_F(CheckpointFolderTest, gives_back_what_was_saved) {
  ASSERT_TRUE(save(checkpoints_, 20).ok());
  const auto checkpoint = checkpoints_.load_newest(note_);
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.error().message;
  EXPECT_EQ(checkpoint->step, 20);
  EXPECT_EQ(checkpoint->state, (RunState{{"epoch", "2"}}));
  std::vector<float> read(4);
  ASSERT_TRUE(checkpoint->file.read_f32("w", {4}, read).ok());
  EXPECT_EQ(read, std::vector<float>(4, 20.0F));
  EXPECT_TRUE(notes_.empty());
}

TEST_F(CheckpointFolderTest, is_private_to_its_user) {
  ASSERT_TRUE(save(checkpoints_, 1).ok());
  namespace fs = std::filesystem;
  EXPECT_EQ(fs::status(folder_ / "checkpoints").permissions(), fs::perms::owner_all);
  EXPECT_EQ(fs::status(file(1)).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(CheckpointFolderTest, keeps_the_newest_ones) {
  for (const std::int64_t step : {5, 9, 10, 100, 1000}) {
    ASSERT_TRUE(save(checkpoints_, step).ok());
  }
  EXPECT_EQ(checkpoints_.steps().value(), (Steps{10, 100, 1000}));
  ASSERT_TRUE(save(CheckpointFolder(folder_ / "checkpoints", 1), 1001).ok());
  EXPECT_EQ(checkpoints_.steps().value(), (Steps{1001}));
}

TEST_F(CheckpointFolderTest, saving_a_step_again_replaces_it) {
  ASSERT_TRUE(save(checkpoints_, 5).ok());
  ASSERT_TRUE(save(checkpoints_, 5, 9).ok());
  EXPECT_EQ(checkpoints_.steps().value(), (Steps{5}));
  EXPECT_EQ(checkpoints_.load(5)->file.find("w")->shape, (Shape{9}));
}

TEST_F(CheckpointFolderTest, names_that_are_not_its_own_are_left_alone) {
  for (const char* name :
       {"step-.safetensors", "step-05.safetensors", "step--5.safetensors", "step-5.safetensors.bak",
        "step-99999999999999999999.safetensors", "best.safetensors"}) {
    os::put_file(folder_ / ("checkpoints/" + std::string(name)), "x");
  }
  for (const std::int64_t step : {0, 1, 2, 3, 4}) ASSERT_TRUE(save(checkpoints_, step).ok());
  EXPECT_EQ(checkpoints_.steps().value(), (Steps{2, 3, 4}));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "checkpoints/step-05.safetensors"));
}

TEST_F(CheckpointFolderTest, a_damaged_newest_one_is_passed_over_with_a_note) {
  for (const std::int64_t step : {1, 2, 3}) ASSERT_TRUE(save(checkpoints_, step).ok());
  damage(3);
  os::put_file(file(2), "");
  const auto checkpoint = checkpoints_.load_newest(note_);
  ASSERT_TRUE(checkpoint.ok());
  EXPECT_EQ(checkpoint->step, 1);
  ASSERT_EQ(notes_.size(), 3U);
  EXPECT_EQ(notes_[0].find(file(3) + ": the checksum of its bytes is "), 0U);
  EXPECT_EQ(notes_[1].find(file(2) + ": the file has 0 bytes"), 0U);
  EXPECT_EQ(notes_[2], "continuing from " + file(1) + " instead");
}

TEST_F(CheckpointFolderTest, with_none_left_the_error_lists_what_is_wrong_with_each) {
  for (const std::int64_t step : {1, 2}) {
    ASSERT_TRUE(save(checkpoints_, step).ok());
    damage(step);
  }
  const auto checkpoint = checkpoints_.load_newest(note_);
  ASSERT_FALSE(checkpoint.ok());
  EXPECT_EQ(checkpoint.error().kind, ErrorKind::data);
  const std::string& message = checkpoint.error().message;
  EXPECT_EQ(message.find(folder_ / "checkpoints" + ": none of its 2 checkpoints can be used\n"),
            0U);
  EXPECT_LT(message.find(file(2)), message.find(file(1)));
}

TEST_F(CheckpointFolderTest, an_error_never_has_more_than_six_lines) {
  const CheckpointFolder many(folder_ / "checkpoints", 50);
  for (std::int64_t step = 0; step < 20; ++step) {
    ASSERT_TRUE(save(many, step).ok());
    damage(step);
  }
  const std::string message = many.load_newest(note_).error().message;
  EXPECT_LE(std::count(message.begin(), message.end(), '\n'), 5);
  EXPECT_TRUE(message.ends_with("\nand 16 more"));
}

TEST_F(CheckpointFolderTest, without_any_the_error_says_so) {
  const CheckpointFolder nowhere(folder_ / "nowhere");
  EXPECT_EQ(nowhere.steps().value(), Steps{});
  EXPECT_EQ(nowhere.load_newest(note_).error().message,
            folder_ / "nowhere" + ": there are no checkpoints");
  EXPECT_EQ(checkpoints_.load(7).error().message,
            "open " + file(7) + ": No such file or directory");
}

TEST_F(CheckpointFolderTest, a_damaged_later_one_never_pushes_out_a_good_one) {
  const CheckpointFolder only_one(folder_ / "checkpoints", 1);
  ASSERT_TRUE(save(only_one, 50).ok());
  damage(50);
  ASSERT_TRUE(save(only_one, 40).ok());
  EXPECT_EQ(only_one.load_newest(note_)->step, 40);
}

TEST_F(CheckpointFolderTest, a_file_under_another_name_is_refused) {
  ASSERT_TRUE(save(checkpoints_, 5).ok());
  std::filesystem::rename(file(5), file(6));
  EXPECT_EQ(checkpoints_.load(6).error().message,
            file(6) + ": header, __metadata__: forknet.step is \"5\"; expected \"6\"");
}

TEST_F(CheckpointFolderTest, a_tensor_file_that_is_no_checkpoint_is_refused) {
  os::put_file(file(5), foreign_file("{}", 0));
  EXPECT_EQ(
      checkpoints_.load(5).error().message,
      file(5) + ": header, __metadata__: forknet.checksum is missing; every checkpoint has one");
  ASSERT_TRUE(write_safetensors(file(5), {}, {}).ok());
  EXPECT_EQ(checkpoints_.load(5).error().message,
            file(5) + ": header, __metadata__: forknet.checkpoint is missing; expected \"1\"");
}

TEST_F(CheckpointFolderTest, what_a_dead_process_left_is_removed_at_the_start) {
  os::put_file(folder_ / "checkpoints/.step-5.safetensors.tmp-123-0", "half");
  ASSERT_TRUE(checkpoints_.prepare().ok());
  EXPECT_TRUE(std::filesystem::is_empty(folder_ / "checkpoints"));
}

TEST_F(CheckpointFolderTest, a_save_into_a_folder_that_is_gone_is_an_error) {
  const CheckpointFolder nowhere(folder_ / "nowhere");
  const auto status = save(nowhere, 5);
  ASSERT_FALSE(status.ok());
  EXPECT_NE(status.error().message.find("No such file or directory"), std::string::npos);
}

using CheckpointFolderDeathTest = CheckpointFolderTest;

TEST_F(CheckpointFolderDeathTest, a_save_that_runs_out_of_room_leaves_the_older_ones) {
  for (const std::int64_t step : {1, 2, 3}) ASSERT_TRUE(save(checkpoints_, step).ok());
  const auto save_beyond_the_limit = [this] {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit = {.rlim_cur = 2000, .rlim_max = 2000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const auto status = save(checkpoints_, 4, 1000);
    const bool told = !status.ok() && status.error().message.find("step-4") != std::string::npos;
    std::_Exit(told ? 0 : 1);
  };
  EXPECT_EXIT(save_beyond_the_limit(), ::testing::ExitedWithCode(0), "");
  EXPECT_EQ(checkpoints_.steps().value(), (Steps{1, 2, 3}));
  int entries = 0;
  for ([[maybe_unused]] const auto& entry :
       std::filesystem::directory_iterator(folder_ / "checkpoints")) {
    ++entries;
  }
  EXPECT_EQ(entries, 3);
  EXPECT_EQ(checkpoints_.load_newest(note_)->step, 3);
}

}  // namespace
}  // namespace forknet::store
