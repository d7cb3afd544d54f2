#include "nn/registered.h"

#include <forknet/optimizer.h>
#include <forknet/schedule.h>
#include <forknet/testing.h>
#include <gtest/gtest.h>

#include "nn/optimizer.h"
#include "nn/optimizers/list.h"
#include "nn/schedules/list.h"
#include "own_optimizer.h"

namespace forknet::nn {
namespace {

// An optimizer that only has a name and settings.
class Named final : public ElementwiseOptimizer<Named, 0> {
 public:
  explicit Named(std::string name, std::vector<SettingSpec> settings = {}, std::size_t states = 0)
      : name_(std::move(name)), settings_(std::move(settings)), states_(states) {}
  [[nodiscard]] std::string_view name() const override { return name_; }
  [[nodiscard]] std::vector<SettingSpec> settings() const override { return settings_; }
  [[nodiscard]] std::vector<std::string> state() const override {
    return std::vector<std::string>(states_, "s");
  }
  void constants(double, std::uint64_t, const Settings&, OptimizerConstants) const override {}
  template <class T>
  static T next(T weight, T /*gradient*/, T* /*state*/, const T* /*constants*/) {
    return weight;
  }

 private:
  std::string name_;
  std::vector<SettingSpec> settings_;
  std::size_t states_;
};

class Halving final : public ScheduleKind {
 public:
  [[nodiscard]] std::string_view name() const override { return "halving"; }
  [[nodiscard]] std::vector<SettingSpec> settings() const override {
    return {{"half_life", 10, "steps until the rate is half"}};
  }
  [[nodiscard]] double rate(double lr, std::uint64_t done, std::uint64_t /*planned*/,
                            const Settings& settings) const override {
    return lr / static_cast<double>(
                    1U << (done / static_cast<std::uint64_t>(settings.whole("half_life"))));
  }
};

std::string refused(std::unique_ptr<OptimizerKind> optimizer) {
  const Status status = register_optimizer(std::move(optimizer));
  return status.ok() ? "" : status.error().message;
}

// Before main: the lists are closed by the first who reads them.
struct RegisteredParts {
  std::string own = refused(std::make_unique<SignOfTrend>());
  std::string four = refused(std::make_unique<FourMeans>());
  std::string twice = refused(std::make_unique<SignOfTrend>());
  std::string built_in = refused(std::make_unique<Named>("adam"));
  std::string no_name = refused(std::make_unique<Named>("my optimizer"));
  std::string reserved =
      refused(std::make_unique<Named>("a", std::vector<SettingSpec>{{"lr", 0.1, "rate"}}));
  std::string other_default =
      refused(std::make_unique<Named>("b", std::vector<SettingSpec>{{"momentum", 0.5, "factor"}}));
  std::string of_schedule =
      refused(std::make_unique<Named>("c", std::vector<SettingSpec>{{"final_lr", 0.5, "rate"}}));
  std::string states = refused(std::make_unique<Named>("d", std::vector<SettingSpec>{}, 5));
  bool schedule = register_schedule(std::make_unique<Halving>()).ok();
  bool schedule_twice = register_schedule(std::make_unique<Halving>()).ok();
};
const RegisteredParts kRegisteredParts;

TEST(RegisteredParts, an_optimizer_of_the_program_stands_behind_those_of_forknet) {
  EXPECT_EQ(kRegisteredParts.own, "");
  EXPECT_EQ(kRegisteredParts.four, "");
  std::vector<std::string> names;
  for (const OptimizerPart& part : optimizers().all()) names.emplace_back(part.kind->name());
  ASSERT_GE(names.size(), 4U);
  EXPECT_EQ(names[0], "sgd");
  EXPECT_EQ(names[1], "momentum");
  EXPECT_EQ(names[2], "nesterov");
  EXPECT_NE(std::find(names.begin(), names.end(), "sign_of_trend"), names.end());
}

TEST(RegisteredParts, optimizers_of_the_program_are_checked_as_those_of_forknet) {
  const Status checked = check_optimizer("sign_of_trend", {{"memory", 0.5}});
  EXPECT_TRUE(checked.ok()) << checked.error().message;
  const Status four = check_optimizer("four_means");
  EXPECT_TRUE(four.ok()) << four.error().message;
}

TEST(RegisteredParts, an_optimizer_of_the_program_has_no_decay_where_there_is_none) {
  const Optimizer four({"four_means", 0.1, "constant", 0, {{"weight_decay", 0.5}}});
  EXPECT_TRUE(four.decays());
  EXPECT_EQ(four.rule<double>(0.1, 0, 1, math::Target::reference).decay, 0.5);
  EXPECT_EQ(four.undecayed_rule<double>(0.1, 0, 1, math::Target::reference).decay, 0.0);
  EXPECT_FALSE(Optimizer({"sign_of_trend", 0.1}).decays());
}

TEST(RegisteredParts, names_and_settings_that_collide_are_refused) {
  const std::string head = "optimizer \"";
  const std::string cannot = "\" cannot be registered: ";
  EXPECT_EQ(kRegisteredParts.twice, head + "sign_of_trend" + cannot + "the name is taken");
  EXPECT_EQ(kRegisteredParts.built_in, head + "adam" + cannot + "the name is taken");
  EXPECT_EQ(kRegisteredParts.no_name,
            head + "my optimizer" + cannot +
                "its name is not one of letters, digits and \"_\", at most 64");
  EXPECT_EQ(kRegisteredParts.reserved,
            head + "a" + cannot + "the name of its setting \"lr\" is reserved");
  EXPECT_EQ(
      kRegisteredParts.other_default,
      head + "b" + cannot + "its setting \"momentum\" has another type or default in \"momentum\"");
  EXPECT_EQ(
      kRegisteredParts.of_schedule,
      head + "c" + cannot + "its setting \"final_lr\" has another type or default in a schedule");
  EXPECT_EQ(kRegisteredParts.states,
            head + "d" + cannot + "it has 5 regions of state, at most 4 are possible");
}

TEST(RegisteredParts, a_schedule_of_the_program_sets_the_rate) {
  EXPECT_TRUE(kRegisteredParts.schedule);
  EXPECT_FALSE(kRegisteredParts.schedule_twice);
  OptimizerConfig config = sgd(0.8);
  config.schedule = "halving";
  config.settings.set("half_life", 3);
  const Optimizer optimizer(config);
  EXPECT_EQ(optimizer.learning_rate(2, 100), 0.8);
  EXPECT_EQ(optimizer.learning_rate(3, 100), 0.4);
  EXPECT_EQ(optimizer.learning_rate(8, 100), 0.2);
}

TEST(RegisteredParts, what_comes_after_the_lists_were_read_is_refused) {
  close_registration();
  EXPECT_NE(refused(std::make_unique<Named>("late")).find("too late"), std::string::npos);
  EXPECT_FALSE(register_schedule(std::make_unique<Halving>()).ok());
}

}  // namespace
}  // namespace forknet::nn
