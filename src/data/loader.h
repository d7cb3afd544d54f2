// Batches of consecutive steps, prepared ahead of the training thread behind a bounded queue of
// slots.
//
// Loader threads take the steps in ascending order, each the next one whose slot (step % slots) is
// free. A batch does not depend on the thread that prepares it: any number of threads, and none,
// give the same bits. With threads = 0 acquire() prepares the batch in the caller's thread. The
// rows of coming steps are requested from the disk in advance if the table is a file
// (table_cache.h). One thread acquires and releases, steps in ascending order. create() allocates
// all memory; acquire() and release() allocate nothing. The destructor stops and joins at any time.
#pragma once

#include <forknet/result.h>

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "data/augment/augmenter.h"
#include "data/batch_slots.h"
#include "data/epoch_orders.h"
#include "data/fetch.h"
#include "data/sampler.h"
#include "data/view.h"
#include "math/element_kernels.h"
#include "math/target.h"
#include "os/thread.h"

namespace forknet::data {

struct LoaderOptions {
  std::uint64_t first_step = 0;
  std::uint64_t last_step = 0;  // exclusive
  std::size_t threads = 1;      // 0: the caller prepares batches
  std::size_t slots = 0;  // batches at a time; 0: one without threads, else max(4, 2 * threads + 2)
  bool inputs = true;     // false: batches have their number of rows, but no inputs
  std::size_t target_columns = 0;  // target numbers per row; 0: labels only
  math::Target target = math::best_target();
  bool fetch_inputs = true;  // false, with inputs false: copy_inputs() is not called either, so
                             // that they are not requested from the disk
  // Members of the model: each sample is as many rows of a batch, one after the other; without
  // `repeats_targets` only its inputs are.
  std::size_t members = 1;
  bool repeats_targets = true;
  // The samples of a batch of `rows` whose inputs are wanted, the others being undefined; empty:
  // all. Called by any thread.
  std::function<math::Range(std::size_t rows)> wanted = nullptr;
  bool gives_way = false;  // its threads leave most of a CPU to others that want it
};

template <class T>
class Loader {
 public:
  // The view's table must have passed check_labels or check_targets; the sampler counts its rows.
  [[nodiscard]] static Result<std::unique_ptr<Loader>> create(View view, const Sampler& sampler,
                                                              const LoaderOptions& options);
  ~Loader();
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  // The batch of that step, valid until it is released; waits until it is ready. At most `slots`
  // steps may be held at a time.
  [[nodiscard]] const Batch<T>& acquire(std::uint64_t step);
  // Releases `step`, the oldest one held.
  void release(std::uint64_t step);

  // Copies inputs of a held step, (to.rows, features) from its sample `first` on, even if its batch
  // has no inputs: for threads that keep inputs in their own memory. Any number of threads at once;
  // they hold nothing afterwards; allocates nothing. `scratch`: scratch_bytes() of the thread's
  // own.
  void copy_inputs(std::uint64_t step, std::size_t first, const math::PanelView<T>& to,
                   std::byte* scratch = nullptr);
  // Bytes of memory that preparing inputs takes (BatchSizes); 0 unless they are varied.
  [[nodiscard]] std::size_t scratch_bytes() const {
    return augmenter_ ? augmenter_->memory_bytes() : 0;
  }

  // Time that acquire() has taken so far, by waiting or by preparing.
  [[nodiscard]] std::uint64_t wait_ns() const;

 private:
  Loader(View view, const Sampler& sampler, const LoaderOptions& options,
         std::optional<Augmenter<T>> augmenter, BatchSlots<T> slots);
  [[nodiscard]] Status start_threads(std::size_t threads, bool gives_way);
  void work();
  void prepare(std::uint64_t step);
  void prepare_targets(std::span<const std::uint32_t> positions, BatchSlot<T>& slot);
  void prepare_wanted(std::span<const std::uint32_t> positions, const BatchSlot<T>& slot);
  void prepare_inputs(std::uint64_t epoch, std::span<const std::uint32_t> positions,
                      const math::PanelView<T>& to, std::byte* scratch);
  // Steps whose rows must be fetched before `step` is prepared: [first, end). Empty for a table in
  // memory.
  struct Steps {
    std::uint64_t first = 0;
    std::uint64_t end = 0;
  };
  [[nodiscard]] Steps steps_to_fetch(std::uint64_t step);
  void fetch(const Steps& steps);
  void wait_until_ready(std::uint64_t step);
  [[nodiscard]] bool slot_is_free() const;
  [[nodiscard]] bool worth_waking() const;

  const View view_;
  const Sampler sampler_;
  const math::ElementKernels<T>& kernels_;
  const std::uint64_t last_step_;
  const std::size_t members_;                             // rows of inputs for each sample
  const std::size_t target_members_;                      // likewise of targets
  const double mean_weight_;                              // of the view's rows
  const std::optional<Augmenter<T>> augmenter_;           // none: rows are taken as they are
  const std::function<math::Range(std::size_t)> wanted_;  // empty: the inputs of all rows
  const RowParts fetched_;
  const std::uint64_t ahead_;  // steps to fetch in advance; 0: none (a table in memory)
  BatchSlots<T> slots_;
  EpochOrders orders_;
  std::atomic<std::uint64_t> wait_ns_{0};  // relaxed: a statistic that publishes nothing

  std::mutex mutex_;  // guards what follows
  std::condition_variable work_;
  std::condition_variable done_;
  std::vector<bool> ready_;    // (slots)
  std::uint64_t next_step_;    // the first not yet taken by a loader
  std::uint64_t oldest_step_;  // all before it have been released
  std::uint64_t next_fetch_;   // the first step whose rows are not requested yet
  bool waiting_ = false;       // the training thread waits for a batch
  bool stopping_ = false;
  std::vector<os::Thread> threads_;  // used by creator and destructor only
};

extern template class Loader<float>;
extern template class Loader<double>;

}  // namespace forknet::data
