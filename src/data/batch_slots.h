// The memory of a loader's batches: a fixed number of slots in one mapping, laid out once.
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "math/panels.h"
#include "os/mapping.h"

namespace forknet::data {

// One step's rows. Views have `rows` rows; lines past them hold leftovers, padding columns are 0.
template <class T>
struct Batch {
  std::uint64_t step = 0;
  std::uint64_t epoch = 0;
  std::uint32_t rows = 0;
  math::PanelView<T> inputs;               // (rows, features)
  const std::uint32_t* labels = nullptr;   // (rows); null when the table has none
  math::PanelView<T> targets;              // (rows, outputs); no columns when not asked for
  const std::uint32_t* samples = nullptr;  // (rows) the table's row of each, for keyed randomness
  // (rows) of mean 1 over the whole view; null when the table has none
  const T* sample_weights = nullptr;
};

// A slot: its batch, and where the batch's numbers may be written.
template <class T>
struct BatchSlot {
  Batch<T> batch;
  std::uint32_t* labels = nullptr;
  std::uint32_t* samples = nullptr;
  T* sample_weights = nullptr;
};

struct BatchSizes {
  std::size_t slots = 1;
  std::uint32_t rows = 0;  // of the largest batch
  std::size_t features = 0;
  std::size_t target_columns = 0;
  bool labelled = false;
  bool weighted = false;
};

// Panels are (rows | 1) lines apart, so that the lines of one row do not all fall into the same few
// sets of a cache. All parts are 64-byte aligned.
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
