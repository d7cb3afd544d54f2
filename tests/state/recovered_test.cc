// What is found of a run whose processes are dead.
#include "state/recovered.h"

#include <fmt/format.h>

#include <functional>
#include <tuple>

#include "base/version.h"
#include "failpoints.h"
#include "os/file.h"
#include "os/forked_child.h"
#include "state/states.h"

namespace forknet::run {
namespace {

class RecoveredTest : public StateFixture {
 protected:
  Result<std::optional<Recovered>> recover() {
    notes_.clear();
    return recover_state(place_, [this](const StateLoss& loss) { notes_.push_back(loss.why); });
  }
  // Nothing is found, and why that is was said.
  void lost(const std::string& why) {
    const auto found = recover();
    ASSERT_TRUE(found.ok()) << why << ": " << found.error().message;
    EXPECT_FALSE(found->has_value()) << why;
    EXPECT_EQ(notes_, std::vector<std::string>{why});
  }
  void change_list(const std::function<void(StateList&)>& change) const {
    StateList list = read_list(place_).value();
    change(list);
    ASSERT_TRUE(write_list(place_, list).ok());
  }
  void expect_weights(const Recovered& recovered) const {
    auto weights = store::Weights<float>::create(plan_.numbers, 2).value();
    const Status read = read_weights(recovered, plan_, weights);
    ASSERT_TRUE(read.ok()) << read.error().message;
    for (std::size_t i = 0; i < plan_.numbers; ++i) {
      ASSERT_EQ(weights.parameters()[i], number_of(0, i)) << i;
      ASSERT_EQ(weights.moment(0)[i], number_of(1, i)) << i;
      ASSERT_EQ(weights.moment(1)[i], number_of(2, i)) << i;
    }
  }

  std::vector<std::string> notes_;
};

TEST_F(RecoveredTest, a_run_that_left_no_list_left_nothing) {
  const auto found = recover();
  ASSERT_TRUE(found.ok());
  EXPECT_FALSE(found->has_value());
  EXPECT_TRUE(notes_.empty());
}

TEST_F(RecoveredTest, the_last_committed_step_is_found) {
  (void)kept(shape(), 9, 4);
  const auto found = recover();
  ASSERT_TRUE(found.ok() && found->has_value());
  const Recovered& recovered = **found;
  EXPECT_TRUE(notes_.empty());
  EXPECT_EQ(recovered.committed, 9U);
  EXPECT_EQ(recovered.progress.step, 4U);
  EXPECT_EQ(recovered.progress.epoch.loss, 0.1 + 0.2);
  EXPECT_EQ(recovered.progress.best, 5e-324);
  ASSERT_EQ(recovered.figures.size(), 5U);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(recovered.figures[i].loss, 0.1 * static_cast<double>(4 + i));
    EXPECT_EQ(recovered.figures[i].correct, 5 + i);
    EXPECT_EQ(recovered.figures[i].rows, 32U);
  }
  EXPECT_EQ(recovered.weights, shape().weights);
  EXPECT_EQ(recovered.list.control, read_list(place_)->control);
}

TEST_F(RecoveredTest, weights_are_those_of_the_last_step_whatever_was_begun_since) {
  for (const std::uint64_t committed : {4U, 5U, 6U}) {
    (void)kept(shape(), committed, 4);
    const auto found = recover();
    ASSERT_TRUE(found.ok() && found->has_value());
    EXPECT_EQ((*found)->committed, committed);
    EXPECT_EQ((*found)->figures.size(), committed - 4);
    expect_weights(**found);
  }
}

TEST_F(RecoveredTest, weights_of_cells_are_put_together) {
  for (const std::uint64_t committed : {4U, 5U}) {
    (void)kept(shape(Where::own_of_cells, 2, 2), committed, 4);
    const auto found = recover();
    ASSERT_TRUE(found.ok() && found->has_value());
    EXPECT_EQ((*found)->list.weights.size(), 4U);
    expect_weights(**found);
  }
}

TEST_F(RecoveredTest, as_many_steps_as_figures_are_kept_may_lie_behind_the_progress) {
  (void)kept(shape(), 3 + kFigures, 3);
  const auto found = recover();
  ASSERT_TRUE(found.ok() && found->has_value());
  ASSERT_EQ((*found)->figures.size(), kFigures);
  EXPECT_EQ((*found)->figures.front().correct, 4U);
  EXPECT_EQ((*found)->figures.back().correct, 3 + kFigures);
  (void)kept(shape(), 4 + kFigures, 3);
  lost("it is damaged");
}

TEST_F(RecoveredTest, weights_of_another_model_are_refused) {
  (void)kept(shape(), 5, 4);
  const auto found = recover();
  ASSERT_TRUE(found.ok() && found->has_value());
  auto doubles = store::Weights<double>::create(plan_.numbers, 2).value();
  auto one_moment = store::Weights<float>::create(plan_.numbers, 1).value();
  const nn::ModelPlan other = plan_of(40, 9);
  auto others = store::Weights<float>::create(other.numbers, 2).value();
  for (const Status& refused :
       {read_weights(**found, plan_, doubles), read_weights(**found, plan_, one_moment),
        read_weights(**found, other, others)}) {
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().kind, ErrorKind::data);
    EXPECT_TRUE(refused.error().message.ends_with("holds the state of another model"));
  }
}

