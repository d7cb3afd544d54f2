// The memory of a loader's batches: a fixed number of slots in one mapping, laid out once.
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "math/panels.h"
#include "os/mapping.h"

namespace forknet::data {

// The samples of one step. Where a model has members (LoaderOptions::members), views and arrays
// have a row for each sample and member; lines past them are undefined, padding columns 0.
template <class T>
struct Batch {
  std::uint64_t step = 0;
  std::uint64_t epoch = 0;
  std::uint32_t rows = 0;                 // samples
  math::PanelView<T> inputs;              // (rows, features)
  const std::uint32_t* labels = nullptr;  // (rows); null if the table has none
  math::PanelView<T> targets;             // (rows, outputs); no columns if not requested
  // (rows) for keyed randomness: row numbers in the table, times the members, plus the member
  const std::uint32_t* samples = nullptr;
  // (rows) of mean 1 over the whole view; null if it is not weighted
  const T* sample_weights = nullptr;
};

// A slot: its batch, and the places to which its numbers are written.
template <class T>
struct BatchSlot {
  Batch<T> batch;
  std::uint32_t* labels = nullptr;
  std::uint32_t* samples = nullptr;
  T* sample_weights = nullptr;
  std::byte* scratch = nullptr;
};

struct BatchSizes {
  std::size_t slots = 1;
  std::uint32_t rows = 0;  // of the largest batch
  std::size_t features = 0;
  std::size_t target_columns = 0;
  bool labelled = false;
  bool weighted = false;
  std::size_t scratch_bytes = 0;  // for the thread that fills a slot; zero at first
};

// Panels are (rows | 1) lines apart, so that the lines of one row do not fall into the same few
// cache sets. All parts are 64-byte aligned.
template <class T>
class BatchSlots {
 public:
  [[nodiscard]] static Result<BatchSlots> create(const BatchSizes& sizes);
  [[nodiscard]] std::size_t size() const { return slots_.size(); }
  [[nodiscard]] BatchSlot<T>& operator[](std::size_t slot) { return slots_[slot]; }
  [[nodiscard]] const BatchSlot<T>& operator[](std::size_t slot) const { return slots_[slot]; }

 private:
  os::Mapping memory_;
  std::vector<BatchSlot<T>> slots_;
};

extern template class BatchSlots<float>;
extern template class BatchSlots<double>;

}  // namespace forknet::data
