// One of the products of training, done by dnnl_sgemm on the operands of a ProductBench.
#pragma once

#include <forknet/result.h>

#include <memory>
#include <span>
#include <vector>

#include "apps/bench/product_bench.h"
#include "bench/row_major.h"

namespace forknet::bench {

class PlainProduct {
 public:
  [[nodiscard]] static Result<std::unique_ptr<PlainProduct>> create(
      const run::ProductShape& shape, const run::ProductBench& operands, WeightLayout layout);
  // Seconds for so many products.
  double run(std::size_t count);
  // The result as ProductBench::result() gives it.
  [[nodiscard]] std::vector<float> result();

 private:
  PlainProduct(const run::ProductShape& shape, WeightLayout layout, Pool pool);
  void product();

  run::ProductShape shape_;
  WeightLayout layout_;
  Pool pool_;
  std::span<float> x_;    // (rows, in)
  std::span<float> w_;    // (out, in) or (in, out)
  std::span<float> dy_;   // (rows, out)
  std::span<float> out_;  // forward (rows, out), input error (rows, in), gradient as w
};

}  // namespace forknet::bench
