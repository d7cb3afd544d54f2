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

// The start of a model's share: the first rows % models shares have one row more.
std::uint32_t begin_of(std::uint32_t rows, const RowShare& share) {
  return rows / share.models * share.model + std::min(rows % share.models, share.model);
}

}  // namespace

Sampler::Sampler(std::uint64_t seed, std::uint32_t rows, std::uint32_t batch, bool shuffle,
                 const RowShare& share)
    : seed_(seed), rows_(rows), shuffle_(shuffle), share_(share) {
  FORKNET_CHECK(rows > 0 && batch > 0 && share.model < share.models && share.models <= rows);
  const std::uint32_t largest = (rows + share.models - 1) / share.models;
  batch_ = std::min(largest, batch);
  begin_ = begin_of(rows, share);
  end_ = begin_of(rows, {share.models, share.model + 1});
  steps_per_epoch_ = (std::uint64_t{largest} + batch_ - 1) / batch_;
}

Sampler Sampler::of_model(std::uint32_t model) const {
  return {seed_, rows_, batch_, shuffle_, {share_.models, model}};
}

std::uint64_t Sampler::rows_of_steps(std::uint64_t steps) const {
  std::uint64_t rows = 0;
  for (std::uint32_t model = 0; model < share_.models; ++model) {
    const Sampler own = of_model(model);
    rows += std::min<std::uint64_t>(steps * batch_, own.end_ - own.begin_);
  }
  return rows;
}

BatchPlan Sampler::plan(std::uint64_t step) const {
  BatchPlan plan;
  plan.epoch = step / steps_per_epoch_;
  plan.index_in_epoch = step % steps_per_epoch_;
  const std::uint64_t first = begin_ + plan.index_in_epoch * batch_;
  plan.first = static_cast<std::uint32_t>(std::min<std::uint64_t>(first, end_));
  plan.rows = std::min(batch_, end_ - plan.first);
  return plan;
}

void Sampler::epoch_order(std::uint64_t epoch, std::span<std::uint32_t> out) const {
  FORKNET_CHECK(out.size() == rows_ && epoch <= std::numeric_limits<std::uint32_t>::max());
  std::iota(out.begin(), out.end(), 0U);
  if (!shuffle_) return;
  PhiloxBlock block{};
  for (std::uint32_t i = rows_ - 1; i > 0; --i) {
    // Two words per block: odd positions come first and take the upper one.
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
