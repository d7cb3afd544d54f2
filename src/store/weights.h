// The parameters of a slice of the model and the optimizer's moments, each one flat region of
// numbers (nn/model_plan.h), page-aligned, one after the other in one mapping, which may be shared
// by processes. Owns the memory; views are handed out. One writer at a time; T is float or double.
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <span>

#include "os/mapping.h"

namespace forknet::store {

template <class T>
class Weights {
 public:
  // Zeroed regions of `numbers` numbers: the weights and `moments` moments.
  [[nodiscard]] static Result<Weights> create(std::size_t numbers, std::size_t moments);

  // The same in memory that other processes can map; and that of another process.
  [[nodiscard]] static Result<Weights> create_shared(std::size_t numbers, std::size_t moments);
  [[nodiscard]] static Result<Weights> of(os::Fd shared, std::size_t numbers, std::size_t moments);

  [[nodiscard]] std::span<T> parameters() { return region(0); }
  [[nodiscard]] std::span<const T> parameters() const { return region(0); }
  [[nodiscard]] std::size_t moments() const { return moments_; }
  [[nodiscard]] std::span<T> moment(std::size_t i) { return region(i + 1); }
  [[nodiscard]] std::span<const T> moment(std::size_t i) const { return region(i + 1); }
  [[nodiscard]] const os::Mapping& mapping() const { return mapping_; }
  // This process writes only [begin, end) of these ranges of numbers, in every region; a write to
  // any other page ends it. Of shared weights.
  struct Numbers {
    std::size_t begin = 0;
    std::size_t end = 0;
  };
  [[nodiscard]] Status write_only(std::span<const Numbers> ranges);

 private:
  Weights() = default;
  [[nodiscard]] static Result<Weights> laid_out(std::size_t numbers, std::size_t moments);
  [[nodiscard]] std::size_t bytes() const { return stride_ * (moments_ + 1) * sizeof(T); }
  void take(os::Mapping mapping);
  [[nodiscard]] std::span<T> region(std::size_t i) const { return {base_ + i * stride_, numbers_}; }

  os::Mapping mapping_;
  T* base_ = nullptr;
  std::size_t numbers_ = 0;
  std::size_t stride_ = 0;  // numbers from one region to the next
  std::size_t moments_ = 0;
};

}  // namespace forknet::store
