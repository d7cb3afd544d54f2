// forknet_bench_dnnl: forknet's kernels and steps against dnnl_sgemm, one thread
// (docs/benchmarks.md).
#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "bench/dnnl_bench.h"
#include "math/float_state.h"

namespace forknet::bench {

void print_result(const std::string& what, double value, double target, int decimals,
                  bool at_least) {
  const bool met = at_least ? value >= target : value <= target;
  std::fputs(fmt::format("result: {}: {:.{}f} (target: at {} {}): {}\n", what, value, decimals,
                         at_least ? "least" : "most", target, met ? "met" : "MISSED")
                 .c_str(),
             stdout);
}

namespace {

constexpr const char* kUsage =
    "usage: OMP_NUM_THREADS=1 forknet_bench_dnnl kernels|steps [--rounds N] [--seconds S] "
    "[--only TEXT]\n"
    "  --rounds N   rounds of one figure (15)\n"
    "  --seconds S  of each contender in a round (kernels 0.01, steps 0.03)\n"
    "  --only TEXT  shapes or nets with TEXT in their name\n";

template <class T>
bool read_number(std::string_view text, T* number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
  return error == std::errc() && end == text.data() + text.size() && *number > 0;
}

bool read_options(int count, char** words, DnnlOptions* options) {
  for (int i = 2; i < count; i += 2) {
    const std::string_view name = words[i];
    if (i + 1 == count) return false;
    const std::string_view value = words[i + 1];
    if (name == "--rounds") {
      if (!read_number(value, &options->rounds)) return false;
    } else if (name == "--seconds") {
      if (!read_number(value, &options->kernel_seconds)) return false;
      options->step_seconds = options->kernel_seconds;
    } else if (name == "--only") {
      options->only = value;
    } else {
      return false;
    }
  }
  return true;
}

// oneDNN's pool of threads reads this when the program is loaded: too early to set it here.
bool one_thread() {
  const char* threads = std::getenv("OMP_NUM_THREADS");
  return threads != nullptr && std::string_view(threads) == "1";
}

int run(int count, char** words) {
  DnnlOptions options;
  const std::string_view what = count > 1 ? words[1] : "";
  if ((what != "kernels" && what != "steps") || !read_options(count, words, &options)) {
    std::fputs(kUsage, stderr);
    return static_cast<int>(ErrorKind::usage);
  }
  if (!one_thread()) {
    std::fputs(
        "forknet_bench_dnnl: start it with OMP_NUM_THREADS=1; dnnl_sgemm must use one thread\n",
        stderr);
    return static_cast<int>(ErrorKind::usage);
  }
  const math::FloatStateScope float_state;
  const Status status = what == "kernels" ? bench_kernels(options) : bench_steps(options);
  if (status.ok()) return 0;
  std::fprintf(stderr, "forknet_bench_dnnl: %s\n", status.error().message.c_str());
  return static_cast<int>(status.error().kind);
}

}  // namespace
}  // namespace forknet::bench

int main(int count, char** words) { return forknet::bench::run(count, words); }
