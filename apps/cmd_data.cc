// forknet data digits, forknet data inspect.
#include <cstdio>

#include "apps/commands.h"
#include "base/clock.h"
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
  std::printf("%s: %s training and %s test digits, drawn in %s\n", options.folder.c_str(),
              report::grouped(options.train).c_str(), report::grouped(options.test).c_str(),
              report::duration(seconds_between(begun, monotonic_ns())).c_str());
  return 0;
}

int run_inspect(const InspectOptions& options) {
  const auto format = data::sniff_format(options.file);
  if (!format.ok()) return fail(format.error());
  const auto text = (*format)->inspect({options.file, options.json});
  if (!text.ok()) return fail(text.error());
  std::fputs(text->c_str(), stdout);
  return 0;
}

}  // namespace forknet::apps
