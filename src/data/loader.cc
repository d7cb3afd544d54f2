#include "data/loader.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "base/check.h"
#include "base/clock.h"
#include "base/try.h"
#include "data/gather.h"
#include "math/float_state.h"
#include "os/paged_file.h"
#include "os/process.h"

namespace forknet::data {
namespace {

// Epochs in which threads may work at the same time; further ones wait for a buffer.
constexpr std::size_t kMostOrders = 3;
constexpr std::size_t kFewestSlots = 4;

std::size_t slots_for(const LoaderOptions& options) {
  if (options.slots != 0) return options.slots;
  return options.threads == 0 ? 1 : std::max(kFewestSlots, 2 * options.threads + 2);
}

// Steps whose rows are requested from the disk in advance: many, because a disk works on many
// requests at once, but limited, because they take memory.
std::uint64_t steps_ahead(const Table& table, const Sampler& sampler, const RowParts& parts) {
  constexpr std::size_t kMost = 8;
  constexpr std::size_t kBytes = std::size_t{8} << 20;
  const std::size_t row_bytes = fetched_bytes(table, parts);
  if (!table.paged || row_bytes == 0) return 0;
  return std::clamp<std::size_t>(kBytes / (sampler.batch() * row_bytes), 1, kMost);
}

// Config checks (settings/rules.h) keep the product countable.
std::uint32_t rows_of_batch(const Sampler& sampler, const LoaderOptions& options) {
  const std::uint64_t rows = std::uint64_t{sampler.batch()} * options.members;
  FORKNET_CHECK(rows <= std::numeric_limits<std::uint32_t>::max());
  return static_cast<std::uint32_t>(rows);
}

// One more if the next epoch's rows are fetched before this one ends.
std::size_t orders_for(const Table& table, const LoaderOptions& options) {
  return std::clamp<std::size_t>(options.threads, 1, kMostOrders) + (table.paged ? 1 : 0);
}

}  // namespace

template <class T>
Loader<T>::Loader(View view, const Sampler& sampler, const LoaderOptions& options,
                  std::optional<Augmenter<T>> augmenter, BatchSlots<T> slots)
    : view_(std::move(view)),
      sampler_(sampler),
      kernels_(math::element_kernels<T>(options.target)),
      last_step_(options.last_step),
      members_(options.members),
      target_members_(options.repeats_targets ? options.members : 1),
      mean_weight_(mean_weight(view_)),
      augmenter_(std::move(augmenter)),
      wanted_(options.wanted),
      fetched_{options.inputs || options.fetch_inputs, options.target_columns > 0},
      ahead_(steps_ahead(*view_.table, sampler, fetched_)),
      slots_(std::move(slots)),
      orders_(sampler, orders_for(*view_.table, options)),
      ready_(slots_.size(), false),
      next_step_(options.first_step),
      oldest_step_(options.first_step),
      next_fetch_(options.first_step) {}

template <class T>
Result<std::unique_ptr<Loader<T>>> Loader<T>::create(View view, const Sampler& sampler,
                                                     const LoaderOptions& options) {
  FORKNET_CHECK(sampler.rows() == view.size() && options.first_step <= options.last_step);
  const TableShape& shape = view.table->shape;
  std::optional<Augmenter<T>> augmenter;
  if (view.augment.any()) augmenter.emplace(view.augment, options.target);
  FORKNET_ASSIGN(
      BatchSlots<T> slots,
      BatchSlots<T>::create({slots_for(options), rows_of_batch(sampler, options),
                             options.inputs ? shape.features : 0, options.target_columns,
                             shape.labelled, view.weighted(),
                             options.inputs && augmenter ? augmenter->memory_bytes() : 0}));
  if (view.table->paged) os::expect_far_apart(view.table->memory);
  std::unique_ptr<Loader> loader(
      new Loader(std::move(view), sampler, options, std::move(augmenter), std::move(slots)));
  FORKNET_TRY(loader->start_threads(options.threads, options.gives_way));
  return loader;
}

template <class T>
Status Loader<T>::start_threads(std::size_t threads, bool gives_way) {
  threads_.reserve(threads);
  while (threads_.size() < threads) {
    const std::string what =
        "loader thread " + std::to_string(threads_.size() + 1) + " of " + std::to_string(threads);
    FORKNET_ASSIGN(os::Thread thread, os::Thread::start(what, [this, gives_way] {
                     if (gives_way) os::give_way_to_other_threads();
                     work();
                   }));
    threads_.push_back(std::move(thread));
  }
  return {};
}

template <class T>
Loader<T>::~Loader() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_.notify_all();
  threads_.clear();  // joins
}

template <class T>
bool Loader<T>::slot_is_free() const {
  return next_step_ < last_step_ && next_step_ - oldest_step_ < slots_.size();
}

// A wake-up costs the training thread a system call, so sleeping loaders are left alone until half
// the queue is free or the training thread runs dry.
template <class T>
bool Loader<T>::worth_waking() const {
  const std::uint64_t prepared = next_step_ - oldest_step_;
  return slot_is_free() && (waiting_ || prepared <= slots_.size() / 2);
}

template <class T>
void Loader<T>::work() {
  os::name_this_thread("loader");
  math::set_float_state();
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (!slot_is_free()) {
      work_.wait(lock, [this] { return stopping_ || worth_waking(); });
      continue;
    }
    const std::uint64_t step = next_step_++;
    const Steps steps = steps_to_fetch(step);
    lock.unlock();
    fetch(steps);
    prepare(step);
    lock.lock();
    ready_[step % slots_.size()] = true;
    if (waiting_) done_.notify_one();
  }
}

