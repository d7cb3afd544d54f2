#include "train/summary.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "os/temporary_folder.h"
#include "small_runs.h"

namespace forknet::run {
namespace {

TEST(Summary, has_every_key_that_scripts_rely_on) {
  Config config = small_config();
  const TrainResult result = trained(config);
  const std::string text = summary_json("small-1", result);
  EXPECT_EQ(text.find('\n'), std::string::npos);
  const auto summary = nlohmann::ordered_json::parse(text);
  std::vector<std::string> keys;
  for (const auto& [key, value] : summary.items()) keys.push_back(key);
  EXPECT_EQ(keys,
            (std::vector<std::string>{"run", "state", "steps", "epochs", "train", "validation",
                                      "test", "wall_seconds", "train_seconds", "samples_per_second",
                                      "weights_digest", "model_digest", "layout", "faults",
                                      "parameters", "constant_loss", "worse_than_constant"}));
  EXPECT_EQ(summary["run"], "small-1");
  EXPECT_EQ(summary["state"], "finished");
  EXPECT_EQ(summary["steps"], 18);
  EXPECT_EQ(summary["epochs"], 3);
  EXPECT_EQ(summary["train"]["loss"], result.train.loss);
  EXPECT_EQ(summary["validation"]["accuracy"], *result.validation->accuracy);
  EXPECT_TRUE(summary["test"].is_null());
  EXPECT_EQ(summary["weights_digest"].get<std::string>().size(), 32U);
  EXPECT_EQ(summary["parameters"], (12 + 1) * 20 + (20 + 1) * 9 + (9 + 1) * 3);
  for (const char* key : {"stages", "replicas", "threads", "processes", "threads_total"}) {
    EXPECT_EQ(summary["layout"][key], 1) << key;
  }
  for (const char* key : {"host", "channel", "sync"}) {
    EXPECT_TRUE(summary["layout"][key].is_string()) << key;
  }
  for (const char* key : {"cell_deaths", "redone_steps", "restarts"}) {
    EXPECT_EQ(summary["faults"][key], 0) << key;
  }
}

TEST(Summary, a_loss_that_is_not_finite_is_null) {
  TrainResult result = trained(small_config());
  result.state = TrainResult::State::diverged;
  result.train.loss = std::numeric_limits<double>::quiet_NaN();
  const auto summary = nlohmann::json::parse(summary_json("x", result));
  EXPECT_EQ(summary["state"], "diverged");
  EXPECT_TRUE(summary["train"]["loss"].is_null());
}

TEST(Summary, a_name_that_is_not_utf_8_costs_its_letters_only) {
  const TrainResult result = trained(small_config());
  EXPECT_EQ(nlohmann::json::parse(summary_json("a\xff"
                                               "b\"c\n",
                                               result))["run"],
            "a\xef\xbf\xbd"
            "b\"c\n");
}

TEST(Summary, a_failure_is_read_back) {
  const os::TemporaryFolder folder;
  const std::string path = folder / "summary.json";
  os::put_file(path, failure_json("x", {ErrorKind::cell, "a \"cell\"\n  died"}) + "\n");
  const auto failure = read_failure(path);
  ASSERT_TRUE(failure.has_value());
  EXPECT_EQ(failure->kind, ErrorKind::cell);
  EXPECT_EQ(failure->message, "a \"cell\"\n  died");
  EXPECT_FALSE(read_failure(folder / "none").has_value());
  EXPECT_EQ(nlohmann::json::parse(failure_json("x", {ErrorKind::stopped, "m"}))["state"],
            "stopped");
  for (const char* text : {"", "[]", "{}", R"({"state":"finished"})", R"({"state":"failed"})",
                           R"({"state":"failed","error":5})",
                           R"({"state":"failed","error":{"exit_code":"5","message":"m"}})"}) {
    os::put_file(path, text);
    EXPECT_FALSE(read_failure(path).has_value()) << text;
  }
  os::put_file(path, R"({"state":"failed","error":{"exit_code":0,"message":"m"}})");
  EXPECT_EQ(read_failure(path)->kind, ErrorKind::internal) << "a failure is never a success";
}

TEST(Summary, a_line_of_metrics_is_json) {
  Metrics metrics;
  metrics.step = 50;
  metrics.steps = 100;
  metrics.loss = std::numeric_limits<double>::infinity();
  auto line = nlohmann::json::parse(metrics_json("x", metrics));
  EXPECT_EQ(line["step"], 50);
  EXPECT_EQ(line["steps"], 100);
  EXPECT_TRUE(line["loss"].is_null());
  EXPECT_FALSE(line.contains("accuracy"));
  metrics.accuracy = 0.5;
  metrics.validation = Evaluation{3, 0.25, 0.75, {}, {}, {}};
  line = nlohmann::json::parse(metrics_json("x", metrics));
  EXPECT_EQ(line["accuracy"], 0.5);
  EXPECT_EQ(line["validation"], nlohmann::json({{"loss", 0.25}, {"accuracy", 0.75}}));
}

TEST(Summary, dropped_lines_have_a_line_of_json_in_their_place) {
  EXPECT_EQ(nlohmann::json::parse(dropped_json("x", 7)),
            nlohmann::json({{"run", "x"}, {"dropped", 7}}));
}

}  // namespace
}  // namespace forknet::run
