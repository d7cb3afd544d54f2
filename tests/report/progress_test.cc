#include "report/progress.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace forknet::report {
namespace {

Metrics some_metrics() {
  Metrics metrics;
  metrics.kind = Metrics::Kind::tick;
  metrics.step = 612;
  metrics.steps = 2345;
  metrics.epoch = 1;
  metrics.epochs = 5;
  metrics.loss = 0.12341;
  metrics.accuracy = 0.96414;
  metrics.samples_per_second = 182000.7;
  metrics.seconds_left = 12;
  return metrics;
}

Metrics end_of_epoch(std::uint64_t epoch, std::uint64_t epochs) {
  Metrics metrics = some_metrics();
  metrics.kind = Metrics::Kind::epoch;
  metrics.epoch = epoch;
  metrics.epochs = epochs;
  metrics.step = epoch * 10;
  metrics.steps = epochs * 10;
  return metrics;
}

// What is written to stderr meanwhile.
template <class Do>
std::string written(const Do& what) {
  ::testing::internal::CaptureStderr();
  what();
  std::fflush(stderr);
  return ::testing::internal::GetCapturedStderr();
}

TEST(Progress, a_line_has_epoch_step_loss_rate_and_time_left) {
  EXPECT_EQ(
      progress_line(some_metrics()),
      "epoch 2/5  step 612/2345  loss 0.1234  accuracy 96.41 %  182,000 samples/s  12 s left");
}

TEST(Progress, the_end_of_an_epoch_counts_it_and_shows_validation) {
  Metrics metrics = end_of_epoch(5, 5);
  metrics.validation = Evaluation{100, 0.2, 0.95, {}, {}, {}};
  EXPECT_EQ(progress_line(metrics),
            "epoch 5/5  step 50/50  loss 0.1234  accuracy 96.41 %  validation 0.2000  accuracy "
            "95.00 %  182,000 samples/s");
}

TEST(Progress, regression_has_errors_instead_of_accuracy) {
  Metrics metrics = end_of_epoch(2, 5);
  metrics.accuracy.reset();
  metrics.validation = Evaluation{100, 0.2, {}, 0.5, 0.25, 0.75};
  EXPECT_EQ(progress_line(metrics),
            "epoch 2/5  step 20/50  loss 0.1234  validation 0.2000  rmse 0.5000  182,000 samples/s"
            "  12 s left");
}

TEST(Progress, off_a_terminal_there_is_a_plain_line_now_and_then) {
  Progress progress({false, false, 80});
  EXPECT_EQ(written([&] { progress.show(some_metrics()); }), progress_line(some_metrics()) + "\n");
  EXPECT_EQ(written([&] { progress.show(some_metrics()); }), "") << "too soon";
  const Metrics end = end_of_epoch(1, 5);
  EXPECT_EQ(written([&] { progress.show(end); }), progress_line(end) + "\n");
}

TEST(Progress, of_many_quick_epochs_only_some_have_a_line) {
  for (const bool terminal : {false, true}) {
    Progress progress({terminal, false, 200});
    const std::string text = written([&] {
      for (std::uint64_t epoch = 1; epoch <= 300; ++epoch) progress.show(end_of_epoch(epoch, 300));
    });
    const auto lines = std::count(text.begin(), text.end(), '\n');
    EXPECT_GE(lines, 20);
    EXPECT_LE(lines, 40);
    EXPECT_NE(text.find("epoch 300/300"), std::string::npos);
  }
}

TEST(Progress, few_epochs_have_a_line_each) {
  Progress progress({false, false, 80});
  const std::string text = written([&] {
    for (std::uint64_t epoch = 1; epoch <= 5; ++epoch) progress.show(end_of_epoch(epoch, 5));
  });
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 5);
}

TEST(Progress, a_terminal_sees_one_line_that_redraws_itself) {
  Progress progress({true, false, 40});
  const std::string first = written([&] { progress.show(some_metrics()); });
  EXPECT_EQ(first, "\r" + progress_line(some_metrics()).substr(0, 39)) << "cut to the width";
  EXPECT_EQ(written([&] {
              Metrics log = some_metrics();
              log.kind = Metrics::Kind::log;
              progress.show(log);
            }),
            "");
  EXPECT_EQ(written([&] { progress.note("warning: full"); }), "\nwarning: full\n");
  EXPECT_EQ(written([&] { progress.finish(); }), "");
  EXPECT_EQ(written([&] { progress.show(end_of_epoch(5, 5)); }).back(), '\n');
}

TEST(Progress, quiet_shows_notes_only) {
  Progress progress({true, true, 80});
  EXPECT_EQ(written([&] {
              progress.show(some_metrics());
              progress.show(end_of_epoch(5, 5));
              progress.note("note: other CPU");
              progress.finish();
            }),
            "note: other CPU\n");
}

TEST(Progress, a_terminal_of_no_width_is_no_trouble) {
  for (const int width : {0, 1}) {
    Progress progress({true, false, width});
    EXPECT_EQ(written([&] { progress.show(some_metrics()); }), "\r");
  }
}

}  // namespace
}  // namespace forknet::report
