#include "cell/shares.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace forknet::cell {
namespace {

constexpr Cut kCuts[] = {Cut::rows, Cut::units};

TEST(Share, parts_are_even_in_order_and_cover_all) {
  for (std::size_t size = 0; size < 40; ++size) {
    for (std::size_t parts = 1; parts < 12; ++parts) {
      std::size_t end = 5;
      std::size_t least = size;
      std::size_t most = 0;
      for (std::size_t part = 0; part < parts; ++part) {
        const math::Range range = share({5, 5 + size}, part, parts);
        EXPECT_EQ(range.begin, end);
        end = range.end;
        least = std::min(least, range.size());
        most = std::max(most, range.size());
      }
      EXPECT_EQ(end, 5 + size);
      EXPECT_LE(most - least, 1U) << size << " in " << parts;
    }
  }
}

TEST(Share, only_the_last_part_may_end_inside_a_grain) {
  EXPECT_EQ(share({0, 40}, 0, 2, 16).end, 32U);
  EXPECT_EQ(share({0, 40}, 1, 2, 16).begin, 32U);
  EXPECT_EQ(share({0, 40}, 1, 2, 16).end, 40U);
  EXPECT_EQ(share({0, 40}, 4, 5, 16).size(), 0U);
}

GridShape random_shape(std::mt19937& engine) {
  return {1 + engine() % 6, 1 + engine() % 5, 1 + engine() % 4};
}

std::string in_words(const GridShape& shape) {
  return std::to_string(shape.stages) + " stages x " + std::to_string(shape.replicas) +
         " replicas x " + std::to_string(shape.threads) + " threads";
}

TEST(Worker, has_one_place_in_the_grid) {
  const GridShape shape = {3, 2, 4};
  EXPECT_EQ(shape.cells(), 12U);
  EXPECT_EQ(shape.workers(), 24U);
  EXPECT_EQ(shape.stage_workers(), 6U);
  for (std::size_t index = 0; index < shape.workers(); ++index) {
    const Worker worker = {index, shape};
    EXPECT_EQ(worker.cell(), worker.stage() * 3 + worker.replica());
    EXPECT_EQ(worker.index, worker.cell() * 2 + worker.thread());
    EXPECT_EQ(worker.in_stage(), worker.replica() * 2 + worker.thread());
    EXPECT_LT(worker.stage(), 4U);
  }
}

TEST(Shares, every_row_is_in_exactly_one_microbatch_of_one_replica) {
  std::mt19937 engine(3);
  for (int i = 0; i < 2000; ++i) {
    const GridShape shape = random_shape(engine);
    const std::size_t rows = engine() % 300;
    const std::size_t wanted = 1 + engine() % 12;
    std::size_t end = 0;
    for (std::size_t replica = 0; replica < shape.replicas; ++replica) {
      const math::Range own = rows_of({replica * shape.threads, shape}, rows);
      const std::size_t count = microbatches_of(own, wanted);
      EXPECT_LE(count, wanted);
      EXPECT_EQ(count == 0, own.size() == 0);
      for (std::size_t number = 0; number < count; ++number) {
        const math::Range piece = microbatch(own, number, count);
        EXPECT_EQ(piece.begin, end);
        EXPECT_EQ(piece.begin % math::kLanes, 0U);
        EXPECT_GT(piece.size(), 0U);
        end = piece.end;
      }
    }
    ASSERT_EQ(end, rows) << in_words(shape) << ", " << wanted << " microbatches wanted";
  }
}

TEST(Shares, a_microbatch_is_of_the_same_rows_in_every_stage_and_thread) {
  const GridShape shape = {3, 2, 4};
  for (std::size_t index = 0; index < shape.workers(); ++index) {
    const Worker worker = {index, shape};
    const Worker first = {worker.replica() * shape.threads, shape};
    EXPECT_EQ(rows_of(worker, 100).begin, rows_of(first, 100).begin);
    EXPECT_EQ(rows_of(worker, 100).end, rows_of(first, 100).end);
  }
}

// The workers of one stage that compute each number of a layer, microbatch after microbatch.
std::vector<int> owners_of_outputs(const GridShape& shape, std::size_t stage, Cut cut,
                                   std::size_t rows, std::size_t panels, std::size_t wanted) {
  std::vector<int> owners(rows * panels, 0);
  for (std::size_t index = 0; index < shape.workers(); ++index) {
    const Worker worker = {index, shape};
    if (worker.stage() != stage) continue;
    const math::Range own = rows_of(worker, rows);
    const std::size_t count = microbatches_of(own, wanted);
    for (std::size_t number = 0; number < count; ++number) {
      const Tile tile = tile_of(worker, cut, microbatch(own, number, count), panels);
      EXPECT_EQ(tile.rows.begin % math::kLanes, 0U);
      for (std::size_t row = tile.rows.begin; row < tile.rows.end; ++row) {
        for (std::size_t p = tile.panels.begin; p < tile.panels.end; ++p) {
          ++owners[row * panels + p];
        }
      }
    }
  }
  return owners;
}

TEST(Shares, every_number_of_a_layer_is_computed_by_exactly_one_member_of_its_stage) {
  std::mt19937 engine(1);
  for (int i = 0; i < 1000; ++i) {
    const GridShape shape = random_shape(engine);
    const Cut cut = kCuts[engine() % 2];
    const std::size_t rows = 1 + engine() % 200;
    const std::size_t panels = 1 + engine() % 20;
    const std::size_t wanted = 1 + engine() % 6;
    ASSERT_EQ(owners_of_outputs(shape, engine() % shape.stages, cut, rows, panels, wanted),
              std::vector<int>(rows * panels, 1))
        << in_words(shape) << ", " << rows << " rows, " << panels << " panels, " << wanted
        << " microbatches wanted";
  }
}

TEST(Shares, every_weight_is_changed_by_exactly_one_member_of_its_stage) {
  std::mt19937 engine(2);
  for (int i = 0; i < 2000; ++i) {
    const GridShape shape = random_shape(engine);
    const std::size_t stage = engine() % shape.stages;
    const Cut cut = kCuts[engine() % 2];
    const std::size_t in = 1 + engine() % 20;
    const std::size_t out = 1 + engine() % 20;
    std::vector<int> owners(in * out, 0);
    std::vector<int> biases(out, 0);
    for (std::size_t index = 0; index < shape.workers(); ++index) {
      const Worker worker = {index, shape};
      if (worker.stage() != stage) continue;
      const WeightTile tile = weight_tile_of(worker, cut, in, out);
      for (std::size_t o = tile.out_panels.begin; o < tile.out_panels.end; ++o) {
        biases[o] += tile.bias ? 1 : 0;
        for (std::size_t i2 = tile.in_panels.begin; i2 < tile.in_panels.end; ++i2) {
          ++owners[i2 * out + o];
        }
      }
    }
    ASSERT_EQ(owners, std::vector<int>(in * out, 1)) << in_words(shape);
    ASSERT_EQ(biases, std::vector<int>(out, 1)) << in_words(shape);
  }
}

TEST(Shares, a_thread_changes_weights_of_units_that_it_computes) {
  const GridShape shape = {2, 3, 2};
  for (std::size_t index = 0; index < shape.workers(); ++index) {
    const Worker worker = {index, shape};
    const math::Range units = tile_of(worker, Cut::units, {0, 64}, 50).panels;
    const math::Range weights = weight_tile_of(worker, Cut::units, 4, 50).out_panels;
    EXPECT_LE(units.begin, weights.begin);
    EXPECT_GE(units.end, weights.end);
  }
}

TEST(Shares, replicas_change_weights_that_lie_together_where_that_is_even) {
  const auto outputs_of_second = [](std::size_t out_panels) {
    return weight_tile_of({1, {1, 2, 1}}, Cut::rows, 49, out_panels).out_panels;
  };
  const auto is = [](math::Range range, std::size_t begin, std::size_t end) {
    return range.begin == begin && range.end == end;
  };
  EXPECT_TRUE(is(outputs_of_second(8), 4, 8));
  EXPECT_TRUE(is(outputs_of_second(17), 9, 17)) << "hardly uneven";
  EXPECT_TRUE(is(outputs_of_second(9), 0, 9)) << "uneven: by inputs";
  EXPECT_TRUE(is(outputs_of_second(6), 0, 6)) << "an odd panel each";
}

// Every piece of a stage's weights is one contiguous range, and the pieces cover all weights.
TEST(Shares, pieces_of_a_stage_lie_together_and_are_even_but_for_a_panel) {
  std::mt19937 engine(4);
  for (int i = 0; i < 2000; ++i) {
    const std::size_t parts = 1 + engine() % 6;
    std::vector<BlockLines> layers(1 + engine() % 5);
    std::size_t all = 0;
    std::size_t widest = 0;
    for (BlockLines& layer : layers) {
      layer = {all, 1 + engine() % 40, 1 + engine() % 900, 0};
      all += layer.panels * layer.lines;
      widest = std::max(widest, layer.lines);
    }
    std::size_t end = 0;  // end of the pieces so far
    for (std::size_t part = 0; part < parts; ++part) {
      const std::size_t begin = end;
      for (BlockLines& layer : layers) {
        layer.all = all;
        const math::Range panels = piece_of(layer, part, parts);
        EXPECT_LE(panels.begin, panels.end);
        EXPECT_TRUE(panels.begin % 2 == 0 || panels.begin == layer.panels);
        if (panels.size() == 0) continue;
        ASSERT_EQ(layer.before + panels.begin * layer.lines, end) << "there is a gap";
        end = layer.before + panels.end * layer.lines;
      }
      EXPECT_LE((end - begin) * parts, all + 2 * parts * widest) << part;
      EXPECT_GE((end - begin + 2 * widest + 1) * parts, all) << part;
    }
    ASSERT_EQ(end, all);
  }
}

TEST(Shares, layers_of_many_weights_are_cut_by_units) {
  EXPECT_EQ(partition_of(784, 64, 1), Cut::rows) << "one thread shares with no other";
  EXPECT_EQ(partition_of(784, 64, 2), Cut::units);
  EXPECT_EQ(partition_of(784, 4, 2), Cut::units);
  EXPECT_EQ(partition_of(784, 4, 3), Cut::rows) << "a panel each";
  EXPECT_EQ(partition_of(64, 4, 2), Cut::rows) << "hardly a weight";
}

}  // namespace
}  // namespace forknet::cell
