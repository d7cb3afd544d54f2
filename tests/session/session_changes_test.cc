// What a resume may change, and what it refuses.
#include <gtest/gtest.h>

#include "data/idx_writer.h"
#include "sessions.h"

namespace forknet::run {
namespace {

using Session = SessionFixture;

Overrides epochs(const std::string& number) {
  Overrides overrides;
  overrides.flags.push_back({"--epochs", "train.epochs", number});
  return overrides;
}

Config constant_rate(Config config) {
  config.optimizer.schedule = "constant";
  return config;
}

TEST_F(Session, a_finished_run_goes_on_for_more_epochs) {
  Config longer = constant_rate(config());
  longer.train.epochs = 5;
  const SessionResult whole = start(longer, watching());
  const SessionResult part = start(constant_rate(config()), watching());
  const SessionResult rest = resume(part.folder, epochs("5"));
  EXPECT_EQ(rest.result->steps, 30U);
  EXPECT_EQ(rest.result->weights_digest, whole.result->weights_digest);
  EXPECT_EQ(history(part.folder), history(whole.folder));
}

TEST_F(Session, what_a_resume_has_changed_holds_for_the_next_one) {
  Config longer = constant_rate(config());
  longer.train.epochs = 5;
  const SessionResult whole = start(longer, watching());
  const SessionResult part = start(constant_rate(config()), watching());
  const std::string before = os::get_file(RunPaths{part.folder}.resolved_config());
  const SessionResult more = resume(part.folder, stopping_at(22), epochs("5"));
  EXPECT_EQ(more.result->state, TrainResult::State::stopped);
  const SessionResult rest = resume(part.folder);
  EXPECT_EQ(rest.result->steps, 30U);
  EXPECT_EQ(rest.result->weights_digest, whole.result->weights_digest);
  EXPECT_TRUE(resume(part.folder).was_finished);

  // One line of the stored config is another: the sources of the others stay.
  const std::string after = os::get_file(RunPaths{part.folder}.resolved_config());
  std::istringstream old_lines(before);
  std::istringstream new_lines(after);
  std::vector<std::string> changed;
  for (std::string a, b; std::getline(old_lines, a) && std::getline(new_lines, b);) {
    if (a != b) changed.push_back(b);
  }
  ASSERT_EQ(changed.size(), 1U);
  EXPECT_TRUE(changed[0].starts_with("epochs = 5")) << changed[0];
  EXPECT_TRUE(changed[0].ends_with("# --epochs")) << changed[0];
}

TEST_F(Session, more_epochs_without_any_checkpoint_begin_anew) {
  Config longer = constant_rate(config());
  longer.checkpoint.every = {Interval::Unit::off, 0};
  longer.train.epochs = 5;
  const SessionResult whole = start(longer, watching());
  longer.train.epochs = 3;
  const SessionResult part = start(longer, watching());
  const SessionResult rest = resume(part.folder, epochs("5"));
  EXPECT_EQ(rest.result->weights_digest, whole.result->weights_digest);
  EXPECT_EQ(history(part.folder), history(whole.folder));
}

TEST_F(Session, a_schedule_that_depends_on_the_epochs_is_warned_of) {
  const SessionResult part = start(config(), stopping_at(7));
  const SessionResult rest = resume(part.folder, epochs("4"));
  EXPECT_EQ(rest.result->steps, 24U);
  EXPECT_TRUE(noted("warning: the cosine schedule depends on train.epochs"));
}

TEST_F(Session, settings_that_make_another_run_are_refused) {
  const SessionResult part = start(config(), stopping_at(7));
  for (const char* change : {"train.batch=16", "optimizer.lr=0.5", "run.seed=9", "train.leaf=16",
                             "model.init=zeros", "numerics.precision=fp64"}) {
    Overrides overrides;
    overrides.sets.push_back(change);
    const auto refused = resume_session(RunPaths{part.folder}, overrides, watching());
    ASSERT_FALSE(refused.ok()) << change;
    EXPECT_EQ(refused.error().kind, ErrorKind::config) << change;
  }
  const SessionResult rest = resume(part.folder);
  EXPECT_EQ(rest.result->state, TrainResult::State::finished);
}

TEST_F(Session, settings_that_do_not_move_bits_may_change) {
  const SessionResult whole = start(config(), watching());
  const SessionResult part = start(config(), stopping_at(7));
  Overrides overrides;
  overrides.sets = {"log.every=100", "checkpoint.keep=1", "data.loader_threads=3"};
  const SessionResult rest = resume(part.folder, overrides);
  EXPECT_EQ(rest.result->weights_digest, whole.result->weights_digest);
}

class IdxData {
 public:
  IdxData(const os::TemporaryFolder& folder, std::uint8_t first)
      : inputs_(folder / "inputs.gz"), labels_(folder / "labels.gz") {
    std::vector<std::uint8_t> pixels(100 * 4);
    std::vector<std::uint8_t> classes(100);
    for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<std::uint8_t>(i * 7);
    for (std::size_t i = 0; i < classes.size(); ++i) classes[i] = static_cast<std::uint8_t>(i % 3);
    pixels[0] = first;
    write(inputs_, {100, 2, 2}, pixels);
    write(labels_, {100}, classes);
  }
  void name_in(Config& config) const {
    config.data.format = "idx";
    config.data.train = {};
    config.data.train.inputs = inputs_;
    config.data.train.labels = labels_;
  }

