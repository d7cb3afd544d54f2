#include "session/metrics_log.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "os/temporary_folder.h"

namespace forknet::run {
namespace {

Metrics line(Metrics::Kind kind, std::uint64_t step, std::uint64_t epoch) {
  Metrics metrics;
  metrics.kind = kind;
  metrics.step = step;
  metrics.epoch = epoch;
  metrics.loss = 0.1 + 0.2;
  metrics.accuracy = 0.75;
  metrics.learning_rate = 1e-3;
  metrics.samples_per_second = 12345.5;
  return metrics;
}

class MetricsLogTest : public ::testing::Test {
 protected:
  // Steps 1 to 6, epochs of 3.
  void write_two_epochs() {
    auto log = MetricsLog::open(path_, 0, 0).value();
    for (std::uint64_t step = 1; step <= 6; ++step) {
      ASSERT_TRUE(log.append(line(Metrics::Kind::log, step, (step - 1) / 3)).ok());
      if (step % 3 != 0) continue;
      ASSERT_TRUE(log.append(line(Metrics::Kind::epoch, step, step / 3)).ok());
    }
  }
  [[nodiscard]] std::vector<std::string> lines() const {
    std::istringstream text(os::get_file(path_));
    std::vector<std::string> lines;
    for (std::string one; std::getline(text, one);) lines.push_back(one);
    return lines;
  }
  os::TemporaryFolder folder_;
  std::string path_ = folder_ / "metrics.jsonl";
};

TEST_F(MetricsLogTest, numbers_come_back_to_the_last_bit) {
  ASSERT_TRUE(MetricsLog::open(path_, 0, 0)->append(line(Metrics::Kind::log, 50, 2)).ok());
  const auto object = nlohmann::json::parse(lines().at(0));
  EXPECT_EQ(object["step"], 50);
  EXPECT_EQ(object["epoch"], 2);
  EXPECT_EQ(object["loss"].get<double>(), 0.1 + 0.2);
  EXPECT_EQ(object["accuracy"].get<double>(), 0.75);
  EXPECT_EQ(object["learning_rate"].get<double>(), 1e-3);
  EXPECT_EQ(object["samples_per_second"].get<double>(), 12345.5);
}

TEST_F(MetricsLogTest, an_epoch_has_train_and_validation) {
  Metrics metrics = line(Metrics::Kind::epoch, 3, 1);
  auto log = MetricsLog::open(path_, 0, 0).value();
  ASSERT_TRUE(log.append(metrics).ok());
  metrics.validation = Evaluation{10, 0.5, std::nullopt, 0.25, 0.125, -1.0};
  ASSERT_TRUE(log.append(metrics).ok());
  EXPECT_EQ(lines().at(0),
            R"({"step":3,"epoch":1,"train":{"loss":0.30000000000000004,"accuracy":0.75},)"
            R"("validation":null})");
  EXPECT_EQ(lines().at(1),
            R"({"step":3,"epoch":1,"train":{"loss":0.30000000000000004,"accuracy":0.75},)"
            R"("validation":{"loss":0.5,"rmse":0.25,"mae":0.125,"r2":-1}})");
}

TEST_F(MetricsLogTest, what_is_not_finite_is_null) {
  Metrics metrics = line(Metrics::Kind::log, 1, 0);
  metrics.loss = std::numeric_limits<double>::quiet_NaN();
  metrics.samples_per_second = std::numeric_limits<double>::infinity();
  ASSERT_TRUE(MetricsLog::open(path_, 0, 0)->append(metrics).ok());
  const auto object = nlohmann::json::parse(lines().at(0));
  EXPECT_TRUE(object["loss"].is_null());
  EXPECT_TRUE(object["samples_per_second"].is_null());
}

TEST_F(MetricsLogTest, the_longest_line_is_whole) {
  Metrics metrics = line(Metrics::Kind::epoch, std::numeric_limits<std::uint64_t>::max(),
                         std::numeric_limits<std::uint64_t>::max());
  const double wide = -std::numeric_limits<double>::denorm_min() * 1.2345678901234567e15;
  metrics.loss = wide;
  metrics.accuracy = wide;
  metrics.validation = Evaluation{1, wide, wide, wide, wide, wide};
  ASSERT_TRUE(MetricsLog::open(path_, 0, 0)->append(metrics).ok());
  EXPECT_TRUE(nlohmann::json::parse(lines().at(0))["validation"]["r2"].is_number());
}

TEST_F(MetricsLogTest, a_resume_keeps_what_came_before_its_step) {
  write_two_epochs();
  ASSERT_EQ(lines().size(), 8U);
  ASSERT_TRUE(MetricsLog::open(path_, 6, 2).ok());
  EXPECT_EQ(lines().size(), 8U);
  ASSERT_TRUE(MetricsLog::open(path_, 5, 1).ok());
  EXPECT_EQ(lines().size(), 6U);
  EXPECT_EQ(nlohmann::json::parse(lines().back())["step"], 5);
  ASSERT_TRUE(MetricsLog::open(path_, 0, 0).ok());
  EXPECT_TRUE(lines().empty());
}

TEST_F(MetricsLogTest, the_end_of_an_epoch_that_is_not_dealt_with_is_cut_off) {
  write_two_epochs();
  ASSERT_TRUE(MetricsLog::open(path_, 6, 1).ok());
  EXPECT_EQ(lines().size(), 7U);
  EXPECT_TRUE(nlohmann::json::parse(lines().back()).contains("loss"));
  ASSERT_TRUE(MetricsLog::open(path_, 3, 0).ok());
  EXPECT_EQ(lines().size(), 3U);
}

TEST_F(MetricsLogTest, what_is_no_line_of_ours_ends_the_history) {
  write_two_epochs();
  const std::string whole = os::get_file(path_);
  for (const char* odd : {"{\"step\":6,", "not JSON\n", "[1]\n", "{\"step\":\"6\",\"epoch\":0}\n",
                          "{\"step\":-1,\"epoch\":0}\n", "\n"}) {
    os::put_file(path_, whole + odd);
    ASSERT_TRUE(MetricsLog::open(path_, 6, 2).ok());
    EXPECT_EQ(os::get_file(path_), whole) << odd;
  }
}

}  // namespace
}  // namespace forknet::run
