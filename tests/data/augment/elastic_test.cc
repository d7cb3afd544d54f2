#include "data/augment/elastic.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "data/augment/varied_pictures.h"

namespace forknet::data {
namespace {

// The displacements of all pixels, across and down.
struct Displacements {
  std::vector<float> x, y;
};

Displacements drawn(const Augmentation& a, std::uint32_t sample, std::uint32_t epoch) {
  const ElasticField field(a, math::best_target());
  std::vector<float> memory(field.memory());
  field.draw(sample, epoch, memory.data());
  Displacements all{std::vector<float>(a.width * a.height), std::vector<float>(a.width * a.height)};
  for (std::size_t row = 0; row < a.height; ++row) {
    field.displace(memory.data(), row, all.x.data() + row * a.width, all.y.data() + row * a.width);
  }
  return all;
}

Augmentation elastic(double amount, std::size_t width, std::size_t height) {
  AugmentConfig by;
  by.elastic = amount;
  return of_pictures(by, width, height);
}

TEST(ElasticField, displacements_have_a_third_of_the_amount_as_deviation) {
  for (const std::size_t side : {28U, 10U, 64U, 100U}) {
    double squares = 0, sum = 0;
    std::size_t count = 0;
    for (std::uint32_t sample = 0; sample < 200; ++sample) {
      const Displacements one = drawn(elastic(6, side, side), sample, 1);
      for (const auto* axis : {&one.x, &one.y}) {
        for (const float d : *axis) {
          sum += double{d};
          squares += double{d} * double{d};
          ++count;
        }
      }
    }
    EXPECT_NEAR(sum / static_cast<double>(count), 0, 0.1) << side;
    // Between the nodes of a large picture a little less.
    EXPECT_NEAR(std::sqrt(squares / static_cast<double>(count)), 2, 0.15) << side;
  }
}

TEST(ElasticField, neighbours_move_alike_and_distant_pixels_do_not) {
  double near = 0, far = 0, all = 0;
  for (std::uint32_t sample = 0; sample < 200; ++sample) {
    const Displacements one = drawn(elastic(6, 28, 28), sample, 1);
    for (std::size_t y = 0; y < 28; ++y) {
      all += double{one.x[y * 28 + 5]} * double{one.x[y * 28 + 5]};
      near += double{one.x[y * 28 + 5]} * double{one.x[y * 28 + 6]};
      far += double{one.x[y * 28 + 5]} * double{one.x[y * 28 + 19]};
    }
  }
  EXPECT_GT(near / all, 0.95);
  EXPECT_LT(std::abs(far / all), 0.15);
}

TEST(ElasticField, across_and_down_are_drawn_apart) {
  const Displacements one = drawn(elastic(6, 28, 28), 3, 1);
  EXPECT_NE(one.x, one.y);
  EXPECT_EQ(drawn(elastic(6, 28, 28), 3, 1).x, one.x);
  EXPECT_NE(drawn(elastic(6, 28, 28), 4, 1).x, one.x);
  EXPECT_NE(drawn(elastic(6, 28, 28), 3, 2).x, one.x);
}

}  // namespace
}  // namespace forknet::data
