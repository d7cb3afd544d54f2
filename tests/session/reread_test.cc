// The config file of a run, edited while it trains: what is taken over, and what is refused.
#include "session/reread.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "os/temporary_folder.h"
#include "settings/schema.h"
#include "settings/write.h"

namespace forknet::run {
namespace {

constexpr const char* kGiven = R"([data]
train = { inputs = "a.gz", labels = "b.gz" }
[model]
layers = [ { type = "dense", units = 10 } ]
[optimizer]
lr = 0.5
[log]
every = 7
)";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

class Reread : public ::testing::Test {
 protected:
  Reread() {
    os::put_file(file_, kGiven);
    os::put_file(paths_.given_config(), kGiven);
    os::put_file(paths_.meta(), R"({"config":")" + file_ + "\"}");
    const Overrides overrides = {{}, {}, {"optimizer.lr=0.25", "train.batch=8"}};
    os::put_file(paths_.resolved_config(),
                 resolved_text(resolve_text(kGiven, "given.toml", overrides).value()));
  }
  std::string refusal(const std::string& text) {
    os::put_file(file_, text);
    const auto edited = reread_config(paths_);
    EXPECT_FALSE(edited.ok()) << text;
    if (edited.ok()) return "";
    EXPECT_EQ(edited.error().kind, ErrorKind::config);
    return edited.error().message;
  }

  os::TemporaryFolder folder_;
  const RunPaths paths_{folder_.path()};
  const std::string file_ = folder_ / "given.toml";
};

TEST_F(Reread, a_file_that_nobody_has_edited_changes_nothing_whatever_lies_on_top_of_it) {
  const auto edited = reread_config(paths_);
  ASSERT_TRUE(edited.ok()) << edited.error().message;
  EXPECT_TRUE(edited->settings.empty());
  EXPECT_EQ(edited->file, file_);
  os::put_file(file_, replaced(kGiven, "[log]", "# a remark\n[log]"));
  EXPECT_TRUE(reread_config(paths_)->settings.empty());
}

// How often models are averaged follows from the rate, once: at the start.
TEST_F(Reread, another_rate_is_no_other_way_of_averaging) {
  const std::string apart = std::string(kGiven) + "[grid]\nsync = \"average\"\nmodels = 4\n";
  os::put_file(paths_.given_config(), apart);
  os::put_file(file_, replaced(apart, "0.5", "0.125"));
  const auto edited = reread_config(paths_);
  ASSERT_TRUE(edited.ok()) << edited.error().message;
  ASSERT_EQ(edited->settings.size(), 1U);
  EXPECT_EQ(edited->settings[0].path, "optimizer.lr");
}

TEST_F(Reread, the_edited_settings_are_found) {
  os::put_file(file_, replaced(replaced(kGiven, "0.5", "0.125"), "every = 7", "every = 9") +
                          "[checkpoint]\nevery = 100\nkeep = 5\n");
  const auto edited = reread_config(paths_);
  ASSERT_TRUE(edited.ok()) << edited.error().message;
  std::vector<std::string> found;
  for (const Setting& setting : edited->settings) found.push_back(setting.path + setting.value);
  EXPECT_EQ(found, (std::vector<std::string>{"optimizer.lr0.125", "checkpoint.every100",
                                             "checkpoint.keep5", "log.every9"}));
  Config config;
  for (const Setting& setting : edited->settings) {
    take_setting(setting.path, edited->config, config);
  }
  EXPECT_EQ(config.optimizer.lr, 0.125);
  EXPECT_EQ(config.checkpoint.every.steps, 100);
  EXPECT_EQ(config.checkpoint.keep, 5);
  EXPECT_EQ(config.log.every, 9);
}

TEST_F(Reread, one_setting_that_cannot_change_refuses_them_all_and_is_named) {
  const std::string text = refusal(replaced(kGiven, "0.5", "0.125") + "[train]\nbatch = 32\n");
  EXPECT_NE(text.find("train.batch = 32 cannot change while the run trains; it was 128"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("given.toml:10"), std::string::npos) << text;
  EXPECT_NE(text.find("optimizer.lr, checkpoint.every, checkpoint.keep, log.every"),
            std::string::npos)
      << text;
}

TEST_F(Reread, a_bad_file_is_refused_with_its_place) {
  EXPECT_NE(refusal(replaced(kGiven, "0.5", "-1")).find("given.toml:6"), std::string::npos);
  EXPECT_NE(refusal(replaced(kGiven, "lr =", "rate =")).find("given.toml:6"), std::string::npos);
  EXPECT_NE(refusal("[optimizer").find("given.toml:1"), std::string::npos);
  EXPECT_NE(refusal(""), "");
}

TEST_F(Reread, a_file_that_is_gone_or_is_no_file_is_refused) {
  std::filesystem::remove(file_);
  EXPECT_NE(reread_config(paths_).error().message.find(file_), std::string::npos);
  std::filesystem::create_directory(file_);
  EXPECT_NE(reread_config(paths_).error().message.find("is missing or not a file"),
            std::string::npos);
  os::put_file(paths_.meta(), "{}");
  EXPECT_NE(reread_config(paths_).error().message.find("not started from a config file"),
            std::string::npos);
}

TEST_F(Reread, what_is_stored_is_what_a_resume_begins_with_and_says_who_changed_it) {
  ASSERT_TRUE(store_settings(paths_, {{"log.every", "9", ""}}, "reload").ok());
  const std::string text = os::get_file(paths_.resolved_config());
  const Resolved stored = resolve_text(text, "stored", {}).value();
  EXPECT_EQ(stored.config.log.every, 9);
  EXPECT_EQ(stored.config.optimizer.lr, 0.25);
  EXPECT_NE(text.find("every = 9"), std::string::npos);
  EXPECT_NE(text.find("# reload"), std::string::npos);
  EXPECT_NE(text.find("# --set"), std::string::npos) << "the sources of the others stay";
  EXPECT_FALSE(store_settings(paths_, {{"train.batch", "9", ""}}, "reload").ok());
  EXPECT_EQ(os::get_file(paths_.resolved_config()), text);
}

}  // namespace
}  // namespace forknet::run