TEST_F(RecoveredTest, a_state_of_another_start_or_version_is_lost) {
  (void)kept(shape(), 5, 4);
  change_list([](StateList& list) { list.version = "0.0.1"; });
  lost("it is of version 0.0.1");
  change_list([](StateList& list) { list.boot = "another"; });
  lost("the machine was restarted");
  change_list([](StateList& list) {
    list.boot = os::boot_id();
    list.version = kVersion;
  });
  EXPECT_TRUE(recover()->has_value());
}

TEST_F(RecoveredTest, a_state_whose_list_is_gone_or_damaged_is_found_by_its_files) {
  for (const auto& [where, stages, replicas] : {std::tuple{Where::shared, 1U, 1U},
                                                {Where::shared, 2U, 2U},
                                                {Where::own_of_cells, 2U, 2U}}) {
    for (const char* text : {"", "{", "{}", "-"}) {
      (void)kept(shape(where, stages, replicas), 9, 4);
      const StateList whole = read_list(place_).value();
      std::filesystem::remove(place_.list());
      if (*text != '-') os::put_file(place_.list(), text);
      const auto found = recover();
      ASSERT_TRUE(found.ok() && found->has_value()) << text;
      EXPECT_EQ((*found)->committed, 9U);
      EXPECT_NE((*found)->list_fault, "");
      EXPECT_EQ((*found)->list.paths(), whole.paths());
      EXPECT_EQ((*found)->list.slices, whole.slices);
      EXPECT_EQ(committed_in(place_), 9U);
      expect_weights(**found);
    }
  }
}

TEST_F(RecoveredTest, without_a_list_the_newest_state_that_was_kept_is_found) {
  (void)kept(shape(), 9, 4);
  {
    LiveState begun = in_files(shape());
    begun.control().prepare(20);
  }
  std::filesystem::remove(place_.list());
  const auto found = recover();
  ASSERT_TRUE(found.ok() && found->has_value());
  EXPECT_EQ((*found)->committed, 9U);
}

TEST_F(RecoveredTest, a_state_that_was_found_by_its_files_stays_until_another_is_kept) {
  (void)kept(shape(), 9, 4);
  std::filesystem::remove(place_.list());
  { const LiveState dead = in_files(shape()); }
  EXPECT_EQ(recover().value()->committed, 9U);
}

TEST_F(RecoveredTest, an_identity_of_another_run_costs_nothing) {
  (void)kept(shape(), 9, 4);
  const StatePlace other{folder_ / "other", StateIn::memory};
  ASSERT_TRUE(os::make_folder(other.folder, 0700).ok());
  ASSERT_TRUE(claim_identity(other.folder).ok());
  const auto files_before = files();
  os::put_file(identity_path(place_.folder), os::get_file(identity_path(other.folder)));
  EXPECT_EQ(recover().value()->committed, 9U);
  LiveState next = in_files(shape());
  ASSERT_TRUE(next.keep().ok());
  for (const std::string& path : files_before) EXPECT_FALSE(os::exists(path)) << path;
  next.remove();
}

