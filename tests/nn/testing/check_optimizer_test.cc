#include <forknet/optimizer.h>
#include <forknet/testing.h>
#include <gtest/gtest.h>

#include "own_optimizer.h"

namespace forknet {
namespace {

// The rules of three faults.
class WithoutFault : public OptimizerKind {
 public:
  void constants(double lr, std::uint64_t /*step*/, const Settings& /*settings*/,
                 OptimizerConstants out) const override {
    out[0] = lr;
  }
  void apply(const OptimizerNumbers<float>& numbers) const override { each(numbers); }
  void apply(const OptimizerNumbers<double>& numbers) const override { each(numbers); }

 protected:
  virtual double extra(std::size_t i, std::size_t count, double gradient) const = 0;

 private:
  template <class T>
  void each(const OptimizerNumbers<T>& numbers) const {
    for (std::size_t i = 0; i < numbers.count; ++i) {
      const T gradient = numbers.gradients[i];
      numbers.next[i] = numbers.weights[i] - numbers.constants[0] * gradient +
                        static_cast<T>(extra(i, numbers.count, static_cast<double>(gradient)));
    }
  }
};

struct Neighbourly final : WithoutFault {
  std::string_view name() const override { return "neighbourly"; }
  double extra(std::size_t i, std::size_t count, double) const override {
    return i + 1 < count ? 0.125 : 0.0;
  }
};
struct Drifting final : WithoutFault {
  std::string_view name() const override { return "drifting"; }
  double extra(std::size_t, std::size_t, double) const override { return 0.125; }
};
// Reads the precision of the run.
struct Rough final : WithoutFault {
  std::string_view name() const override { return "rough"; }
  double extra(std::size_t, std::size_t, double gradient) const override {
    const bool single = static_cast<double>(static_cast<float>(gradient)) == gradient;
    return single && gradient != 0 ? 1e-3 : 0.0;
  }
};

// Before main: the list is closed by the first who reads it.
const bool kRegistered = register_optimizer(std::make_unique<Neighbourly>()).ok() &&
                         register_optimizer(std::make_unique<Drifting>()).ok() &&
                         register_optimizer(std::make_unique<Rough>()).ok();

std::string checked(const std::string& name, const Settings& settings = {}) {
  const Status status = check_optimizer(name, settings);
  return status.ok() ? "" : status.error().message;
}

TEST(CheckOptimizer, holds_for_the_optimizers_of_forknet) {
  EXPECT_EQ(checked("sgd"), "");
  EXPECT_EQ(checked("sgd", {{"weight_decay", 0.01}}), "");
  EXPECT_EQ(checked("momentum"), "");
  EXPECT_EQ(checked("momentum", {{"momentum", 0.0}, {"weight_decay", 0.1}}), "");
  EXPECT_EQ(checked("adam"), "");
  EXPECT_EQ(checked("adam", {{"betas", std::vector<double>{0.5, 0.9}}, {"eps", 1e-3}}), "");
  EXPECT_EQ(checked("adam", {{"weight_decay", 0.01}}), "");
  for (const std::string name : {"nesterov", "adamw", "rmsprop", "adagrad", "lion"}) {
    EXPECT_EQ(checked(name), "");
    EXPECT_EQ(checked(name, {{"weight_decay", 0.1}}), "");
  }
  EXPECT_EQ(checked("nesterov", {{"momentum", 0.0}}), "");
  EXPECT_EQ(checked("adamw", {{"betas", std::vector<double>{0.5, 0.9}}, {"eps", 1e-3}}), "");
  EXPECT_EQ(checked("rmsprop", {{"alpha", 0.5}, {"eps", 1e-3}}), "");
  EXPECT_EQ(checked("adagrad", {{"eps", 1e-10}}), "");
  EXPECT_EQ(checked("lion", {{"betas", std::vector<double>{0.9, 0.99}}}), "");
}

TEST(CheckOptimizer, finds_a_rule_that_reads_its_neighbours) {
  ASSERT_TRUE(kRegistered);
  EXPECT_NE(checked("neighbourly").find("by its own rule"), std::string::npos);
}

TEST(CheckOptimizer, finds_padding_that_changes) {
  EXPECT_NE(checked("drifting").find("zero weights"), std::string::npos) << checked("drifting");
}

TEST(CheckOptimizer, finds_a_rule_that_is_another_in_single_precision) {
  EXPECT_NE(checked("rough").find("eight steps"), std::string::npos) << checked("rough");
}

TEST(CheckOptimizer, says_which_name_was_meant) {
  EXPECT_EQ(checked("adma"), "there is no optimizer \"adma\"\n  did you mean \"adam\"?");
  EXPECT_EQ(checked("adam", {{"beta", 0.5}}),
            "optimizer \"adam\" has no setting \"beta\"\n  did you mean \"betas\"?");
}

}  // namespace
}  // namespace forknet
