// Steps: the five nets, forknet's step with one leaf and with the default leaves and a straight
// loop around dnnl_sgemm, in turn.
#include <fmt/format.h>

#include <cmath>
#include <cstdio>

#include "apps/bench/step_bench.h"
#include "base/try.h"
#include "bench/dnnl_bench.h"
#include "bench/plain_net.h"
#include "nn/parameters.h"
#include "report/text.h"

namespace forknet::bench {
namespace {

constexpr std::size_t kVerifySteps = 5;
constexpr double kLossTolerance = 1e-4;    // relative
constexpr double kWeightTolerance = 1e-3;  // of how far the weights have gone, in norm
constexpr double kLeafTarget = 8;          // percent, on the three larger nets
constexpr std::size_t kFirstLarger = 2;

// Percent of the peak with one leaf, by net.
constexpr double kPeakTargets[] = {64, 80, 86, 84, 84};

// Weights of all layers (out, in).
std::vector<float> all_weights(const run::StepBench& bench) {
  std::vector<float> all;
  for (const nn::LayerPlan& layer : bench.plan().layers) {
    std::vector<float> weight(layer.inputs * layer.outputs);
    std::vector<float> bias(layer.outputs);
    nn::unpack_parameter<float>(layer, layer.parameters[0], bench.parameters(), weight);
    nn::unpack_parameter<float>(layer, layer.parameters[1], bench.parameters(), bias);
    all.insert(all.end(), weight.begin(), weight.end());
  }
  return all;
}

std::vector<float> all_weights(const PlainNet& net, std::size_t layers) {
  std::vector<float> all;
  for (std::size_t layer = 0; layer < layers; ++layer) {
    const std::vector<float> weight = net.weights(layer);
    all.insert(all.end(), weight.begin(), weight.end());
  }
  return all;
}

double distance(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double apart = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    sum += apart * apart;
  }
  return std::sqrt(sum);
}

// The contenders of one net, all with the same weights and batch, none trained yet.
struct Contenders {
  std::unique_ptr<run::StepBench> one_leaf;
  std::unique_ptr<run::StepBench> default_leaves;
  std::unique_ptr<PlainNet> plain;
  WeightLayout layout = WeightLayout::out_in;
};

// A few steps of each: the losses agree all along, the weights at the end.
Status verify(const run::BenchNet& net, Contenders& all) {
  const auto differ = [&](const std::string& what) {
    return Error{ErrorKind::comparison,
                 net.name() + ": forknet and the loop around dnnl differ: " + what};
  };
  const std::vector<float> start = all_weights(*all.one_leaf);
  for (std::size_t step = 0; step < kVerifySteps; ++step) {
    (void)all.plain->run(1);
    const double theirs = all.plain->loss();
    for (run::StepBench* ours : {all.one_leaf.get(), all.default_leaves.get()}) {
      (void)ours->run(1);
      if (!(std::abs(ours->loss() - theirs) <= kLossTolerance * std::abs(theirs))) {
        return differ(fmt::format("losses of step {}: {} and {}", step, ours->loss(), theirs));
      }
    }
  }
  const std::vector<float> theirs = all_weights(*all.plain, all.one_leaf->plan().layers.size());
  const double gone = distance(start, theirs);
  for (const run::StepBench* ours : {all.one_leaf.get(), all.default_leaves.get()}) {
    const double apart = distance(all_weights(*ours), theirs);
    if (!(apart <= kWeightTolerance * gone)) {
      return differ(fmt::format("after {} steps the weights are {} apart, having gone {}",
                                kVerifySteps, apart, gone));
    }
  }
  return {};
}

// With the plain loop in the layout that is faster here; verified either way.
Result<Contenders> contenders_of(const run::BenchNet& net, const DnnlOptions& options) {
  Contenders best;
  double best_seconds = 0;
  for (const auto layout : {WeightLayout::out_in, WeightLayout::in_out}) {
    Contenders all;
    all.layout = layout;
    FORKNET_ASSIGN(all.one_leaf, run::StepBench::create(net, net.batch, options.target));
    FORKNET_ASSIGN(all.default_leaves, run::StepBench::create(net, 0, options.target));
    FORKNET_ASSIGN(all.plain, PlainNet::create(net, *all.one_leaf, layout));
    FORKNET_TRY(verify(net, all));
    const double took =
        fastest([&](std::size_t count) { return all.plain->run(count); }, options.step_seconds);
    if (best.plain && took >= best_seconds) continue;
    best = std::move(all);
    best_seconds = took;
  }
  return best;
}

struct Figures {
  Spread peak_share;  // percent, one leaf
  Spread leaf_cost;   // percent
  std::vector<std::string> cells;
};

Result<Figures> measure(const run::BenchNet& net, const DnnlOptions& options) {
  FORKNET_ASSIGN(const Contenders all, contenders_of(net, options));
  const auto rounds = alternate({[&](std::size_t count) { return all.one_leaf->run(count); },
                                 [&](std::size_t count) { return all.default_leaves->run(count); },
                                 [&](std::size_t count) { return all.plain->run(count); }},
                                {options.rounds, options.step_seconds}, options.target);
  const double giga = net.operations() * 1e-9;
  const auto micros = [&](std::size_t who) {
    const Spread time = spread_over(rounds, [&](const Round& r) { return 1e6 * r.seconds[who]; });
    return fmt::format("{:.1f}", time.median);
  };
  const auto share = [&](std::size_t who) {
    return spread_over(rounds,
                       [&](const Round& r) { return 100 * giga / r.seconds[who] / r.peak; });
  };
  const auto against_plain = [&](std::size_t who) {
    return spread_over(rounds, [&](const Round& r) { return r.seconds[2] / r.seconds[who]; });
  };
  Figures figures;
  figures.peak_share = share(0);
  figures.leaf_cost =
      spread_over(rounds, [](const Round& r) { return 100 * (r.seconds[1] / r.seconds[0] - 1); });
  const Spread speed = spread_over(rounds, [&](const Round& r) { return giga / r.seconds[0]; });
  figures.cells = {net.name(),
                   micros(0),
                   micros(1),
                   micros(2) + " " + layout_name(all.layout),
                   fmt::format("{:.1f}", speed.median),
                   text_of(figures.peak_share, 1),
                   fmt::format("{:.1f}", share(1).median),
                   fmt::format("{:.1f}", share(2).median),
                   text_of(against_plain(0), 3),
                   text_of(figures.leaf_cost, 1)};
  return figures;
}

}  // namespace

