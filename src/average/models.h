// The models of a run that train apart, in memory that its workers map: of each its weights and
// moments in two versions, how far it has come and what its steps came to; and what belongs to the
// center besides its weights. The center is what all begin a round with: the last mean.
//
// Whoever trains a model seeds it first, where it has not left the center: seeding twice is seeding
// once, so a worker that dies while it seeds costs nothing. The center changes by one atomic store
// (Center), made when all models have done their round; until then all that the mean is made of
// stays as it is. T is float or double.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "average/workers/worker_control_block.h"
#include "state/center.h"
#include "state/commits.h"
#include "store/weights.h"

namespace forknet::run {

struct ModelsShape {
  std::size_t models = 1;
  std::uint64_t number_bytes = 0;
  std::uint64_t numbers = 0;  // of a region (store/weights.h)
  std::uint64_t moments = 0;
  bool keeps_moments = false;  // each model goes on with its own after an average
  bool has_velocity = false;   // an outer optimizer with momentum

  [[nodiscard]] store::WeightsLayout weights() const { return {number_bytes, numbers, moments, 2}; }
  [[nodiscard]] std::size_t control_bytes() const;
  [[nodiscard]] std::size_t bytes() const;
};

// Of one model.
struct ModelControlBlock {
  Commits commits;
  // The round in which it is left out, as the steps before it plus one, and from which step on;
  // with a checksum of each (CheckedWord).
  std::atomic<std::uint64_t> left_out_round;
  std::atomic<std::uint64_t> left_out_from;
};

// A number below 2^48 that carries 16 bits of checksum above it; 0 stands for itself.
struct CheckedWord {
  static constexpr int kBits = 48;
  static constexpr std::uint64_t kMask = (std::uint64_t{1} << kBits) - 1;
  [[nodiscard]] static std::uint64_t of(std::uint64_t number) {
    return number | tag(number) << kBits;
  }
  [[nodiscard]] static std::uint64_t number(std::uint64_t word) { return word & kMask; }
  [[nodiscard]] static bool whole(std::uint64_t word) { return word == of(number(word)); }

 private:
  static std::uint64_t tag(std::uint64_t number) { return number * 0x9E37'79B9'7F4A'7C15 >> kBits; }
};

template <class T>
class Models {
 public:
  // memory: shape.bytes(), page-aligned, zero at first, outliving this.
  Models(std::span<std::byte> memory, const ModelsShape& shape);

  [[nodiscard]] std::size_t count() const { return shape_.models; }
  [[nodiscard]] const ModelsShape& shape() const { return shape_; }
  [[nodiscard]] Commits& commits(std::size_t model) { return words_[model].commits; }
  [[nodiscard]] const Commits& commits(std::size_t model) const { return words_[model].commits; }
  // At the version that its commits stand for.
  [[nodiscard]] store::Weights<T> weights(std::size_t model) const;
  [[nodiscard]] WorkerControlBlock& worker(std::size_t worker) const { return workers_[worker]; }

  // --- the center: the steps before the round at hand, and which version of its weights it is
  [[nodiscard]] std::uint64_t center_step() const { return center_->word.get().step; }
  [[nodiscard]] std::uint64_t center_version() const { return center_->word.get().version; }
  void put_center(std::uint64_t step, std::uint64_t version) { center_->word.put({step, version}); }
  // The checksum of the center that begins at `step`, once its numbers are there; `center`: at that
  // version.
  void seal_center(std::uint64_t step, std::uint64_t version, const store::Weights<T>& center);
  // The numbers are those that were sealed. `center`: at the center's version.
  [[nodiscard]] bool center_is_sealed(const store::Weights<T>& center) const;
  // Likewise the moments that models begin the round with, if one of them has still to begin it.
  [[nodiscard]] bool starts_are_sealed() const;
  // The same for a model's weights as they stand after its committed steps.
  void seal_model(std::size_t model);
  // In two versions, as the center's weights are; only with has_velocity.
  [[nodiscard]] std::span<T> velocity(std::uint64_t version) const;
  // What a model's moments are at the start of a round; only with keeps_moments.
  [[nodiscard]] std::span<T> start_moment(std::size_t model, std::size_t moment) const;

  // --- a model in the round at hand
  // It has not left the center: it is to be seeded.
  [[nodiscard]] bool at_center(std::size_t model) const {
    return commits(model).committed() <= center_step();
  }
  // Steps that it has done; one that has not left the center stands where that does.
  [[nodiscard]] std::uint64_t steps_of(std::size_t model) const {
    return std::max(commits(model).committed(), center_step());
  }
  // All have done so many steps, but for those left out.
  [[nodiscard]] bool rest_at(std::uint64_t step) const {
    for (std::size_t model = 0; model < count(); ++model) {
      if (!left_out(model) && steps_of(model) != step) return false;
    }
    return true;
  }
  // center: at its version.
  void seed(std::size_t model, const store::Weights<T>& center);
  // Its round is to be done again from the start.
  void begin_again(std::size_t model) { commits(model).begin(center_step()); }
  void leave_out(std::size_t model, std::uint64_t from_step);
  [[nodiscard]] bool left_out(std::size_t model) const {
    return left_out_since(model) == center_step();
  }
  // The start of the last round in which it was left out.
  [[nodiscard]] std::optional<std::uint64_t> left_out_since(std::size_t model) const {
    const std::uint64_t round =
        CheckedWord::number(words_[model].left_out_round.load(std::memory_order_acquire));
    return round > 0 ? std::optional(round - 1) : std::nullopt;
  }
  [[nodiscard]] std::uint64_t left_out_from(std::size_t model) const {
    return CheckedWord::number(words_[model].left_out_from.load(std::memory_order_relaxed));
  }
  // What says so is what was written.
  [[nodiscard]] bool left_out_is_whole(std::size_t model) const {
    const std::uint64_t round = words_[model].left_out_round.load(std::memory_order_relaxed);
    const std::uint64_t from = words_[model].left_out_from.load(std::memory_order_relaxed);
    return CheckedWord::whole(round) && CheckedWord::whole(from);
  }
  // Nobody is at work: what earlier workers were told is forgotten.
  void forget_workers();

 private:
  [[nodiscard]] std::uint64_t sum_of_center(std::uint64_t version,
                                            const store::Weights<T>& center) const;
  [[nodiscard]] std::uint64_t sum_of_starts() const;
  [[nodiscard]] std::span<std::byte> part(std::size_t begin, std::size_t bytes) const {
    return memory_.subspan(begin, bytes);
  }

  const ModelsShape shape_;
  const std::span<std::byte> memory_;
  CenterPage* center_;
  ModelControlBlock* words_;     // (models)
  WorkerControlBlock* workers_;  // (models): no more can be at work
};

}  // namespace forknet::run
