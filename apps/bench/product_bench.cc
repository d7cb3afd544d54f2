#include "apps/bench/product_bench.h"

#include <algorithm>

#include "apps/bench/step_bench.h"
#include "base/clock.h"
#include "base/try.h"
#include "math/element_kernels.h"

namespace forknet::run {
namespace {

std::size_t numbers_of(std::size_t rows, std::size_t columns) {
  return math::panels_for(columns) * math::odd_stride(rows);
}

struct Size {
  std::size_t rows;
  std::size_t columns;
};

Size result_size(const ProductShape& shape) {
  switch (shape.kind) {
    case ProductShape::Kind::forward:
      return {shape.rows, shape.out};
    case ProductShape::Kind::input_error:
      return {shape.in, shape.rows};
    case ProductShape::Kind::gradient:
      return {shape.in + 1, shape.out};
  }
  return {0, 0};
}

std::size_t memory_of(const ProductShape& shape) {
  const Size result = result_size(shape);
  return numbers_of(shape.rows, shape.in) + numbers_of(shape.in + 1, shape.out) +
         numbers_of(shape.rows, shape.out) + numbers_of(shape.out, shape.rows) +
         numbers_of(result.rows, result.columns);
}

// (rows, columns) row-major, of a view that has them, or of its transposed one.
std::vector<float> row_major(math::PanelView<const float> view, Size size, bool turned) {
  std::vector<float> numbers;
  numbers.reserve(size.rows * size.columns);
  for (std::size_t r = 0; r < size.rows; ++r) {
    for (std::size_t c = 0; c < size.columns; ++c) {
      numbers.push_back(turned ? view.at(c, r) : view.at(r, c));
    }
  }
  return numbers;
}

}  // namespace

std::string ProductShape::name() const {
  const char* const names[] = {"forward", "input error", "gradient"};
  return std::string(names[static_cast<int>(kind)]) + " " + std::to_string(rows) + " x " +
         std::to_string(in) + " x " + std::to_string(out);
}

const std::vector<ProductShape>& product_shapes() {
  static const std::vector<ProductShape> kShapes = [] {
    std::vector<ProductShape> shapes;
    for (const BenchNet& net : bench_nets()) {
      for (std::size_t i = 1; i < net.widths.size(); ++i) {
        for (const auto kind : {ProductShape::Kind::forward, ProductShape::Kind::input_error,
                                ProductShape::Kind::gradient}) {
          if (i == 1 && kind == ProductShape::Kind::input_error) continue;
          const ProductShape shape = {kind, net.batch, net.widths[i - 1], net.widths[i]};
          const bool known = std::any_of(shapes.begin(), shapes.end(), [&](const auto& other) {
            return other.name() == shape.name();
          });
          if (!known) shapes.push_back(shape);
        }
      }
    }
    return shapes;
  }();
  return kShapes;
}

ProductBench::ProductBench(const ProductShape& shape, math::Target target,
                           store::Weights<float> memory)
    : shape_(shape), kernels_(math::product_kernels<float>(target)), memory_(std::move(memory)) {
  float* next = memory_.parameters().data();
  const auto cut = [&](std::size_t rows, std::size_t columns) {
    const math::PanelView<float> view = {next, rows, columns, math::odd_stride(rows)};
    next += numbers_of(rows, columns);
    return view;
  };
  x_ = cut(shape.rows, shape.in);
  w_ = cut(shape.in + 1, shape.out);
  dy_ = cut(shape.rows, shape.out);
  dy_transposed_ = cut(shape.out, shape.rows);
  const Size result = result_size(shape);
  out_ = cut(result.rows, result.columns);
}

void ProductBench::draw() {
  const auto& elements = math::element_kernels<float>(math::best_target());
  elements.uniforms(1, Purpose::weights, 0, 0, memory_.parameters());
  for (std::size_t row = 0; row < shape_.rows; ++row) {
    for (std::size_t o = 0; o < shape_.out; ++o) dy_transposed_.at(o, row) = dy_.at(row, o);
  }
}

Result<std::unique_ptr<ProductBench>> ProductBench::create(const ProductShape& shape,
                                                           math::Target target) {
  FORKNET_ASSIGN(auto memory, store::Weights<float>::create(memory_of(shape), 0));
  std::unique_ptr<ProductBench> bench(new ProductBench(shape, target, std::move(memory)));
  bench->draw();
  return bench;
}

double ProductBench::run(std::size_t count) {
  const std::int64_t begun = monotonic_ns();
  for (std::size_t i = 0; i < count; ++i) {
    if (shape_.kind == ProductShape::Kind::gradient) {
      math::GradientArgs<float> args;
      args.x = x_.as_const();
      args.dy = dy_.as_const();
      args.leaf_rows = shape_.rows;
      args.in_panels = {0, x_.panels()};
      args.out_panels = {0, dy_.panels()};
      args.update.next = out_.data;
      args.update.panel_stride = out_.panel_stride;
      kernels_.gradient(args);
    } else {
      const bool forward = shape_.kind == ProductShape::Kind::forward;
      math::ProductArgs<float> args;
      math::PanelView<const float> weights = w_.as_const();
      weights.rows = shape_.in;  // without the line of biases
      args.a = forward ? x_.as_const() : weights;
      args.b = forward ? weights : dy_transposed_.as_const();
      args.c = out_;
      args.rows = {0, out_.rows};
      args.panels = {0, out_.panels()};
      kernels_.product(args);
    }
  }
  return seconds_between(begun, monotonic_ns());
}

std::vector<float> ProductBench::inputs() const {
  return row_major(x_.as_const(), {shape_.rows, shape_.in}, false);
}
std::vector<float> ProductBench::weights() const {
  return row_major(w_.as_const(), {shape_.out, shape_.in}, true);
}
std::vector<float> ProductBench::errors() const {
  return row_major(dy_.as_const(), {shape_.rows, shape_.out}, false);
}

std::vector<float> ProductBench::result() {
  (void)run(1);
  switch (shape_.kind) {
    case ProductShape::Kind::forward:
      return row_major(out_.as_const(), {shape_.rows, shape_.out}, false);
    case ProductShape::Kind::input_error:
      return row_major(out_.as_const(), {shape_.rows, shape_.in}, true);
    case ProductShape::Kind::gradient:
      return row_major(out_.as_const(), {shape_.out, shape_.in}, true);
  }
  return {};
}

}  // namespace forknet::run
