// Steps of the five nets with two threads and with two replicas against one thread, in turns, in
// one process; one line of JSON a net. Two CPUs of a virtual machine may share a core: what two
// independent loops of multiply-adds gain over one is measured in every round, and a speed-up is
// divided by half of it. First it is seen that all end on the same weights.
//   forknet_bench_layouts [--rounds N] [--seconds S]
//   forknet_bench_layouts --cores     only what two such loops gain over one
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "apps/bench/step_bench.h"
#include "bench/rounds.h"
#include "cell/thread_team.h"
#include "math/float_state.h"
#include "math/fma_peak.h"

namespace {

using namespace forknet;

constexpr int kDisagree = 7;

double two_loops_over_one(cell::ThreadTeam& team, math::Target target) {
  const double one = math::measure_fma_peak(target);
  double both[2] = {};
  team.run(
      [&](const cell::Worker& worker) { both[worker.index] = math::measure_fma_peak(target); });
  return (both[0] + both[1]) / one;
}

GridConfig grid_of(std::int64_t replicas, std::int64_t threads) {
  GridConfig grid;
  grid.replicas = replicas;
  grid.threads = threads;
  grid.host = Host::thread;
  return grid;
}
// serial, threads, replicas
const GridConfig kSides[] = {grid_of(1, 1), grid_of(1, 2), grid_of(2, 1)};

// False: they do not end on the same weights.
bool measure(const run::BenchNet& net, std::size_t rounds, double seconds, cell::ThreadTeam& pair,
             math::Target target) {
  std::vector<std::unique_ptr<run::StepBench>> benches;
  for (const GridConfig& side : kSides) {
    benches.push_back(run::StepBench::create(net, 0, target, side).value());
    benches.back()->run(3);
  }
  for (const auto& bench : benches) {
    if (bench->digest() != benches.front()->digest()) return false;
  }
  const double once = benches.front()->run(2) / 2;
  const auto steps = static_cast<std::size_t>(std::max(1.0, seconds / once));
  std::vector<double> cores;
  std::vector<double> speed_ups[std::size(kSides)];
  for (std::size_t round = 0; round < rounds; ++round) {
    const double gain = two_loops_over_one(pair, target);
    cores.push_back(gain);
    const double serial = benches[0]->run(steps);
    for (std::size_t i = 1; i < benches.size(); ++i) {
      speed_ups[i].push_back(serial / benches[i]->run(steps) / (gain / 2));
    }
  }
  fmt::print("{{\"net\":\"{}\",\"cores\":{:.4f},\"threads\":{:.4f},\"replicas\":{:.4f}}}\n",
             net.name(), bench::spread_of(cores).median, bench::spread_of(speed_ups[1]).median,
             bench::spread_of(speed_ups[2]).median);
  std::fflush(stdout);
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t rounds = 9;
  double seconds = 0.2;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view option = argv[i];
    if (option == "--rounds") rounds = std::max(1UL, std::strtoul(argv[i + 1], nullptr, 10));
    if (option == "--seconds") seconds = std::strtod(argv[i + 1], nullptr);
  }
  const math::FloatStateScope float_state;
  const math::Target target = math::best_target();
  const bool only_cores = argc == 2 && std::string_view(argv[1]) == "--cores";
  const auto pair = cell::ThreadTeam::create({1, 2}, 0, 2, os::spins_for(2, 2)).value();
  if (only_cores) {
    fmt::print("{:.4f}\n", two_loops_over_one(*pair, target));
    return 0;
  }
  for (const run::BenchNet& net : run::bench_nets()) {
    if (measure(net, rounds, seconds, *pair, target)) continue;
    fmt::print(stderr, "{}: the layouts end on different weights\n", net.name());
    return kDisagree;
  }
  return 0;
}
