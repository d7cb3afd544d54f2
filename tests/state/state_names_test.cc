// What a state.json that comes from elsewhere can make forknet open or remove: files of a state of
// this run, and nothing else.
#include "state/state_names.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/file.h"
#include "state/states.h"

namespace forknet::run {
namespace {

constexpr const char* kRun = "/srv/x/runs/a";

TEST(StateNames, files_that_forknet_makes_are_files_of_a_state) {
  for (const char* end : {"control", "weights", "weights-0", "weights-12", "weights-models"}) {
    const std::string in_folder = fmt::format("{}/state-a-0f-b-{}", kRun, end);
    EXPECT_TRUE(is_state_path(in_folder, kRun)) << in_folder;
    EXPECT_EQ(stem_in_path(in_folder), "a-0f-b");
    if (os::memory_folder().empty()) continue;
    const std::string in_memory = fmt::format("{}/forknet-a-0f-b-{}", os::memory_folder(), end);
    EXPECT_TRUE(is_state_path(in_memory, kRun)) << in_memory;
    EXPECT_EQ(stem_in_path(in_memory), "a-0f-b");
  }
}

TEST(StateNames, everything_else_is_none) {
  const std::string memory = os::memory_folder().empty() ? "/dev/shm" : os::memory_folder();
  for (const std::string& path :
       std::vector<std::string>{"",
                                "/",
                                "/srv/x/thesis.tex",
                                "/srv/x/runs/a/config.toml",
                                "/srv/x/runs/a/state.json",
                                "/srv/x/runs/a/state-control",
                                "/srv/x/runs/a/state--control",
                                "/srv/x/runs/a/state-a-weights-",
                                "/srv/x/runs/a/state-a-weights-x",
                                "/srv/x/runs/a/state-a-weights-1/2",
                                "/srv/x/runs/a/../b/state-a-weights",
                                "/srv/x/runs/a/./state-a-weights",
                                "/srv/x/runs/a//state-a-weights",
                                "/srv/x/runs/b/state-a-weights",
                                "state-a-weights",
                                "/srv/x/runs/a/forknet-a-weights",
                                memory + "/state-a-weights",
                                memory + "/forknet-a",
                                memory + "/forknet-a-notes",
                                memory + "/../shm/forknet-a-weights",
                                memory + "/x/forknet-a-weights",
                                memory + "/forknet-a-control/",
                                std::string("/srv/x/runs/a/state-a\0-weights", 30)}) {
    EXPECT_FALSE(is_state_path(path, kRun)) << path;
  }
}

class StateFiles : public StateFixture {
 protected:
  [[nodiscard]] std::string in_folder(const std::string& end) const {
    return absolute(place_) + "/state-a-" + end;
  }
  // As forknet names it for this run.
  [[nodiscard]] std::string of_run(const std::string& end) const {
    return absolute(place_) + "/state-run-" + claim_identity(place_.folder).value().id + "-a-" +
           end;
  }
  // Writes `list` with other paths.
  void list(const std::string& control, const std::vector<std::string>& weights) const {
    StateList list;
    list.control = control;
    list.weights = weights;
    list.slices = {{0, 1}};
    list.owner = claim_identity(place_.folder).value();
    ASSERT_TRUE(write_list(place_, list).ok());
  }
};

TEST_F(StateFiles, a_list_that_names_a_file_of_the_user_removes_nothing_and_is_not_read) {
  const std::string thesis = folder_ / "thesis.tex";
  os::put_file(thesis, "years");
  os::put_file(in_folder("control"), "");
  for (const std::string& other : {thesis, in_folder("weights/../../thesis.tex"),
                                   place_.folder + "/state-b-weights", std::string("thesis.tex")}) {
    list(in_folder("control"), {other});
    EXPECT_FALSE(read_list(place_).has_value()) << other;
    remove_state(place_);
    EXPECT_EQ(os::get_file(thesis), "years") << other;
    EXPECT_TRUE(os::exists(in_folder("control"))) << "the list is not believed at all";
    EXPECT_FALSE(os::exists(place_.list()));
  }
}

TEST_F(StateFiles, a_link_in_the_place_of_a_file_is_neither_opened_nor_removed) {
  const std::string thesis = folder_ / "thesis.tex";
  os::put_file(thesis, "years");
  std::filesystem::permissions(thesis, std::filesystem::perms(0600));
  std::filesystem::create_symlink(thesis, of_run("weights"));
  list(of_run("control"), {of_run("weights")});
  EXPECT_FALSE(open_state_file(of_run("weights"), absolute(place_)).ok());
  remove_state(place_);
  EXPECT_EQ(os::get_file(thesis), "years");
  EXPECT_TRUE(std::filesystem::is_symlink(of_run("weights")));
}

TEST_F(StateFiles, what_has_a_second_name_or_is_a_folder_or_a_pipe_is_not_opened) {
  os::put_file(folder_ / "thesis.tex", "years");
  std::filesystem::permissions(folder_ / "thesis.tex", std::filesystem::perms(0600));
  std::filesystem::create_hard_link(folder_ / "thesis.tex", in_folder("weights-0"));
  std::filesystem::create_directory(in_folder("weights-1"));
  ASSERT_EQ(::mkfifo(in_folder("weights-2").c_str(), 0600), 0);
  for (const char* end : {"weights-0", "weights-1", "weights-2"}) {
    EXPECT_FALSE(open_state_file(in_folder(end), absolute(place_)).ok()) << end;
  }
  for (const char* end : {"weights-1", "weights-2"}) {
    remove_state_file(in_folder(end), absolute(place_));
    EXPECT_TRUE(os::exists(in_folder(end))) << end;
  }
}

TEST_F(StateFiles, a_file_of_another_user_is_neither_opened_nor_removed) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  os::put_file(in_folder("weights"), "x");
  ASSERT_EQ(::chown(in_folder("weights").c_str(), 65534, 65534), 0);
  EXPECT_FALSE(open_state_file(in_folder("weights"), absolute(place_)).ok());
  remove_state_file(in_folder("weights"), absolute(place_));
  EXPECT_TRUE(os::exists(in_folder("weights")));
}

TEST_F(StateFiles, a_list_of_two_states_is_not_read) {
  list(of_run("control"), {of_run("weights")});
  EXPECT_TRUE(read_list(place_).has_value());
  list(of_run("control"), {absolute(place_) + "/state-b-weights"});
  EXPECT_FALSE(read_list(place_).has_value());
  list(of_run("weights-0"), {of_run("weights")});
  EXPECT_FALSE(read_list(place_).has_value()) << "the first is to be a control page";
}

}  // namespace
}  // namespace forknet::run
