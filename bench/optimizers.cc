// Steps of every optimizer against adam's, in turns, in one process, on one thread: the update is
// part of the gradient's tile, so none should cost more. First it is seen that each ends on the
// weights of the plain loops.
//   forknet_bench_optimizers [--rounds N] [--seconds S]
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "apps/bench/step_bench.h"
#include "bench/rounds.h"
#include "math/float_state.h"
#include "nn/optimizers/list.h"

namespace {

using namespace forknet;

constexpr int kDisagree = 7;
constexpr double kMost = 1.05;  // times adam's step
const run::BenchNet kSmall = {{100, 70, 30, 10}, 48};
const run::BenchNet kNets[] = {{{784, 512, 256, 10}, 128}, {{784, 1024, 1024, 1024, 10}, 256}};

// Every optimizer, and those with another rule where they have weight decay.
std::vector<OptimizerConfig> contenders() {
  std::vector<OptimizerConfig> all;
  for (const nn::OptimizerPart& part : nn::optimizers().all()) {
    all.push_back({std::string(part.kind->name()), 1e-4});
  }
  for (const char* const type : {"sgd", "adam", "adamw", "lion"}) {
    all.push_back({type, 1e-4, "constant", 0, {{"weight_decay", 0.01}}});
  }
  return all;
}

std::string name_of(const OptimizerConfig& optimizer) {
  return optimizer.type + (nn::Optimizer(optimizer).decays() ? ", weight decay" : "");
}

run::BenchNet trained_by(run::BenchNet net, const OptimizerConfig& optimizer) {
  net.optimizer = optimizer;
  return net;
}

bool has_the_weights_of_plain_loops(const OptimizerConfig& optimizer, math::Target target) {
  const run::BenchNet net = trained_by(kSmall, optimizer);
  const auto fast = run::StepBench::create(net, 0, target).value();
  const auto plain = run::StepBench::create(net, 0, math::Target::reference).value();
  fast->run(3);
  plain->run(3);
  return fast->digest() == plain->digest();
}

// Prints the time of a step against adam's; its median.
double against_adam(const run::BenchNet& net, const OptimizerConfig& optimizer,
                    const bench::Plan& plan, math::Target target) {
  std::vector<std::unique_ptr<run::StepBench>> benches;
  std::vector<bench::Contender> sides;
  for (const OptimizerConfig& side : {OptimizerConfig{"adam", 1e-4}, optimizer}) {
    benches.push_back(run::StepBench::create(trained_by(net, side), 0, target).value());
    run::StepBench& own = *benches.back();
    sides.emplace_back([&own](std::size_t steps) { return own.run(steps); });
  }
  const auto rounds = bench::alternate(sides, plan, target);
  const bench::Spread spread = bench::spread_over(
      rounds, [](const bench::Round& round) { return round.seconds[1] / round.seconds[0]; });
  fmt::print("{:38}  {:24}  {}\n", net.name(), name_of(optimizer), bench::text_of(spread, 3));
  std::fflush(stdout);
  return spread.median;
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
  const math::Target target = math::best_target();
  double slowest = 0;
  for (const OptimizerConfig& optimizer : contenders()) {
    if (!has_the_weights_of_plain_loops(optimizer, target)) {
      fmt::print(stderr, "{}: its weights are not those of the plain loops\n", name_of(optimizer));
      return kDisagree;
    }
  }
  for (const run::BenchNet& net : kNets) {
    for (const OptimizerConfig& optimizer : contenders()) {
      slowest = std::max(slowest, against_adam(net, optimizer, plan, target));
    }
  }
  fmt::print(
      "result: the slowest optimizer's step, times adam's: {:.3f} (target: at most {:.2f}): {}\n",
      slowest, kMost, slowest <= kMost ? "met" : "MISSED");
  return 0;
}
