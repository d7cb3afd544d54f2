// What the peer computes with: plain row-major matrices and dnnl_sgemm, on one thread.
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <span>

#include "store/weights.h"

namespace forknet::bench {

// How the peer keeps the weights of a layer. dnnl_sgemm likes one more or the other, by the shape
// and the CPU; the benchmarks let it have the better one.
enum class WeightLayout { out_in, in_out };
[[nodiscard]] const char* layout_name(WeightLayout layout);

// Memory for matrices, of the same kind that forknet's weights lie in: zeroed, one mapping, every
// piece 64-byte aligned.
class Pool {
 public:
  // Room for the pieces of these sizes.
  [[nodiscard]] static Result<Pool> create(std::span<const std::size_t> sizes);
  [[nodiscard]] std::span<float> take(std::size_t numbers);

 private:
  explicit Pool(store::Weights<float> memory) : memory_(std::move(memory)) {}
  store::Weights<float> memory_;
  std::size_t used_ = 0;
};

// (rows, columns), row-major; `turned`: the product reads its transpose.
struct Factor {
  std::span<const float> numbers;
  std::size_t rows = 0;
  std::size_t columns = 0;
  bool turned = false;
};

// c (m, n) = a · b; inner sizes agree.
void multiply(const Factor& a, const Factor& b, std::span<float> c);

// from (rows, columns) -> to (columns, rows)
void transpose(std::span<const float> from, std::size_t rows, std::size_t columns,
               std::span<float> to);

}  // namespace forknet::bench
