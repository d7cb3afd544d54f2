#include "apps/shown_reading.h"

#include "os/cpu.h"
#include "os/terminal.h"

namespace forknet::apps {

ShownReading::ShownReading()
    : errors_(os::Stream::error, report::limits_of_stderr(false)),
      progress_({os::is_terminal(os::Stream::error), false, os::terminal_width()}, errors_) {}

data::Reading ShownReading::reading() {
  return {static_cast<std::size_t>(os::cpu_budget()),
          [this](const std::string& file, std::uint64_t done, std::uint64_t all) {
            progress_.show_reading(file, done, all);
          }};
}

}  // namespace forknet::apps
