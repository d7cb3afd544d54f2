// The parameters of a model and the optimizer's moments, each one flat region of numbers
// (nn/model_plan.h), page-aligned, one after the other in one mapping, which processes may share.
// With two versions step t reads version t mod 2 and writes the other, so that an unfinished step
// loses nothing of its input; with one version a step updates in place. Owns the memory; hands out
// views. T is float or double.
#pragma once

#include <forknet/result.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "math/bit_sum.h"
#include "os/mapping.h"
#include "os/memory.h"
#include "store/weights_layout.h"

namespace forknet::store {

template <class T>
class Weights {
 public:
  // Zeroed regions of `numbers` numbers: the weights and `moments` moments, in 1 or 2 versions.
  [[nodiscard]] static Result<Weights> create(std::size_t numbers, std::size_t moments,
                                              std::size_t versions = 1);

  // The same in memory that other processes can map; and a mapping of another process's memory.
  [[nodiscard]] static Result<Weights> create_shared(std::size_t numbers, std::size_t moments,
                                                     std::size_t versions = 1);
  [[nodiscard]] static Result<Weights> of(os::Fd shared, std::size_t numbers, std::size_t moments,
                                          std::size_t versions = 1);

  // The same over foreign memory, page-aligned, of layout.bytes(), which must outlive it.
  [[nodiscard]] static Weights over(std::span<std::byte> memory, const WeightsLayout& layout);

  // Makes the version that step `step` reads the current one.
  void turn_to(std::uint64_t step) { current_ = step % layout_.versions; }

  [[nodiscard]] std::span<T> parameters() { return part(current_, 0); }
  [[nodiscard]] std::span<const T> parameters() const { return part_to_read(current_, 0); }
  [[nodiscard]] std::size_t moments() const { return layout_.moments; }
  [[nodiscard]] std::span<T> moment(std::size_t i) { return part(current_, i + 1); }
  [[nodiscard]] std::span<const T> moment(std::size_t i) const {
    return part_to_read(current_, i + 1);
  }
  // All that a model is, one after the other: the parameters, then the moments.
  [[nodiscard]] std::size_t regions() const { return layout_.moments + 1; }
  [[nodiscard]] std::span<T> region(std::size_t i) { return part(current_, i); }
  [[nodiscard]] std::span<const T> region(std::size_t i) const { return part_to_read(current_, i); }
  // The current version of `other`, of the same numbers and moments, into the current one here.
  void copy_from(const Weights& other);
  // The parameters that a step writes.
  [[nodiscard]] std::span<T> next_parameters() { return part(next(), 0); }
  [[nodiscard]] std::span<T> next_moment(std::size_t i) { return part(next(), i + 1); }
  // Bit sum (math/bit_sum.h) of the current version: of all regions, numbers [begin, end).
  [[nodiscard]] std::uint64_t bit_sum() const { return bit_sum(0, layout_.numbers); }
  [[nodiscard]] std::uint64_t bit_sum(std::size_t begin, std::size_t end) const {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < regions(); ++i) {
      sum = math::add_bits<T>(sum, math::bit_sum<T>(region(i).subspan(begin, end - begin)));
    }
    return sum;
  }
  // Performs a step that changes nothing.
  void keep_for_next();
  // Whether the next version should bypass the caches: the next step reads it from memory anyway.
  [[nodiscard]] bool outgrows_caches() const {
    return layout_.versions > 1 && layout_.bytes() / layout_.versions > cached_bytes();
  }
  // Largest version of which a good part is still cached when the next step begins: an eighth of
  // the third-level cache, which other data uses too, but at least 8 MiB.
  [[nodiscard]] static std::size_t cached_bytes() {
    return std::max(std::size_t{8} << 20, os::third_level_cache_bytes() / 8);
  }
  [[nodiscard]] const os::Mapping& mapping() const { return mapping_; }
  // The whole memory, as over() takes it.
  [[nodiscard]] std::span<std::byte> memory() const {
    return {reinterpret_cast<std::byte*>(base_), layout_.bytes()};
  }
  // Bytes of that many of the numbers, in every region of every version.
  [[nodiscard]] std::size_t bytes_of(std::size_t numbers) const {
    return numbers * sizeof(T) * layout_.regions();
  }
  // Closes the descriptor: this process cannot pass the memory on any more.
  void forget_fd() { mapping_.forget_fd(); }
  // Of shared weights: this process may write only [begin, end) of these ranges, in every region; a
  // write to any other page ends it.
  struct Numbers {
    std::size_t begin = 0;
    std::size_t end = 0;
  };
  [[nodiscard]] Status write_only(std::span<const Numbers> ranges);

 private:
  explicit Weights(const WeightsLayout& layout) : layout_(layout) {}
  [[nodiscard]] static Result<Weights> laid_out(std::size_t numbers, std::size_t moments,
                                                std::size_t versions);
  void take(os::Mapping mapping);
  [[nodiscard]] std::size_t next() const { return (current_ + 1) % layout_.versions; }
  [[nodiscard]] std::size_t offset(std::size_t version, std::size_t i) const {
    return (version * (layout_.moments + 1) + i) * layout_.stride_bytes() / sizeof(T);
  }
  [[nodiscard]] std::span<T> part(std::size_t version, std::size_t i) const {
    return {base_ + offset(version, i), layout_.numbers};
  }
  [[nodiscard]] std::span<const T> part_to_read(std::size_t version, std::size_t i) const {
    return {read_ + offset(version, i), layout_.numbers};
  }

  WeightsLayout layout_;
  os::Mapping mapping_;
  T* base_ = nullptr;        // where it is written
  const T* read_ = nullptr;  // the same memory where it is read: elsewhere after write_only()
  std::size_t current_ = 0;  // version
};

}  // namespace forknet::store
