// One of the products of training on random numbers, for measurements.
#pragma once

#include <forknet/result.h>

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "math/product_kernels.h"
#include "math/target.h"
#include "store/weights.h"

namespace forknet::run {

struct ProductShape {
  enum class Kind { forward, input_error, gradient } kind = Kind::forward;
  std::size_t rows = 0;
  std::size_t in = 0;
  std::size_t out = 0;
  [[nodiscard]] std::string name() const;  // "forward 32 x 784 x 64"
  [[nodiscard]] double operations() const {
    return 2.0 * static_cast<double>(rows) * static_cast<double>(in) * static_cast<double>(out);
  }
};

// Every product of the five nets (step_bench.h), each once.
[[nodiscard]] const std::vector<ProductShape>& product_shapes();

class ProductBench {
 public:
  [[nodiscard]] static Result<std::unique_ptr<ProductBench>> create(const ProductShape& shape,
                                                                    math::Target target);
  // Seconds for `count` products.
  double run(std::size_t count);
  // The result, row-major: forward (rows, out), input_error (rows, in), gradient (out, in).
  [[nodiscard]] std::vector<float> result();
  // The operands, row-major: x (rows, in), w (out, in), dy (rows, out).
  [[nodiscard]] std::vector<float> inputs() const;
  [[nodiscard]] std::vector<float> weights() const;
  [[nodiscard]] std::vector<float> errors() const;

 private:
  ProductBench(const ProductShape& shape, math::Target target, store::Weights<float> memory);
  void draw();

  ProductShape shape_;
  const math::ProductKernels<float>& kernels_;
  store::Weights<float> memory_;  // one region, divided by the constructor
  math::PanelView<float> x_;
  math::PanelView<float> w_;
  math::PanelView<float> dy_;
  math::PanelView<float> dy_transposed_;
  math::PanelView<float> out_;
};

}  // namespace forknet::run
