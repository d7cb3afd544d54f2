#include "bench/plain_product.h"

#include <algorithm>
#include <array>

#include "base/clock.h"
#include "base/try.h"

namespace forknet::bench {
namespace {

using Kind = run::ProductShape::Kind;

std::size_t result_numbers(const run::ProductShape& shape) {
  switch (shape.kind) {
    case Kind::forward:
      return shape.rows * shape.out;
    case Kind::input_error:
      return shape.rows * shape.in;
    case Kind::gradient:
      return shape.in * shape.out;
  }
  return 0;
}

}  // namespace

PlainProduct::PlainProduct(const run::ProductShape& shape, WeightLayout layout, Pool pool)
    : shape_(shape), layout_(layout), pool_(std::move(pool)) {
  x_ = pool_.take(shape.rows * shape.in);
  w_ = pool_.take(shape.in * shape.out);
  dy_ = pool_.take(shape.rows * shape.out);
  out_ = pool_.take(result_numbers(shape));
}

Result<std::unique_ptr<PlainProduct>> PlainProduct::create(const run::ProductShape& shape,
                                                           const run::ProductBench& operands,
                                                           WeightLayout layout) {
  const std::array sizes = {shape.rows * shape.in, shape.in * shape.out, shape.rows * shape.out,
                            result_numbers(shape)};
  FORKNET_ASSIGN(auto pool, Pool::create(sizes));
  std::unique_ptr<PlainProduct> plain(new PlainProduct(shape, layout, std::move(pool)));
  std::ranges::copy(operands.inputs(), plain->x_.begin());
  std::ranges::copy(operands.errors(), plain->dy_.begin());
  const std::vector<float> weights = operands.weights();
  if (layout == WeightLayout::out_in) {
    std::ranges::copy(weights, plain->w_.begin());
  } else {
    transpose(weights, shape.out, shape.in, plain->w_);
  }
  return plain;
}

void PlainProduct::product() {
  const bool out_in = layout_ == WeightLayout::out_in;
  const Factor x = {x_, shape_.rows, shape_.in, false};
  const Factor dy = {dy_, shape_.rows, shape_.out, false};
  const auto turned = [](Factor factor) {
    factor.turned = true;
    return factor;
  };
  const Factor w =
      out_in ? Factor{w_, shape_.out, shape_.in, false} : Factor{w_, shape_.in, shape_.out, false};
  switch (shape_.kind) {
    case Kind::forward:
      return multiply(x, out_in ? turned(w) : w, out_);
    case Kind::input_error:
      return multiply(dy, out_in ? w : turned(w), out_);
    case Kind::gradient:
      return out_in ? multiply(turned(dy), x, out_) : multiply(turned(x), dy, out_);
  }
}

double PlainProduct::run(std::size_t count) {
  const std::int64_t begun = monotonic_ns();
  for (std::size_t i = 0; i < count; ++i) product();
  return seconds_between(begun, monotonic_ns());
}

std::vector<float> PlainProduct::result() {
  product();
  std::vector<float> numbers(out_.begin(), out_.end());
  if (shape_.kind == Kind::gradient && layout_ == WeightLayout::in_out) {
    transpose(out_, shape_.in, shape_.out, numbers);
  }
  return numbers;
}

}  // namespace forknet::bench
