// What a person sees while a run trains: on a terminal one line that redraws itself at most ten
// times a second, elsewhere a plain line now and then. The line of an epoch's end stays; of many
// epochs in a second only every so many do. Goes to stderr, which training never waits for: lines
// that it does not take are dropped and counted (os/background_writer.h), a redrawn one is left
// out.
//   epoch 2/5  step 612/2345  loss 0.1234  accuracy 96.41 %  182,000 samples/s  8 s left
#pragma once

#include <forknet/train.h>

#include <cstdint>
#include <string>

#include "os/background_writer.h"

namespace forknet::report {

struct ProgressStyle {
  bool terminal = false;  // stderr is one
  bool quiet = false;     // only notes
  int width = 80;         // columns
};

class Progress {
 public:
  // `out` outlives it.
  Progress(const ProgressStyle& style, os::BackgroundWriter& out) : style_(style), out_(out) {}

  void show(const Metrics& metrics);
  // How far a file has been read, `done` of `all` bytes (0: not known), once that takes more than a
  // second. One thread at a time.
  //   reading t.csv  512.0 MB of 2.1 GB  24 %
  void show_reading(const std::string& file, std::uint64_t done, std::uint64_t all);
  // A line of its own, also when quiet.
  void note(const std::string& text);
  // Ends a redrawn line, so that what follows starts at the left, and gives stderr a moment to take
  // what waits, before others write there or the program ends.
  void finish();

 private:
  [[nodiscard]] bool stays(const Metrics& metrics);
  [[nodiscard]] std::string redrawn(const std::string& line) const;
  void write(const std::string& line);

  ProgressStyle style_;
  os::BackgroundWriter& out_;
  bool drawn_ = false;  // a line that is redrawn is the last thing written
  bool stuck_ = false;  // stderr did not take all of it in time
  std::int64_t last_line_ns_ = 0;
  std::string read_file_ = {};
  std::int64_t read_since_ns_ = 0;
  std::int64_t last_drawn_ns_ = 0;
};

// How much may wait for stderr, and what stands where lines were dropped. `logged`: a run's log has
// its notes.
[[nodiscard]] os::BackgroundWriter::Limits limits_of_stderr(bool logged);

// The texts of the lines above.
[[nodiscard]] std::string reading_line(const std::string& file, std::uint64_t done,
                                       std::uint64_t all);
[[nodiscard]] std::string progress_line(const Metrics& metrics);

}  // namespace forknet::report
