// What a person sees while a run trains: on a terminal one line that redraws itself at most ten
// times a second, elsewhere a plain line now and then. The line of an epoch's end stays; of many
// epochs in a second only every so many do. Goes to stderr and never fails loudly.
//   epoch 2/5  step 612/2345  loss 0.1234  accuracy 96.41 %  182,000 samples/s  8 s left
#pragma once

#include <forknet/train.h>

#include <cstdint>
#include <string>

namespace forknet::report {

struct ProgressStyle {
  bool terminal = false;  // stderr is one
  bool quiet = false;     // only notes
  int width = 80;         // columns
};

class Progress {
 public:
  explicit Progress(const ProgressStyle& style) : style_(style) {}

  void show(const Metrics& metrics);
  // A line of its own, also when quiet.
  void note(const std::string& text);
  // Ends a redrawn line, so that what follows starts at the left.
  void finish();

 private:
  [[nodiscard]] bool stays(const Metrics& metrics);
  void redraw(const std::string& line);

  ProgressStyle style_;
  bool drawn_ = false;
  std::int64_t last_line_ns_ = 0;
};

// The text of the line above.
[[nodiscard]] std::string progress_line(const Metrics& metrics);

}  // namespace forknet::report
