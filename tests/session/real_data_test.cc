// Training on the real MNIST, where it is: FORKNET_TEST_DATA names the folder that holds mnist/.
#include <gtest/gtest.h>

#include <cstdlib>

#include "small_runs.h"

namespace forknet::run {
namespace {

class RealData : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* const folder = std::getenv("FORKNET_TEST_DATA");
    if (folder == nullptr) {
      GTEST_SKIP() << "FORKNET_TEST_DATA names no folder with real data (mnist/)";
    }
    const std::string mnist = std::string(folder) + "/mnist/";
    if (!std::filesystem::exists(mnist)) GTEST_SKIP() << mnist << " is not there";
    config_.data.train.inputs = mnist + "train-images-idx3-ubyte.gz";
    config_.data.train.labels = mnist + "train-labels-idx1-ubyte.gz";
    config_.data.test.inputs = mnist + "t10k-images-idx3-ubyte.gz";
    config_.data.test.labels = mnist + "t10k-labels-idx1-ubyte.gz";
    config_.model.layers = {dense(64, "relu"), dense(32, "relu"), dense(16, "relu"), dense(10)};
    config_.optimizer.type = OptimizerType::momentum;
    config_.optimizer.lr = 0.1;
    config_.train.batch = 192;
    config_.train.epochs = 1;
  }
  Config config_;
};

TEST_F(RealData, one_epoch_of_mnist_reads_93_of_100_digits) {
  const Prepared prepared = std::move(prepare(config_)).value();
  EXPECT_EQ(prepared.data.train.size(), 60000U);
  const auto result = train_prepared(prepared, {}, nullptr, {});
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result->steps, 313U);
  EXPECT_EQ(result->test->rows, 10000U);
  EXPECT_GT(*result->test->accuracy, 0.93);
}

TEST_F(RealData, steps_on_mnist_give_the_same_bits_on_every_target) {
  config_.train.max_steps = 30;
  config_.data.test = {};
  Prepared prepared = std::move(prepare(config_)).value();
  prepared.target = math::Target::reference;
  const auto reference = train_prepared(prepared, {}, nullptr, {});
  ASSERT_TRUE(reference.ok()) << reference.error().message;
  for (const math::Target target : math::available_targets()) {
    if (target == math::Target::reference) continue;
    prepared.target = target;
    const auto result = train_prepared(prepared, {}, nullptr, {});
    ASSERT_TRUE(result.ok()) << result.error().message;
    EXPECT_EQ(result->weights_digest, reference->weights_digest) << math::target_name(target);
  }
}

}  // namespace
}  // namespace forknet::run
