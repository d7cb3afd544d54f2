// forknet_bench_reading: forknet's side of bench/reading.py, one file a process.
//   forknet_bench_reading read FILE THREADS    text to numbers, as they stand in the file
//   forknet_bench_reading table FILE THREADS   to the table that is trained on, all that is fitted
//                                              to its columns included
//   forknet_bench_reading dump FILE OUT        OUT gets the numbers, inputs then target, fp32
// Prints SECONDS ROWS BYTES_OF_TABLE PEAK_BYTES, or "error: why". The last column is the target.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "base/clock.h"
#include "data/formats/csv/read.h"
#include "data/open.h"

namespace forknet::bench {
namespace {

int failed(const std::string& why) {
  fmt::print("error: {}\n", why);
  return 1;
}

DataConfig config_of(const std::string& file, int threads) {
  DataConfig config;
  config.format = "csv";
  config.train.inputs = file;
  config.table.target = {std::int64_t{-1}};
  config.table.task = Task::regress;
  config.target_scale = TargetScale::none;
  config.scale = Scale::none;
  config.loader_threads = threads;
  return config;
}

// VmHWM of /proc/self/status.
std::size_t peak_bytes() {
  std::ifstream status("/proc/self/status");
  std::string word;
  std::size_t kib = 0;
  while (status >> word) {
    if (word == "VmHWM:") status >> kib;
  }
  return kib << 10;
}

void report(std::int64_t begun, std::size_t rows, std::size_t bytes) {
  fmt::print("{} {} {} {}\n", seconds_between(begun, monotonic_ns()), rows, bytes, peak_bytes());
}

int read(const DataConfig& config) {
  const std::int64_t begun = monotonic_ns();
  const auto raw = data::csv::read_training(config.train.inputs, config.table,
                                            {static_cast<std::size_t>(config.loader_threads), {}});
  if (!raw.ok()) return failed(raw.error().message);
  std::size_t bytes = raw->target_values.size() * sizeof(float);
  for (const auto& block : raw->blocks) bytes += block.memory.bytes().size();
  report(begun, raw->rows, bytes);
  return 0;
}

int table(const DataConfig& config) {
  const std::int64_t begun = monotonic_ns();
  const auto sets = data::open_data(config, 1, false);
  if (!sets.ok()) return failed(sets.error().message);
  report(begun, sets->train.table->shape.rows, sets->train.table->memory.bytes().size());
  return 0;
}

int dump(const DataConfig& config, const char* out) {
  const auto raw = data::csv::read_training(config.train.inputs, config.table);
  if (!raw.ok()) return failed(raw.error().message);
  std::ofstream file(out, std::ios::binary);
  std::size_t row = 0;
  for (const auto& block : raw->blocks) {
    for (std::size_t r = 0; r < block.rows; ++r, ++row) {
      for (std::size_t c = 0; c < raw->inputs.size(); ++c) {
        const float value = block.value(r * raw->inputs.size() + c);
        file.write(reinterpret_cast<const char*>(&value), sizeof(value));
      }
      file.write(reinterpret_cast<const char*>(&raw->target_values[row]), sizeof(float));
    }
  }
  return file.flush() ? 0 : failed("cannot write");
}

}  // namespace
}  // namespace forknet::bench

int main(int argc, char** argv) {
  using namespace forknet;
  if (argc != 4) return bench::failed("expected read|table FILE THREADS, or dump FILE OUT");
  const std::string what = argv[1];
  if (what == "dump") return bench::dump(bench::config_of(argv[2], 1), argv[3]);
  const DataConfig config = bench::config_of(argv[2], std::atoi(argv[3]));
  return what == "table" ? bench::table(config) : bench::read(config);
}
