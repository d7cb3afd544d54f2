// The progress of a run on stderr: on a terminal one line, redrawn at most ten times a second;
// elsewhere a plain line every ten seconds. The line at an epoch's end stays; of many epochs per
// second only some do. Training never waits for stderr: lines that it does not take are dropped and
// counted (os/background_writer.h), a redraw is skipped.
//   epoch 2/5  step 612/2345  loss 0.1234  accuracy 96.41 %  182,000 samples/s  8 s left
#pragma once

#include <forknet/train.h>

#include <cstdint>
#include <string>

#include "os/background_writer.h"

namespace forknet::report {

struct ProgressStyle {
  bool terminal = false;  // stderr is one
  bool quiet = false;     // show only notes
  int width = 80;         // columns
};

class Progress {
 public:
  // `out` outlives it.
  Progress(const ProgressStyle& style, os::BackgroundWriter& out) : style_(style), out_(out) {}

  void show(const Metrics& metrics);
  // Shows how much of a file has been read, `done` of `all` bytes (0: not known), if reading takes
  // longer than a second. One thread at a time.
  //   reading t.csv  512.0 MB of 2.1 GB  24 %
  void show_reading(const std::string& file, std::uint64_t done, std::uint64_t all);
  // Writes a separate line, also when quiet.
  void note(const std::string& text);
  // Ends a redrawn line, so that the next output starts at the left, and waits at most a second for
  // stderr to take the queued lines. Called before other code writes there and before the end.
  void finish();

 private:
  [[nodiscard]] bool stays(const Metrics& metrics);
  [[nodiscard]] std::string redrawn(const std::string& line) const;
  void write(const std::string& line);

  ProgressStyle style_;
  os::BackgroundWriter& out_;
  bool drawn_ = false;  // the last output is a redrawn line
  bool stuck_ = false;  // stderr did not take all lines in time
  std::int64_t last_line_ns_ = 0;
  std::string read_file_ = {};
  std::int64_t read_since_ns_ = 0;
  std::int64_t last_drawn_ns_ = 0;
};

// The size of the queue for stderr, and the text in the place of dropped lines. `logged`: a run's
// log has the notes.
[[nodiscard]] os::BackgroundWriter::Limits limits_of_stderr(bool logged);

// The texts of the lines above.
[[nodiscard]] std::string reading_line(const std::string& file, std::uint64_t done,
                                       std::uint64_t all);
[[nodiscard]] std::string progress_line(const Metrics& metrics);

}  // namespace forknet::report