Status bench_steps(const DnnlOptions& options) {
  std::vector<std::vector<std::string>> cells;
  std::vector<std::pair<std::size_t, Figures>> measured;
  const auto& nets = run::bench_nets();
  for (std::size_t i = 0; i < nets.size(); ++i) {
    if (nets[i].name().find(options.only) == std::string::npos) continue;
    FORKNET_ASSIGN(auto figures, measure(nets[i], options));
    cells.push_back(figures.cells);
    measured.emplace_back(i, std::move(figures));
  }
  if (measured.empty()) return Error{ErrorKind::usage, "no net has that in its name"};
  std::printf(
      "Steps, us: one leaf, default leaves, a loop around dnnl_sgemm (how it keeps weights);\n"
      "GFLOP/s of one leaf; %% of peak of the three; ratio: one leaf / dnnl; median (quartiles)\n");
  std::fputs(report::table({"net", "one leaf", "leaves", "dnnl", "GFLOP/s", "% one leaf",
                            "% leaves", "% dnnl", "ratio", "leaves cost %"},
                           cells)
                 .c_str(),
             stdout);
  for (const auto& [i, figures] : measured) {
    print_result(nets[i].name() + ", one leaf, % of peak", figures.peak_share.median,
                 kPeakTargets[i], 1);
  }
  for (const auto& [i, figures] : measured) {
    if (i < kFirstLarger) continue;
    print_result(nets[i].name() + ", default leaves cost %", figures.leaf_cost.median, kLeafTarget,
                 1, false);
  }
  return {};
}

}  // namespace forknet::bench
