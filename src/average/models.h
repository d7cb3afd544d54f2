// The models of a run that train apart, in memory that its workers map. Per model: weights and
// moments in two versions, its commits and the figures of its steps. Of the center: all except its
// weights. The center is the last mean, with which all models begin a round.
//
// A worker first seeds a model that has not left the center. Seeding is idempotent, so the death of
// a worker while seeding loses nothing. The center changes by one atomic store (Center) when all
// models have finished their round; until then all inputs of the mean stay unchanged. T is float or
// double.
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
  std::uint64_t numbers = 0;  // per region (store/weights.h)
  std::uint64_t moments = 0;
  bool keeps_moments = false;  // each model keeps its own after an average
  bool has_velocity = false;   // an outer optimizer with momentum

  [[nodiscard]] store::WeightsLayout weights() const { return {number_bytes, numbers, moments, 2}; }
  [[nodiscard]] std::size_t control_bytes() const;
  [[nodiscard]] std::size_t bytes() const;
};

// The control block of one model.
struct ModelControlBlock {
  Commits commits;
  // The round in which the model is left out, as the steps before the round plus one, and the step
  // from which on; each with a checksum (CheckedWord).
  std::atomic<std::uint64_t> left_out_round;
  std::atomic<std::uint64_t> left_out_from;
};

// A number below 2^48 with 16 bits of checksum above it; 0 has none.
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
  // memory: shape.bytes(), page-aligned, initially zero; outlives this object.
  Models(std::span<std::byte> memory, const ModelsShape& shape);

  [[nodiscard]] std::size_t count() const { return shape_.models; }
  [[nodiscard]] const ModelsShape& shape() const { return shape_; }
  [[nodiscard]] Commits& commits(std::size_t model) { return words_[model].commits; }
  [[nodiscard]] const Commits& commits(std::size_t model) const { return words_[model].commits; }
  // The weights at the version of the model's last commit.
  [[nodiscard]] store::Weights<T> weights(std::size_t model) const;
  [[nodiscard]] WorkerControlBlock& worker(std::size_t worker) const { return workers_[worker]; }

  // --- the center: the number of steps before the current round, and the version of its weights
  [[nodiscard]] std::uint64_t center_step() const { return center_->word.get().step; }
  [[nodiscard]] std::uint64_t center_version() const { return center_->word.get().version; }
  void put_center(std::uint64_t step, std::uint64_t version) { center_->word.put({step, version}); }
  // Stores the checksum of the center that begins at `step`, after its numbers are written.
  // `center`: at `version`.
  void seal_center(std::uint64_t step, std::uint64_t version, const store::Weights<T>& center);
  // True: the numbers match the checksum. `center`: at the center's version.
  [[nodiscard]] bool center_is_sealed(const store::Weights<T>& center) const;
  // The same for the moments with which models begin the round, if a model has not begun it yet.
  [[nodiscard]] bool starts_are_sealed() const;
  // Stores the checksum of a model's weights after its committed steps.
  void seal_model(std::size_t model);
  // In two versions, like the center's weights; only with has_velocity.
  [[nodiscard]] std::span<T> velocity(std::uint64_t version) const;
  // A model's moments at the start of a round; only with keeps_moments.
  [[nodiscard]] std::span<T> start_moment(std::size_t model, std::size_t moment) const;

  // --- a model in the current round
  // True: the model has not left the center and must be seeded.
  [[nodiscard]] bool at_center(std::size_t model) const {
    return commits(model).committed() <= center_step();
  }
  // The steps done by the model; those of the center if it has not left the center.
  [[nodiscard]] std::uint64_t steps_of(std::size_t model) const {
    return std::max(commits(model).committed(), center_step());
  }
  // True: all models except those left out have done `step` steps.
  [[nodiscard]] bool rest_at(std::uint64_t step) const {
    for (std::size_t model = 0; model < count(); ++model) {
      if (!left_out(model) && steps_of(model) != step) return false;
    }
    return true;
  }
  // Copies the center into the model. `center`: at its version.
  void seed(std::size_t model, const store::Weights<T>& center);
  // Restarts the model's round.
  void begin_again(std::size_t model) { commits(model).begin(center_step()); }
  void leave_out(std::size_t model, std::uint64_t from_step);
  [[nodiscard]] bool left_out(std::size_t model) const {
    return left_out_since(model) == center_step();
  }
  // The start of the last round in which the model was left out.
  [[nodiscard]] std::optional<std::uint64_t> left_out_since(std::size_t model) const {
    const std::uint64_t round =
        CheckedWord::number(words_[model].left_out_round.load(std::memory_order_acquire));
    return round > 0 ? std::optional(round - 1) : std::nullopt;
  }
  [[nodiscard]] std::uint64_t left_out_from(std::size_t model) const {
    return CheckedWord::number(words_[model].left_out_from.load(std::memory_order_relaxed));
  }
  // True: the words that say so match their checksums.
  [[nodiscard]] bool left_out_is_whole(std::size_t model) const {
    const std::uint64_t round = words_[model].left_out_round.load(std::memory_order_relaxed);
    const std::uint64_t from = words_[model].left_out_from.load(std::memory_order_relaxed);
    return CheckedWord::whole(round) && CheckedWord::whole(from);
  }
  // Clears all control blocks of workers. Requires that no worker runs.
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
  WorkerControlBlock* workers_;  // (models): the maximum number of workers
};

}  // namespace forknet::run
