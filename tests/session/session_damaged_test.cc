// Whatever happened to what a killed run left, it goes on, to the undisturbed digest.
#include <gtest/gtest.h>
#include <signal.h>

#include "damage.h"
#include "failpoints.h"
#include "os/file.h"
#include "os/mapping.h"
#include "os/reserved_file.h"
#include "session/meta.h"
#include "sessions.h"
#include "state/live_state.h"

namespace forknet::run {
namespace {

class DamagedSession : public SessionFixture {
 protected:
  std::string killed(const Config& config) { return killed_at(config, 9); }
  std::string digest() { return start(config(), watching()).result->weights_digest; }
  // Changes memory as another process would that maps the file.
  template <class Change>
  static void change(const std::string& path, Change change_bytes) {
    auto fd = os::open_reserved(path).value();
    auto memory = os::Mapping::of(std::move(fd), os::Mapping::Access::write).value();
    change_bytes(memory.writable());
  }

 private:
};

TEST_F(DamagedSession, in_one_process_goes_on) {
  Config threads = config();
  threads.grid.threads = 2;
  const LeftBehind left(killed(threads));
  survives_all_damage(left, digest(), 1);
}

TEST_F(DamagedSession, of_cells_behind_pipes_goes_on) {
  Config pipes = config();
  pipes.grid.stages = 2;
  pipes.grid.replicas = 2;
  pipes.grid.channel = "pipe";
  const LeftBehind left(killed(pipes));
  survives_all_damage(left, digest(), 1);
}

TEST_F(DamagedSession, whose_state_lies_in_the_folder_goes_on) {
  Config in_folder = config();
  in_folder.run.state = StateIn::folder;
  const LeftBehind left(killed(in_folder));
  survives_all_damage(left, digest(), 1);
}

TEST_F(DamagedSession, says_what_is_wrong_and_what_that_costs) {
  const std::string whole = digest();
  const LeftBehind left(killed(config()));
  const std::string weights = left.files().front();
  left.restore();
  std::filesystem::resize_file(weights, 100);
  EXPECT_EQ(resume(left.folder()).result->weights_digest, whole);
  EXPECT_TRUE(noted("the state of the last step cannot be used (" + weights + ": holds 100 bytes"));
  EXPECT_TRUE(noted("the run continues from the checkpoint at step 6; 3 steps are trained again"));
  left.restore();
  os::put_file(StatePlace{left.folder()}.list(), "{");
  EXPECT_EQ(resume(left.folder()).result->weights_digest, whole);
  EXPECT_TRUE(noted("state.json: is not JSON); the state was found by its files"));
  left.restore();
  std::filesystem::remove_all(RunPaths{left.folder()}.checkpoints());
  std::filesystem::remove(weights);
  EXPECT_EQ(resume(left.folder()).result->weights_digest, whole);
  EXPECT_TRUE(noted("the run starts again; 9 steps are trained again"));
}

TEST_F(DamagedSession, whose_settings_were_edited_is_refused_and_named) {
  const std::string whole = digest();
  const LeftBehind left(killed(config()));
  const os::FilePath config_file = RunPaths{left.folder()}.resolved_config();
  const std::string text = os::get_file(config_file);
  const auto refusal = [&](const std::string& changed) {
    left.restore();
    os::put_file(config_file, changed);
    const auto refused = resume_session(RunPaths{left.folder()}, {}, watching());
    EXPECT_FALSE(refused.ok()) << changed;
    return refused.ok() ? Error{} : refused.error();
  };
  std::string edited = text;
  edited.replace(edited.find("seed = "), 8, "seed = 9");
  for (const std::string& changed :
       {edited, text + "\n", text.substr(0, text.find("[log]")), std::string()}) {
    const Error error = refusal(changed);
    EXPECT_EQ(error.kind, ErrorKind::config);
    EXPECT_EQ(error.message.find(config_file.text() + ": is not the file that forknet wrote"), 0U);
    EXPECT_NE(error.message.find("--set KEY=VALUE"), std::string::npos);
    EXPECT_NE(error.message.find("the weights of step 6 are whole"), std::string::npos);
  }
  left.restore();
  Overrides longer;
  longer.sets = {"log.every=5"};
  EXPECT_EQ(resume(left.folder(), longer).result->weights_digest, whole);
  EXPECT_TRUE(resume(left.folder()).was_finished) << "what --set changed is believed";
}

TEST_F(DamagedSession, of_before_settings_had_a_digest_goes_on) {
  const std::string whole = digest();
  const LeftBehind left(killed(config()));
  const os::FilePath meta = RunPaths{left.folder()}.meta();
  os::put_file(meta, with_config_digests(os::get_file(meta), {}));
  EXPECT_EQ(resume(left.folder()).result->weights_digest, whole);
  EXPECT_EQ(config_digests(os::get_file(meta)).size(), 1U) << "from now on it has one";
}

TEST_F(DamagedSession, that_dies_while_settings_are_replaced_goes_on) {
  const std::string whole = digest();
  const LeftBehind left(killed(config()));
  for (const char* place : {"config/announced", "config/written"}) {
    left.restore();
    os::ForkedChild child([&] {
      if (!set_failpoints(std::string(place) + ":1:kill").empty()) return 2;
      Overrides longer;
      longer.sets = {"log.every=5"};
      (void)resume_session(RunPaths{left.folder()}, longer, {});
      return 1;
    });
    EXPECT_EQ(child.wait(), -SIGKILL) << place;
    EXPECT_EQ(resume(left.folder()).result->weights_digest, whole) << place;
  }
}

TEST_F(DamagedSession, whose_meta_json_is_damaged_says_so_and_what_still_works) {
  const LeftBehind left(killed(config()));
  const os::FilePath meta = RunPaths{left.folder()}.meta();
  for (const auto& [text, why] : {std::pair{"", "the file is empty"},
                                  {"{", "this is not JSON"},
                                  {"{}", "the digest of the training data is missing"},
                                  {"-", "the file is missing"}}) {
    left.restore();
    std::filesystem::remove(meta.text());
    if (*text != '-') os::put_file(meta, text);
    const auto refused = resume_session(RunPaths{left.folder()}, {}, watching());
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().kind, ErrorKind::data);
    EXPECT_EQ(refused.error().message.find(meta.text() + ": is damaged: " + why), 0U);
    EXPECT_NE(refused.error().message.find("step-6.safetensors"), std::string::npos);
  }
}

// Each number of the committed version, and the commit itself; memory that changes by itself leaves
// no trace in the file's times.
TEST_F(DamagedSession, notices_every_altered_number_of_what_the_last_step_wrote) {
  const LeftBehind left(killed(config()));
  const auto list = read_list({left.folder()}).value();
  std::printf("FORKNET_TEST_SEED=%llu\n", static_cast<unsigned long long>(test_seed()));
  Draws draw(test_seed());
  const auto control = os::get_file(list.control);
  const auto& head = reinterpret_cast<const ControlPage*>(control.data())->head;
  const auto& layout = head.weights;
  for (std::size_t time = 0; time < test_cases(20); ++time) {
    left.restore();
    change(list.weights.front(), [&](std::span<std::byte> bytes) {
      const std::size_t region =
          9 % 2 * (layout.moments + 1) + drawn_below(draw, layout.moments + 1);
      const std::size_t at =
          region * layout.stride_bytes() + drawn_below(draw, layout.numbers * layout.number_bytes);
      bytes[at] ^= static_cast<std::byte>(1U << drawn_below(draw, 8));
    });
    Origin origin;
    SessionOptions options = watching();
    options.on_start = [&](auto&&, auto&&, const Origin& found) { origin = found; };
    (void)resume(left.folder(), options);
    EXPECT_FALSE(origin.committed);
    EXPECT_TRUE(noted("its weights are not those that the last step wrote"));
  }
  for (const std::uint64_t steps : {0ULL, 7ULL, 8ULL, 10ULL, 500ULL, ~0ULL >> 1}) {
    left.restore();
    change(list.control, [&](std::span<std::byte> bytes) { page_of(bytes).control.begin(steps); });
    SessionOptions options = watching();
    (void)resume(left.folder(), options);
    EXPECT_TRUE(noted("the state of the last step cannot be used") || steps == 8) << steps;
  }
}

}  // namespace
}  // namespace forknet::run