 private:
  static void write(const std::string& path, const std::vector<std::uint32_t>& sizes,
                    const std::vector<std::uint8_t>& bytes) {
    auto writer = data::IdxWriter::create(path, sizes).value();
    EXPECT_TRUE(writer.append(bytes).ok());
    EXPECT_TRUE(writer.finish().ok());
    EXPECT_TRUE(writer.commit().ok());
  }
  std::string inputs_;
  std::string labels_;
};

// By other names, by links, from elsewhere: what counts is what is in it.
TEST_F(Session, the_same_data_by_other_names_is_gone_on_with) {
  Config settings = config();
  const IdxData data(folder_, 1);
  data.name_in(settings);
  const SessionResult whole = start(settings, watching());
  const SessionResult part = start(settings, stopping_at(2));
  std::filesystem::create_directory(folder_ / "new");
  for (const char* name : {"inputs.gz", "labels.gz"}) {
    std::filesystem::rename(folder_ / name, folder_ / "new/" + name);
  }
  ASSERT_FALSE(resume_session(RunPaths{part.folder}, {}, watching()).ok());
  Overrides overrides;
  for (const char* name : {"inputs", "labels"}) {
    overrides.sets.push_back("data.train." + std::string(name) + "=" + (folder_ / "new/") + name +
                             ".gz");
  }
  const SessionResult again = resume(part.folder, stopping_at(4), overrides);
  EXPECT_EQ(again.result->steps, 4U);
  EXPECT_EQ(resume(part.folder).result->weights_digest, whole.result->weights_digest)
      << "the new names are stored";
}

TEST_F(Session, other_data_by_other_names_and_other_kinds_of_data_are_refused) {
  Config settings = config();
  IdxData(folder_, 1).name_in(settings);
  const SessionResult part = start(settings, stopping_at(2));
  const os::TemporaryFolder elsewhere;
  const IdxData other(elsewhere, 2);
  Overrides overrides;
  for (const char* name : {"inputs", "labels"}) {
    overrides.sets.push_back("data.train." + std::string(name) + "=" + (elsewhere / name) + ".gz");
  }
  const auto refused = resume_session(RunPaths{part.folder}, overrides, watching());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::data);
  for (const char* change : {"data.validation=0.4", "data.test=0.1"}) {
    const auto share = resume_session(
        RunPaths{part.folder}, {.environment = {}, .flags = {}, .sets = {change}}, watching());
    ASSERT_FALSE(share.ok()) << change;
    EXPECT_EQ(share.error().kind, ErrorKind::config) << change;
  }
}

TEST_F(Session, other_data_is_refused) {
  Config settings = config();
  IdxData(folder_, 1).name_in(settings);
  const SessionResult part = start(settings, stopping_at(2));
  const IdxData other(folder_, 2);
  const auto refused = resume_session(RunPaths{part.folder}, {}, watching());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::data);
  EXPECT_NE(refused.error().message.find("inputs.gz: the train data is not the same"),
            std::string::npos)
      << refused.error().message;
  const IdxData same(folder_, 1);
  EXPECT_EQ(resume(part.folder).result->state, TrainResult::State::finished);
}

TEST_F(Session, fewer_steps_than_are_done_are_refused_and_change_nothing) {
  const SessionResult part = start(config(), stopping_at(9));
  const std::string stored = os::get_file(RunPaths{part.folder}.resolved_config());
  for (const char* set : {"train.epochs=1", "train.max_steps=8"}) {
    const auto refused = resume_session(RunPaths{part.folder}, {{}, {}, {set}}, watching());
    ASSERT_FALSE(refused.ok()) << set;
    EXPECT_EQ(refused.error().kind, ErrorKind::config);
    EXPECT_NE(refused.error().message.find("9 steps (1 epochs) are done already"),
              std::string::npos)
        << refused.error().message;
  }
  EXPECT_EQ(os::get_file(RunPaths{part.folder}.resolved_config()), stored);
  const SessionResult end = resume(part.folder, {{}, {}, {"train.max_steps=9"}});
  EXPECT_EQ(end.result->state, TrainResult::State::finished);
  EXPECT_EQ(end.result->steps, 9U);
}

TEST_F(Session, a_finished_run_that_is_asked_for_less_is_left_as_it_is) {
  const SessionResult whole = start(config(), watching());
  const SessionResult again = resume(whole.folder, {{}, {}, {"train.epochs=1"}});
  EXPECT_TRUE(again.was_finished);
  EXPECT_TRUE(notes_.empty()) << "nothing changes: " << notes_.front();
}

TEST_F(Session, a_schedule_that_follows_the_length_is_told_with_both_rates) {
  Config settings = config();
  settings.optimizer.schedule = "cosine";
  settings.optimizer.settings.set("decay_steps", 0);
  settings.optimizer.warmup_steps = 0;
  settings.optimizer.lr = 0.01;
  settings.optimizer.settings.set("final_lr", 0.0);
  const SessionResult part = start(settings, stopping_at(9));
  (void)resume(part.folder, {{}, {}, {"train.epochs=6"}});
  // Half of 18 steps, a quarter of 36.
  EXPECT_TRUE(
      noted("the learning rate continues with 0.008536 after step 9; it would have been 0.005"))
      << notes_.back();
  Config warming = settings;
  warming.optimizer.warmup_steps = 10;
  const SessionResult cold = start(warming, stopping_at(4));
  (void)resume(cold.folder, {{}, {}, {"train.epochs=6"}});
  EXPECT_TRUE(noted("the learning rate continues with 0.005 after step 4, as before"));
  const SessionResult same = start(settings, stopping_at(9));
  (void)resume(same.folder);
  EXPECT_FALSE(noted("learning rate"));
}

}  // namespace
}  // namespace forknet::run