template <class T>
typename Loader<T>::Steps Loader<T>::steps_to_fetch(std::uint64_t step) {
  if (ahead_ == 0) return {};
  const Steps steps = {std::max(next_fetch_, step), std::min(step + ahead_ + 1, last_step_)};
  next_fetch_ = std::max(next_fetch_, steps.end);
  return steps;
}

template <class T>
void Loader<T>::fetch(const Steps& steps) {
  for (std::uint64_t step = steps.first; step < steps.end; ++step) {
    const BatchPlan plan = sampler_.plan(step);
    fetch_ahead(view_, orders_.take(plan.epoch).subspan(plan.first, plan.rows), fetched_);
    orders_.give_back(plan.epoch);
  }
}

// Fills the slot of the step. No other thread accesses it until it is ready.
template <class T>
void Loader<T>::prepare(std::uint64_t step) {
  const BatchPlan plan = sampler_.plan(step);
  BatchSlot<T>& slot = slots_[step % slots_.size()];
  Batch<T>& batch = slot.batch;
  batch.step = step;
  batch.epoch = plan.epoch;
  batch.rows = plan.rows;
  batch.inputs.rows = plan.rows * members_;
  batch.targets.rows = plan.rows * target_members_;
  const std::span<const std::uint32_t> positions =
      orders_.take(plan.epoch).subspan(plan.first, plan.rows);
  prepare_targets(positions, slot);
  if (batch.inputs.columns > 0) prepare_wanted(positions, slot);
  orders_.give_back(plan.epoch);
}

// Everything but inputs.
template <class T>
void Loader<T>::prepare_targets(std::span<const std::uint32_t> positions, BatchSlot<T>& slot) {
  std::uint32_t* key = slot.samples;
  for (const std::uint32_t position : positions) {
    const auto first = static_cast<std::uint32_t>(view_.row(position) * members_);
    for (std::size_t m = 0; m < members_; ++m) *key++ = first + static_cast<std::uint32_t>(m);
  }
  gather<T>(view_, positions,
            {{}, slot.labels, slot.batch.targets, slot.sample_weights, mean_weight_}, kernels_);
  if (target_members_ == 1) return;
  const std::size_t count = positions.size();
  repeat_rows(slot.batch.targets, count, target_members_);
  if (slot.labels != nullptr) repeat_each(slot.labels, count, target_members_);
  if (slot.sample_weights != nullptr) repeat_each(slot.sample_weights, count, target_members_);
}

template <class T>
void Loader<T>::prepare_wanted(std::span<const std::uint32_t> positions, const BatchSlot<T>& slot) {
  const math::Range rows = wanted_ ? wanted_(positions.size()) : math::Range{0, positions.size()};
  math::PanelView<T> to = slot.batch.inputs;
  to.data += rows.begin * members_ * math::kLanes;
  to.rows = rows.size() * members_;
  prepare_inputs(slot.batch.epoch, positions.subspan(rows.begin, rows.size()), to, slot.scratch);
}

template <class T>
void Loader<T>::prepare_inputs(std::uint64_t epoch, std::span<const std::uint32_t> positions,
                               const math::PanelView<T>& to, std::byte* scratch) {
  if (augmenter_) {
    gather_varied(view_, positions, epoch, *augmenter_, scratch, to);
  } else {
    gather<T>(view_, positions, {to, nullptr, {}, nullptr}, kernels_);
  }
  if (members_ > 1) repeat_rows(to, positions.size(), members_);
}

template <class T>
void Loader<T>::copy_inputs(std::uint64_t step, std::size_t first, const math::PanelView<T>& to,
                            std::byte* scratch) {
  const BatchPlan plan = sampler_.plan(step);
  const std::size_t count = to.rows / members_;
  FORKNET_CHECK(first + count <= plan.rows);
  const auto positions = orders_.take(plan.epoch).subspan(plan.first + first, count);
  prepare_inputs(plan.epoch, positions, to, scratch);
  orders_.give_back(plan.epoch);
}

template <class T>
void Loader<T>::wait_until_ready(std::uint64_t step) {
  std::unique_lock lock(mutex_);
  if (ready_[step % slots_.size()]) return;
  const std::int64_t start = monotonic_ns();
  waiting_ = true;
  work_.notify_all();
  done_.wait(lock, [&] { return ready_[step % slots_.size()]; });
  waiting_ = false;
  wait_ns_.fetch_add(static_cast<std::uint64_t>(monotonic_ns() - start), std::memory_order_relaxed);
}

template <class T>
const Batch<T>& Loader<T>::acquire(std::uint64_t step) {
  // Only this thread writes oldest_step_.
  FORKNET_CHECK(step >= oldest_step_ && step < last_step_ && step - oldest_step_ < slots_.size());
  if (!threads_.empty()) {
    wait_until_ready(step);
  } else if (step >= next_step_) {
    const std::int64_t start = monotonic_ns();
    for (; next_step_ <= step; ++next_step_) {
      if (ahead_ > 0) fetch(steps_to_fetch(next_step_));
      prepare(next_step_);
    }
    wait_ns_.fetch_add(static_cast<std::uint64_t>(monotonic_ns() - start),
                       std::memory_order_relaxed);
  }
  return slots_[step % slots_.size()].batch;
}

template <class T>
void Loader<T>::release(std::uint64_t step) {
  FORKNET_CHECK(step == oldest_step_);
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    FORKNET_CHECK(threads_.empty() ? step < next_step_ : bool{ready_[step % slots_.size()]});
    ready_[step % slots_.size()] = false;
    ++oldest_step_;
    wake = !threads_.empty() && worth_waking();
  }
  if (wake) work_.notify_all();
}

template <class T>
std::uint64_t Loader<T>::wait_ns() const {
  return wait_ns_.load(std::memory_order_relaxed);
}

template class Loader<float>;
template class Loader<double>;

}  // namespace forknet::data
