#include "report/progress.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/clock.h"
#include "base/printable.h"
#include "nn/metrics/list.h"
#include "report/result_text.h"
#include "report/text.h"

namespace forknet::report {
namespace {

// Without a terminal a line every ten seconds is enough: logs are read later.
constexpr std::int64_t kLineNs = 10'000'000'000;
// Files that are read in less time get no line.
constexpr std::int64_t kReadingNs = 1'000'000'000;
constexpr std::int64_t kDrawNs = 100'000'000;
// Lines of epochs that fit on a screen; of faster epochs not all are shown.
constexpr std::uint64_t kEpochLines = 20;
constexpr std::int64_t kEpochLineNs = 1'000'000'000;
// Some 800 lines.
constexpr std::size_t kMostWaiting = std::size_t{1} << 16;
// Enough for a slow terminal, short enough for a user who stops a run with a paused terminal.
constexpr std::int64_t kLastMomentNs = 1'000'000'000;

std::string figures(const std::string& loss_name, double loss,
                    const std::optional<double>& accuracy) {
  std::string text = loss_name + " " + figure(loss);
  if (accuracy) text += fmt::format("  accuracy {}", percent(*accuracy));
  return text;
}

}  // namespace

std::string progress_line(const Metrics& metrics) {
  const bool ended = metrics.kind == Metrics::Kind::epoch;
  const std::uint64_t epoch = ended ? metrics.epoch : std::min(metrics.epoch + 1, metrics.epochs);
  std::string line = fmt::format("epoch {}/{}  step {}/{}  {}", epoch, metrics.epochs, metrics.step,
                                 metrics.steps, figures("loss", metrics.loss, metrics.accuracy));
  if (metrics.validation) {
    line += "  " + figures("validation", metrics.validation->loss, metrics.validation->accuracy);
    if (metrics.validation->rmse) line += "  rmse " + figure(*metrics.validation->rmse);
    for (const auto& [metric, value] : metrics.validation->others.all()) {
      line += "  " + metric_text(*nn::find_metric(metric), value);
    }
  }
  line += fmt::format("  {} samples/s", grouped_rate(metrics.samples_per_second));
  if (metrics.step < metrics.steps)
    line += fmt::format("  {} left", duration(metrics.seconds_left));
  return line;
}

std::string reading_line(const std::string& file, std::uint64_t done, std::uint64_t all) {
  std::string line = fmt::format("reading {}  {}", printable(file), bytes(done));
  if (all == 0) return line;
  const double share = static_cast<double>(done) / static_cast<double>(all);
  return line + fmt::format(" of {}  {:.0f} %", bytes(all), 100 * share);
}

// Whether the line stays.
bool Progress::stays(const Metrics& metrics) {
  const std::int64_t now = monotonic_ns();
  const std::int64_t since = now - last_line_ns_;
  bool due = since >= kLineNs && !style_.terminal;
  if (metrics.kind == Metrics::Kind::epoch) {
    const std::uint64_t stride = (metrics.epochs + kEpochLines - 1) / kEpochLines;
    due = since >= kEpochLineNs || metrics.step >= metrics.steps || stride == 0 ||
          metrics.epoch % stride == 0;
  }
  if (due) last_line_ns_ = now;
  return due;
}

void Progress::show(const Metrics& metrics) {
  if (style_.quiet) return;
  if (style_.terminal && metrics.kind == Metrics::Kind::log) return;  // ticks redraw often enough
  const bool line_stays = stays(metrics);
  if (!style_.terminal && !line_stays) return;
  if (metrics.kind == Metrics::Kind::epoch && !line_stays) return;
  const std::string line = progress_line(metrics);
  if (!style_.terminal) return write(line);
  if (line_stays) {
    (void)out_.write(redrawn(line) + "\n");
    drawn_ = false;
  } else if (out_.offer(redrawn(line))) {
    drawn_ = true;
  }
}

void Progress::show_reading(const std::string& file, std::uint64_t done, std::uint64_t all) {
  const std::int64_t now = monotonic_ns();
  if (file != read_file_) {
    read_file_ = file;
    read_since_ns_ = now;
  }
  if (style_.quiet || now - read_since_ns_ < kReadingNs) return;
  if (!style_.terminal) {
    if (last_line_ns_ != 0 && now - last_line_ns_ < kLineNs) return;
    last_line_ns_ = now;
    return write(reading_line(file, done, all));
  }
  if (now - last_drawn_ns_ < kDrawNs) return;
  last_drawn_ns_ = now;
  if (out_.offer(redrawn(reading_line(file, done, all)))) drawn_ = true;
}

// Overwrites the previous line; cuts what would wrap.
std::string Progress::redrawn(const std::string& line) const {
  const auto width = static_cast<std::size_t>(std::max(style_.width - 1, 0));
  return fmt::format("\r{:<{}}", line.substr(0, width), width);
}

void Progress::write(const std::string& line) {
  (void)out_.write((drawn_ ? "\n" : "") + line + "\n");
  drawn_ = false;
}

void Progress::note(const std::string& text) { write(printable_lines(text)); }

void Progress::finish() {
  if (drawn_) (void)out_.write("\n");
  drawn_ = false;
  stuck_ = !out_.wait(stuck_ ? 0 : kLastMomentNs);
}

os::BackgroundWriter::Limits limits_of_stderr(bool logged) {
  return {"stderr", kMostWaiting, [logged](std::uint64_t lines) {
            return fmt::format("({} {} dropped here: stderr did not take {}{})\n", grouped(lines),
                               lines == 1 ? "line was" : "lines were", lines == 1 ? "it" : "them",
                               logged ? "; notes are in log.txt" : "");
          }};
}

}  // namespace forknet::report