// Not what the files hold: the system cannot open them just now.
TEST_F(RecoveredTest, trouble_of_the_system_is_an_error_and_costs_no_state) {
  (void)kept(shape(), 9, 4);
  const auto before = files();
  for (const char* call : {"state/open", "file/open"}) {
    for (const char* error : {"EMFILE", "EIO", "ENOMEM", "EACCES"}) {
      for (int hit = 1; hit <= 5; ++hit) {
        const int result = os::in_child([&] {
          const auto what = fmt::format("{}:{}:error={}", call, hit, error);
          if (!set_failpoints(what).empty()) return 3;
          const auto found = recover();
          if (!found.ok()) return found.error().kind == ErrorKind::internal ? 0 : 2;
          return found->has_value() ? 0 : 1;
        });
        EXPECT_EQ(result, 0) << call << " " << hit << " " << error;
      }
    }
  }
  EXPECT_EQ(files(), before);
  EXPECT_EQ(recover().value()->committed, 9U);
}

TEST_F(RecoveredTest, a_state_with_a_missing_file_is_lost) {
  (void)kept(shape(Where::own_of_cells, 2, 1), 5, 4);
  const auto list = read_list(place_);
  std::filesystem::remove(list->weights[1]);
  lost(list->weights[1] + " is gone");
  std::filesystem::remove(list->control);
  lost("it was removed from memory");
}

TEST_F(RecoveredTest, a_control_file_that_is_cut_short_is_lost) {
  (void)kept(shape(), 5, 4);
  const std::string control = read_list(place_)->control;
  for (const std::size_t bytes : {sizeof(ControlPage) - 1, sizeof(StateHead), std::size_t{0}}) {
    std::filesystem::resize_file(control, bytes);
    lost("it is cut short");
  }
}

TEST_F(RecoveredTest, a_control_file_that_others_can_read_is_lost) {
  (void)kept(shape(), 5, 4);
  const std::string control = read_list(place_)->control;
  std::filesystem::permissions(control, std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  lost(control + ": is not this user's own private file");
}

TEST_F(RecoveredTest, a_state_without_progress_is_lost) {
  LiveState live = in_files(shape());
  live.control().prepare(0);
  ASSERT_TRUE(live.keep().ok());
  { const LiveState dead = std::move(live); }
  lost("it holds no progress");
}

TEST_F(RecoveredTest, a_state_whose_head_was_not_written_is_lost) {
  (void)kept(shape(), 5, 4);
  auto fd = os::open_reserved(read_list(place_)->control).value();
  auto memory = os::Mapping::of(std::move(fd), os::Mapping::Access::write).value();
  page_of(memory.writable()).head.magic = 0;
  lost("it was never finished, or is damaged");
}

TEST_F(RecoveredTest, progress_that_is_ahead_of_the_last_step_is_damage) {
  {
    LiveState live = kept(shape(), 5, 4);
    live.control().prepare(3);
  }
  lost("it is damaged");
}

// In a child: who believes such a head may not come back.
TEST_F(RecoveredTest, a_head_that_is_damaged_costs_the_state_and_not_the_program) {
  for (const std::uint64_t versions : {0U, 3U}) {
    (void)kept(shape(), 5, 4);
    auto fd = os::open_reserved(read_list(place_)->control).value();
    auto memory = os::Mapping::of(std::move(fd), os::Mapping::Access::write).value();
    page_of(memory.writable()).head.weights.versions = versions;
    memory = {};
    os::ForkedChild child([&] {
      const auto found = recover();
      if (!found.ok() || !found->has_value()) return 0;
      auto weights = store::Weights<float>::create(plan_.numbers, 2).value();
      return read_weights(**found, plan_, weights).ok() ? 1 : 0;
    });
    EXPECT_EQ(child.wait(), 0) << versions;
  }
}

// A copy of the folder, made while the run is dead: the state is the run's.
TEST_F(RecoveredTest, a_copy_of_a_run_leaves_the_state_to_the_run) {
  (void)kept(shape(), 5, 4);
  const StatePlace copy{folder_ / "copy", StateIn::memory};
  ASSERT_TRUE(os::make_folder(copy.folder, 0700).ok());
  std::filesystem::copy(place_.list(), copy.list());
  const auto found = recover_state(copy, [](const StateLoss&) {});
  EXPECT_TRUE(!found.ok() || !found->has_value());
  remove_state(copy);
  EXPECT_TRUE(recover()->has_value());
}

}  // namespace
}  // namespace forknet::run
