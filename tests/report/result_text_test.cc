#include "report/result_text.h"

#include <forknet/forknet.h>
#include <gtest/gtest.h>

namespace forknet::report {
namespace {

TrainResult some_result() {
  Config config;
  config.model.layers = {dense(2)};
  config.data.format = "arrays";
  config.data.train.input_rows = {{0}, {1}};
  config.data.train.target_rows = {{0}, {1}};
  config.train.batch = 2;
  config.train.epochs = 1;
  TrainResult result = std::move(train(config)).value();
  result.steps = 2345;
  result.epochs = 5;
  result.train_seconds = 1.61;
  result.samples_per_second = 187000;
  result.train = {10, 0.02134, 0.9941, {}, {}, {}};
  result.weights_digest = "0123";
  return result;
}

TEST(ResultText, says_what_came_out_and_where_it_is) {
  TrainResult result = some_result();
  result.test = Evaluation{10, 0.0621, 0.981, {}, {}, {}};
  EXPECT_EQ(result_text("digits-1", "runs/digits-1", result),
            "finished run digits-1 (5 epochs, 2345 steps, 1.6 s of training, 187,000 samples/s)\n"
            "  train       loss 0.0213  accuracy 99.41 %\n"
            "  test        loss 0.0621  accuracy 98.10 %\n"
            "  weights     0123 (the same for every layout and CPU)\n"
            "  folder      runs/digits-1\n");
}

TEST(ResultText, a_stopped_run_says_how_to_go_on) {
  TrainResult result = some_result();
  result.state = TrainResult::State::stopped;
  const std::string text = result_text("digits-1", "runs/digits-1", result);
  EXPECT_TRUE(text.starts_with("stopped run digits-1"));
  EXPECT_NE(text.find("  continue    forknet train --resume digits-1\n"), std::string::npos)
      << text;
  const std::string elsewhere = result_text("digits-1", "/tmp/x/digits-1", result);
  EXPECT_NE(elsewhere.find("--resume /tmp/x/digits-1\n"), std::string::npos) << elsewhere;
}

TEST(ResultText, says_which_epoch_the_best_model_is_of) {
  TrainResult result = some_result();
  result.best = {"validation/loss", 0.25, 3, 1407};
  const std::string text = result_text("digits-1", "runs/digits-1", result);
  EXPECT_NE(text.find("  model       epoch 3 of 5, the best by validation/loss (0.2500)\n"),
            std::string::npos)
      << text;
}

TEST(ResultText, a_run_out_of_time_is_finished_and_says_how_to_go_on) {
  TrainResult result = some_result();
  result.out_of_time = true;
  const std::string text = result_text("digits-1", "runs/digits-1", result);
  EXPECT_TRUE(text.starts_with("finished run digits-1"));
  EXPECT_NE(text.find("  continue    forknet train --resume digits-1\n"), std::string::npos)
      << text;
}

TEST(ResultText, a_digest_of_models_that_train_apart_holds_for_their_number) {
  TrainResult result = some_result();
  result.grid.sync = Sync::average;
  result.grid.models = 3;
  const std::string text = result_text("a", "runs/a", result);
  EXPECT_NE(text.find("0123 (the same for 3 models in every layout and on every CPU)\n"),
            std::string::npos)
      << text;
}

TEST(ResultText, regression_has_errors) {
  EXPECT_EQ(evaluation_text({10, 0.25, {}, 0.5, 0.375, -0.125}),
            "loss 0.2500  rmse 0.5000  mae 0.3750  r2 -0.1250");
}

TEST(LayoutText, says_only_what_is_more_than_one) {
  GridConfig grid;
  EXPECT_EQ(layout_text(grid), "one cell");
  grid.threads = 2;
  EXPECT_EQ(layout_text(grid), "one cell of 2 threads");
  grid.replicas = 3;
  EXPECT_EQ(layout_text(grid), "3 replicas of 2 threads, in processes");
  grid.threads = 1;
  grid.host = Host::thread;
  EXPECT_EQ(layout_text(grid), "3 replicas");
  grid.stages = 2;
  grid.threads = GridConfig::kNeurons;
  grid.channel = "pipe";
  EXPECT_EQ(layout_text(grid), "2 stages x 3 replicas of one thread per neuron, behind pipes");
}

}  // namespace
}  // namespace forknet::report
