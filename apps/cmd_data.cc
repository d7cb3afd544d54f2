// forknet data digits, forknet data inspect.
#include <fmt/format.h>

#include "apps/augmented.h"
#include "apps/commands.h"
#include "apps/output.h"
#include "apps/shown_reading.h"
#include "base/clock.h"
#include "base/printable.h"
#include "data/digits.h"
#include "data/formats/format.h"
#include "os/cpu.h"
#include "report/text.h"

namespace forknet::apps {

int run_digits(const DigitsCommand& options) {
  const std::int64_t begun = monotonic_ns();
  data::DigitsOptions digits;
  digits.seed = options.seed;
  digits.train = options.train;
  digits.test = options.test;
  digits.threads = static_cast<unsigned>(os::cpu_budget());
  const Status drawn = data::draw_digits(digits, options.folder);
  if (!drawn.ok()) return fail(drawn.error());
  print(fmt::format("{}: {} training and {} test digits, drawn in {}\n", options.folder,
                    report::grouped(options.train), report::grouped(options.test),
                    report::duration(seconds_between(begun, monotonic_ns()))));
  return 0;
}

int run_inspect(const InspectOptions& options) {
  if (!options.augment.empty()) return show_augmented(options);
  const auto format = data::sniff_format(options.file);
  if (!format.ok()) return fail(format.error());
  ShownReading shown;
  const auto text = (*format)->inspect({options.file, options.json, shown.reading()});
  shown.finish();
  if (!text.ok()) return fail(text.error());
  print(*text);
  return 0;
}

}  // namespace forknet::apps
