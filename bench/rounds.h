// Timing contenders against each other: A B, peak, A B, peak, … in one process, so that what a
// machine does by the minute (clock, neighbours, heat) strikes all alike; what is compared are the
// figures of one round. Medians, and quartiles as their spread.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "math/target.h"

namespace forknet::bench {

// Seconds for so many runs, one after the other.
using Contender = std::function<double(std::size_t count)>;

struct Plan {
  std::size_t rounds = 15;
  double seconds = 0.01;  // of each contender in each round, at least one run
};

struct Round {
  std::vector<double> seconds;  // a run of each contender
  double peak = 0;              // GFLOP/s of fused multiply-adds, measured after them
};

// Warms every contender up, then times them in turn.
[[nodiscard]] std::vector<Round> alternate(const std::vector<Contender>& contenders,
                                           const Plan& plan, math::Target target);

// Seconds of a run, the best of a few tries of about `seconds`: to choose between variants of one
// contender.
[[nodiscard]] double fastest(const Contender& contender, double seconds);

struct Spread {
  double low = 0;  // first quartile
  double median = 0;
  double high = 0;  // third quartile
};

[[nodiscard]] Spread spread_of(std::vector<double> numbers);

// The spread of what `figure` makes of each round.
template <class Figure>
[[nodiscard]] Spread spread_over(const std::vector<Round>& rounds, Figure figure) {
  std::vector<double> numbers;
  numbers.reserve(rounds.size());
  for (const Round& round : rounds) numbers.push_back(figure(round));
  return spread_of(std::move(numbers));
}

// "0.985 (0.971 .. 0.990)": the median and the quartiles.
[[nodiscard]] std::string text_of(const Spread& spread, int decimals);

}  // namespace forknet::bench
