// What it costs that a step writes another version of the weights than it reads, so that nothing is
// lost when it dies: steps of the five nets with one version (in place) and with two, in turns, in
// one process, on one thread. First it is seen that all end on the same weights.
//   forknet_bench_versions [--rounds N] [--seconds S]
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "apps/bench/step_bench.h"
#include "bench/rounds.h"
#include "math/float_state.h"

namespace {

using namespace forknet;

constexpr int kDisagree = 7;
// In place; two versions; two in memory that processes share.
const run::BenchWeights kSides[] = {{1, false}, {2, false}, {2, true}, {1, true}};

// False: they do not end on the same weights.
bool measure(const run::BenchNet& net, const bench::Plan& plan, math::Target target) {
  std::vector<std::unique_ptr<run::StepBench>> benches;
  std::vector<bench::Contender> contenders;
  for (const run::BenchWeights& side : kSides) {
    benches.push_back(run::StepBench::create(net, 0, target, {}, side).value());
    benches.back()->run(3);
    run::StepBench& own = *benches.back();
    contenders.emplace_back([&own](std::size_t steps) { return own.run(steps); });
    if (own.digest() != benches.front()->digest()) return false;
  }
  const auto rounds = bench::alternate(contenders, plan, target);
  const auto against_first = [&](std::size_t side) {
    return bench::text_of(bench::spread_over(rounds,
                                             [&](const bench::Round& round) {
                                               return round.seconds[side] / round.seconds[0];
                                             }),
                          3);
  };
  fmt::print("{:38}  {}  shared {} in place {}\n", net.name(), against_first(1), against_first(2),
             against_first(3));
  std::fflush(stdout);
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  bench::Plan plan;
  plan.seconds = 0.1;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view option = argv[i];
    if (option == "--rounds") plan.rounds = std::strtoul(argv[i + 1], nullptr, 10);
    if (option == "--seconds") plan.seconds = std::strtod(argv[i + 1], nullptr);
  }
  const math::FloatStateScope float_state;
  for (const run::BenchNet& net : run::bench_nets()) {
    if (measure(net, plan, math::best_target())) continue;
    fmt::print(stderr, "{}: the versions end on different weights\n", net.name());
    return kDisagree;
  }
  return 0;
}
