// Random shapes of matrices for tests that hold kernels against their reference.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>

#include "math/element_testing.h"

namespace forknet::math {

inline constexpr std::size_t kMostNumbers = 30000;  // of a shape

struct Shape {
  std::size_t rows;
  std::size_t columns;
  std::size_t gap;
  bool wild;
  Range some_rows;
  Range some_panels;
};

// Transposed rows come in whole groups of 16.
inline Range random_groups(Random& random, std::size_t rows) {
  const Range groups = random_range(random, panels_for(rows));
  return {std::min(groups.begin * kLanes, rows), std::min(groups.end * kLanes, rows)};
}

inline Shape random_shape(Random& random) {
  Shape shape = {};
  shape.columns = random.size(1100);
  shape.rows = random.size(std::min<std::size_t>(1100, kMostNumbers / shape.columns));
  if (random.one_in(2)) std::swap(shape.rows, shape.columns);
  shape.gap = random.between(0, 2);
  shape.wild = random.one_in(2);
  shape.some_rows = random_range(random, shape.rows);
  shape.some_panels = random_range(random, panels_for(shape.columns));
  return shape;
}

template <class T>
PanelMatrix<T> random_matrix(Random& random, const Shape& shape, double spread) {
  PanelMatrix<T> matrix(shape.rows, shape.columns, shape.gap);
  matrix.fill(random, shape.wild, spread);
  return matrix;
}

// body(target, random, shape) for every target but the reference, and many shapes.
template <class Body>
void for_each_shape(Body body) {
  const std::size_t shapes = test_cases(250);  // a kernel, target and type
  Random random(test_seed());
  for (const Target target : vector_targets()) {
    for (std::size_t i = 0; i < shapes && !testing::Test::HasFailure(); ++i) {
      const Shape shape = random_shape(random);
      SCOPED_TRACE(describe(target, shape.rows, shape.columns));
      body(target, random, shape);
    }
  }
}

}  // namespace forknet::math
