#include "report/progress.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "os/pipe.h"
#include "patience.h"

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

// A stderr that takes everything; what it took since it was asked last.
class Taken {
 public:
  os::BackgroundWriter& out() { return out_; }
  std::string text() {
    EXPECT_TRUE(out_.wait(kTimeout));
    std::array<std::byte, 1 << 16> bytes;
    const std::span<std::byte> room = bytes;
    const os::Moved moved = os::read_some(ends_.read, {&room, 1});
    return {reinterpret_cast<const char*>(bytes.data()), moved.bytes};
  }

 private:
  os::PipeEnds ends_ = os::make_pipe(1 << 16).value();
  os::BackgroundWriter out_{ends_.write.duplicate(), limits_of_stderr(true)};
};

// What is written meanwhile.
template <class Do>
std::string written(Taken& taken, const Do& what) {
  what();
  return taken.text();
}

TEST(Progress, a_line_has_epoch_step_loss_rate_and_time_left) {
  EXPECT_EQ(
      progress_line(some_metrics()),
      "epoch 2/5  step 612/2345  loss 0.1234  accuracy 96.41 %  182,000 samples/s  12 s left");
}

TEST(Progress, a_line_of_reading_has_file_bytes_and_share) {
  EXPECT_EQ(reading_line("t.csv", std::uint64_t{512} << 20, std::uint64_t{2} << 30),
            "reading t.csv  512.0 MiB of 2.0 GiB  25 %");
  EXPECT_EQ(reading_line("t.csv.gz", 1536, 0), "reading t.csv.gz  1.5 KiB");
}

TEST(Progress, reading_that_takes_less_than_a_second_has_no_line) {
  Taken taken;
  Progress progress({true, false, 80}, taken.out());
  EXPECT_EQ(written(taken,
                    [&] {
                      for (std::uint64_t done = 0; done < 100; ++done) {
                        progress.show_reading("t.csv" + std::to_string(done), done, 100);
                      }
                    }),
            "");
}

TEST(Progress, the_end_of_an_epoch_counts_it_and_shows_validation) {
  Metrics metrics = end_of_epoch(5, 5);
  metrics.validation = Evaluation{100, 0.2, 0.95, {}, {}, {}};
  EXPECT_EQ(progress_line(metrics),
            "epoch 5/5  step 50/50  loss 0.1234  accuracy 96.41 %  validation 0.2000  accuracy "
            "95.00 %  182,000 samples/s");
  metrics.validation->set("roc_auc", 0.9875);  // the metric of checkpoint.best
  EXPECT_EQ(progress_line(metrics),
            "epoch 5/5  step 50/50  loss 0.1234  accuracy 96.41 %  validation 0.2000  accuracy "
            "95.00 %  roc_auc 0.9875  182,000 samples/s");
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
  Taken taken;
  Progress progress({false, false, 80}, taken.out());
  EXPECT_EQ(written(taken, [&] { progress.show(some_metrics()); }),
            progress_line(some_metrics()) + "\n");
  EXPECT_EQ(written(taken, [&] { progress.show(some_metrics()); }), "") << "too soon";
  const Metrics end = end_of_epoch(1, 5);
  EXPECT_EQ(written(taken, [&] { progress.show(end); }), progress_line(end) + "\n");
}

TEST(Progress, of_many_quick_epochs_only_some_have_a_line) {
  for (const bool terminal : {false, true}) {
    Taken taken;
    Progress progress({terminal, false, 200}, taken.out());
    const std::string text = written(taken, [&] {
      for (std::uint64_t epoch = 1; epoch <= 300; ++epoch) progress.show(end_of_epoch(epoch, 300));
    });
    const auto lines = std::count(text.begin(), text.end(), '\n');
    EXPECT_GE(lines, 20);
    EXPECT_LE(lines, 40);
    EXPECT_NE(text.find("epoch 300/300"), std::string::npos);
  }
}

TEST(Progress, few_epochs_have_a_line_each) {
  Taken taken;
  Progress progress({false, false, 80}, taken.out());
  const std::string text = written(taken, [&] {
    for (std::uint64_t epoch = 1; epoch <= 5; ++epoch) progress.show(end_of_epoch(epoch, 5));
  });
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 5);
}

TEST(Progress, a_terminal_sees_one_line_that_redraws_itself) {
  Taken taken;
  Progress progress({true, false, 40}, taken.out());
  const std::string first = written(taken, [&] { progress.show(some_metrics()); });
  EXPECT_EQ(first, "\r" + progress_line(some_metrics()).substr(0, 39)) << "cut to the width";
  EXPECT_EQ(written(taken,
                    [&] {
                      Metrics log = some_metrics();
                      log.kind = Metrics::Kind::log;
                      progress.show(log);
                    }),
            "");
  EXPECT_EQ(written(taken, [&] { progress.note("warning: full"); }), "\nwarning: full\n");
  EXPECT_EQ(written(taken, [&] { progress.finish(); }), "");
  EXPECT_EQ(written(taken, [&] { progress.show(end_of_epoch(5, 5)); }).back(), '\n');
}

TEST(Progress, quiet_shows_notes_only) {
  Taken taken;
  Progress progress({true, true, 80}, taken.out());
  EXPECT_EQ(written(taken,
                    [&] {
                      progress.show(some_metrics());
                      progress.show(end_of_epoch(5, 5));
                      progress.note("note: other CPU");
                      progress.finish();
                    }),
            "note: other CPU\n");
}

TEST(Progress, a_line_that_redraws_itself_is_left_out_while_the_terminal_takes_nothing) {
  const os::PipeEnds ends = os::make_pipe(4096).value();
  os::BackgroundWriter out(ends.write.duplicate(), limits_of_stderr(true));
  Progress progress({true, false, 80}, out);
  progress.note(std::string(1 << 17, 'x'));                            // does not fit into the pipe
  ASSERT_TRUE(os::wait_for_pipes(&ends.read, nullptr, {}, kTimeout));  // it is on its way
  for (int i = 0; i < 1000; ++i) progress.show(some_metrics());
  EXPECT_EQ(out.dropped(), 0U);
  progress.note("then this");
  EXPECT_EQ(out.dropped(), 0U) << "the queue holds nothing but it";
}

TEST(Progress, dropped_lines_have_a_line_in_their_place) {
  const auto gap = limits_of_stderr(true).gap;
  EXPECT_EQ(gap(1), "(1 line was dropped here: stderr did not take it; notes are in log.txt)\n");
  EXPECT_EQ(gap(1200),
            "(1,200 lines were dropped here: stderr did not take them; notes are in log.txt)\n");
  EXPECT_EQ(limits_of_stderr(false).gap(2),
            "(2 lines were dropped here: stderr did not take them)\n");
}

TEST(Progress, a_terminal_of_no_width_is_no_trouble) {
  for (const int width : {0, 1}) {
    Taken taken;
    Progress progress({true, false, width}, taken.out());
    EXPECT_EQ(written(taken, [&] { progress.show(some_metrics()); }), "\r");
  }
}

}  // namespace
}  // namespace forknet::report
