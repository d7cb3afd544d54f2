#include "data/sampler.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <numeric>
#include <utility>

#include "base/check.h"
#include "base/philox.h"

namespace forknet::data {
namespace {

__extension__ using Wide = unsigned __int128;

// A number below `bound` from 64 random bits. Source: D. Lemire, "Fast random integer generation in
// an interval", 2019, without its rejection step: no choice is off by more than bound / 2^64.
std::uint32_t below(std::uint64_t word, std::uint64_t bound) {
  return static_cast<std::uint32_t>((Wide{word} * bound) >> 64);
}

}  // namespace

Sampler::Sampler(std::uint64_t seed, std::uint32_t rows, std::uint32_t batch, bool shuffle)
    : seed_(seed), rows_(rows), batch_(std::min(rows, batch)), shuffle_(shuffle) {
  FORKNET_CHECK(rows > 0 && batch > 0);
  steps_per_epoch_ = (std::uint64_t{rows_} + batch_ - 1) / batch_;
}

BatchPlan Sampler::plan(std::uint64_t step) const {
  BatchPlan plan;
  plan.epoch = step / steps_per_epoch_;
  plan.index_in_epoch = step % steps_per_epoch_;
  plan.first = static_cast<std::uint32_t>(plan.index_in_epoch * batch_);
  plan.rows = std::min(batch_, rows_ - plan.first);
  return plan;
}

void Sampler::epoch_order(std::uint64_t epoch, std::span<std::uint32_t> out) const {
  FORKNET_CHECK(out.size() == rows_ && epoch <= std::numeric_limits<std::uint32_t>::max());
  std::iota(out.begin(), out.end(), 0U);
  if (!shuffle_) return;
  PhiloxBlock block{};
  for (std::uint32_t i = rows_ - 1; i > 0; --i) {
    // Two words a block: odd positions come first and take the upper one.
    const bool odd = i % 2 == 1;
    if (odd || i == rows_ - 1) {
      block = random_block(seed_, Purpose::shuffle, static_cast<std::uint32_t>(epoch), i / 2, 0);
    }
    const std::size_t half = odd ? 2 : 0;
    const std::uint64_t word = block[half] | (std::uint64_t{block[half + 1]} << 32);
    std::swap(out[i], out[below(word, std::uint64_t{i} + 1)]);
  }
}

}  // namespace forknet::data
