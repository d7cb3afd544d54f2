// Kernels: every product of the five nets, forknet's and dnnl_sgemm's in turn.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "apps/bench/product_bench.h"
#include "bench/dnnl_bench.h"
#include "bench/plain_product.h"
#include "report/text.h"

namespace forknet::bench {
namespace {

using Kind = run::ProductShape::Kind;

constexpr double kMedianTarget = 0.98;
constexpr double kLeastTarget = 0.90;
constexpr std::size_t kSamples = 97;  // elements a shape that are held against a sum in fp64

std::size_t terms_of(const run::ProductShape& shape) {
  switch (shape.kind) {
    case Kind::forward:
      return shape.in;
    case Kind::input_error:
      return shape.out;
    case Kind::gradient:
      return shape.rows;
  }
  return 0;
}

// One element of the result in double; `place` counts as ProductBench::result() does.
class Oracle {
 public:
  Oracle(const run::ProductShape& shape, const run::ProductBench& bench)
      : shape_(shape), x_(bench.inputs()), w_(bench.weights()), dy_(bench.errors()) {}

  [[nodiscard]] double element(std::size_t place) const {
    switch (shape_.kind) {
      case Kind::forward: {
        const std::size_t row = place / shape_.out, o = place % shape_.out;
        return sum(shape_.in, x_, row * shape_.in, 1, w_, o * shape_.in, 1);
      }
      case Kind::input_error: {
        const std::size_t row = place / shape_.in, i = place % shape_.in;
        return sum(shape_.out, dy_, row * shape_.out, 1, w_, i, shape_.in);
      }
      case Kind::gradient: {
        const std::size_t o = place / shape_.in, i = place % shape_.in;
        return sum(shape_.rows, dy_, o, shape_.out, x_, i, shape_.in);
      }
    }
    return 0;
  }

 private:
  static double sum(std::size_t terms, const std::vector<float>& a, std::size_t a_begin,
                    std::size_t a_stride, const std::vector<float>& b, std::size_t b_begin,
                    std::size_t b_stride) {
    double total = 0;
    for (std::size_t k = 0; k < terms; ++k) {
      total += static_cast<double>(a[a_begin + k * a_stride]) *
               static_cast<double>(b[b_begin + k * b_stride]);
    }
    return total;
  }

  run::ProductShape shape_;
  std::vector<float> x_, w_, dy_;
};

// Every element of one against the other, some of both against fp64. Operands are in [-1, 1), so a
// term is below 1 and a sum of k terms in fp32 is off by less than k units of 2^-24 times what it
// has summed up so far; a wrong or missing term is thousands of times more.
Status verify(const run::ProductShape& shape, run::ProductBench& ours, PlainProduct& theirs) {
  const double tolerance = 4.0 * static_cast<double>(terms_of(shape)) * std::ldexp(1.0, -24);
  const std::vector<float> a = ours.result();
  const std::vector<float> b = theirs.result();
  const auto differ = [&](std::size_t place, double left, double right, const char* sides) {
    return Error{ErrorKind::comparison,
                 fmt::format("{}: element {}: {} give {} and {}, further apart than {}",
                             shape.name(), place, sides, left, right, tolerance)};
  };
  if (a.size() != b.size()) return Error{ErrorKind::comparison, shape.name() + ": sizes differ"};
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto left = static_cast<double>(a[i]), right = static_cast<double>(b[i]);
    if (!(std::abs(left - right) <= tolerance)) return differ(i, left, right, "forknet and dnnl");
  }
  const Oracle oracle(shape, ours);
  for (std::size_t sample = 0; sample < kSamples; ++sample) {
    const std::size_t place = sample * (a.size() - 1) / (kSamples - 1);
    const double exact = oracle.element(place);
    const auto left = static_cast<double>(a[place]);
    if (!(std::abs(left - exact) <= tolerance))
      return differ(place, left, exact, "forknet and fp64");
  }
  return {};
}

struct Row {
  std::vector<std::string> cells;
  double ratio = 0;
};

// dnnl_sgemm with the weights in the layout that it is faster with here.
Result<std::unique_ptr<PlainProduct>> best_peer(const run::ProductShape& shape,
                                                run::ProductBench& ours, double seconds,
                                                WeightLayout* layout) {
  std::unique_ptr<PlainProduct> best;
  double best_seconds = 0;
  for (const auto candidate : {WeightLayout::out_in, WeightLayout::in_out}) {
    FORKNET_ASSIGN(auto peer, PlainProduct::create(shape, ours, candidate));
    FORKNET_TRY(verify(shape, ours, *peer));
    const double took = fastest([&](std::size_t count) { return peer->run(count); }, seconds);
    if (best && took >= best_seconds) continue;
    best = std::move(peer);
    best_seconds = took;
    *layout = candidate;
  }
  return best;
}

Result<Row> measure(const run::ProductShape& shape, const DnnlOptions& options) {
  FORKNET_ASSIGN(const auto ours, run::ProductBench::create(shape, options.target));
  WeightLayout layout = WeightLayout::out_in;
  FORKNET_ASSIGN(const auto theirs, best_peer(shape, *ours, options.kernel_seconds, &layout));
  const auto rounds = alternate({[&](std::size_t count) { return ours->run(count); },
                                 [&](std::size_t count) { return theirs->run(count); }},
                                {options.rounds, options.kernel_seconds}, options.target);
  const double giga = shape.operations() * 1e-9;
  const auto speed = [&](std::size_t who) {
    return spread_over(rounds, [&](const Round& round) { return giga / round.seconds[who]; });
  };
  const Spread share = spread_over(
      rounds, [&](const Round& round) { return 100 * giga / round.seconds[0] / round.peak; });
  const Spread ratio =
      spread_over(rounds, [](const Round& round) { return round.seconds[1] / round.seconds[0]; });
  return Row{
      {shape.name(), fmt::format("{:.1f}", speed(0).median), fmt::format("{:.1f}", speed(1).median),
       layout_name(layout), fmt::format("{:.1f}", share.median), text_of(ratio, 3)},
      ratio.median};
}

}  // namespace

Status bench_kernels(const DnnlOptions& options) {
  std::vector<std::vector<std::string>> cells;
  std::vector<double> ratios;
  for (const auto& shape : run::product_shapes()) {
    if (shape.name().find(options.only) == std::string::npos) continue;
    FORKNET_ASSIGN(auto row, measure(shape, options));
    cells.push_back(std::move(row.cells));
    ratios.push_back(row.ratio);
  }
  if (ratios.empty()) return Error{ErrorKind::usage, "no shape has that in its name"};
  std::printf(
      "Kernels, GFLOP/s: rows x in x out; ratio: forknet / dnnl_sgemm, median (quartiles)\n");
  std::fputs(
      report::table({"product", "forknet", "dnnl", "dnnl's weights", "% of peak", "ratio"}, cells)
          .c_str(),
      stdout);
  print_result(fmt::format("kernels / dnnl_sgemm, median of {} shapes", ratios.size()),
               spread_of(ratios).median, kMedianTarget, 3);
  print_result("kernels / dnnl_sgemm, lowest shape", *std::ranges::min_element(ratios),
               kLeastTarget, 3);
  return {};
}

}  // namespace forknet::bench
