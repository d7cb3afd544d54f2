#include "bench/rounds.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "math/fma_peak.h"

namespace forknet::bench {
namespace {

// How many runs take `seconds`, found by running.
std::size_t runs_in(const Contender& contender, double seconds) {
  std::size_t count = 1;
  while (true) {
    const double took = contender(count);
    if (took >= seconds / 4) {
      const double wanted = static_cast<double>(count) * seconds / took;
      return std::max<std::size_t>(1, static_cast<std::size_t>(std::lround(wanted)));
    }
    count *= 2;
  }
}

// Between neighbours, as most programs do it.
double quantile(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

}  // namespace

std::vector<Round> alternate(const std::vector<Contender>& contenders, const Plan& plan,
                             math::Target target) {
  std::vector<std::size_t> counts;
  counts.reserve(contenders.size());
  for (const Contender& contender : contenders) counts.push_back(runs_in(contender, plan.seconds));
  std::vector<Round> rounds(plan.rounds);
  for (Round& round : rounds) {
    for (std::size_t i = 0; i < contenders.size(); ++i) {
      round.seconds.push_back(contenders[i](counts[i]) / static_cast<double>(counts[i]));
    }
    round.peak = math::measure_fma_peak(target);
  }
  return rounds;
}

double fastest(const Contender& contender, double seconds) {
  constexpr int kTries = 5;
  const std::size_t count = runs_in(contender, seconds);
  double best = contender(count);
  for (int i = 1; i < kTries; ++i) best = std::min(best, contender(count));
  return best / static_cast<double>(count);
}

Spread spread_of(std::vector<double> numbers) {
  FORKNET_CHECK(!numbers.empty());
  std::sort(numbers.begin(), numbers.end());
  return {quantile(numbers, 0.25), quantile(numbers, 0.5), quantile(numbers, 0.75)};
}

std::string text_of(const Spread& spread, int decimals) {
  return fmt::format("{:.{}f} ({:.{}f} .. {:.{}f})", spread.median, decimals, spread.low, decimals,
                     spread.high, decimals);
}

}  // namespace forknet::bench
