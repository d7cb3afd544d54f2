// Who computes what when several workers work on one batch in one memory. Pure arithmetic: every
// number of a step is computed by exactly one worker, and because the sum is defined
// (docs/numerics.md) it does not matter by which.
//
// A batch's rows are cut over the replicas, a replica's rows into microbatches, the layers over the
// stages. Within a cell (one stage of one replica) a layer is cut over its threads either by rows,
// then a thread goes on to the next layer without meeting anybody, or by units, then it keeps the
// same weights in its cache step after step. Weight gradients and the update of a stage's layers
// are cut over all workers of the stage, by units in the layers that are cut so, else by inputs.
#pragma once

#include <cstddef>

#include "math/panels.h"
#include "math/product_kernels.h"

namespace forknet::cell {

struct GridShape {
  std::size_t replicas = 1;
  std::size_t threads = 1;  // of each cell
  std::size_t stages = 1;
  [[nodiscard]] constexpr std::size_t cells() const { return stages * replicas; }
  [[nodiscard]] constexpr std::size_t workers() const { return cells() * threads; }
  [[nodiscard]] constexpr std::size_t stage_workers() const { return replicas * threads; }
  bool operator==(const GridShape&) const = default;
};

// One of the workers: 0 … workers() - 1, the threads of a cell side by side, the cells of a stage
// side by side.
struct Worker {
  std::size_t index = 0;
  GridShape shape;
  [[nodiscard]] constexpr std::size_t cell() const { return index / shape.threads; }
  [[nodiscard]] constexpr std::size_t stage() const { return cell() / shape.replicas; }
  [[nodiscard]] constexpr std::size_t replica() const { return cell() % shape.replicas; }
  [[nodiscard]] constexpr std::size_t thread() const { return index % shape.threads; }
  [[nodiscard]] constexpr std::size_t in_stage() const { return index % shape.stage_workers(); }
};

enum class Cut { rows, units };

// How a layer of so many inputs and panels of units is cut over the threads of a cell: by units
// where its weights are worth a meeting.
[[nodiscard]] Cut partition_of(std::size_t inputs, std::size_t panels, std::size_t threads);

// Part `part` of `parts` of `whole`, in multiples of `grain` counted from whole.begin (the end may
// cut the last one short). Parts differ by one grain at most, the first ones being the larger.
[[nodiscard]] math::Range share(math::Range whole, std::size_t part, std::size_t parts,
                                std::size_t grain = 1);

// What a worker computes of a layer: rows of the batch by panels of units.
struct Tile {
  math::Range rows;
  math::Range panels;
};

// The rows of a batch of `rows` that are its replica's. They begin at a multiple of 16, as those
// who turn matrices round need them; with more replicas than such, the last ones have none.
[[nodiscard]] math::Range rows_of(const Worker& worker, std::size_t rows);

// How many microbatches `rows` make when `wanted` are asked for: none is empty, each begins at a
// multiple of 16. 0 for no rows.
[[nodiscard]] std::size_t microbatches_of(math::Range rows, std::size_t wanted);
[[nodiscard]] math::Range microbatch(math::Range rows, std::size_t number, std::size_t count);

// Of these rows of the batch, which begin at a multiple of 16, and a layer of `panels` that is cut
// like that.
[[nodiscard]] Tile tile_of(const Worker& worker, Cut cut, math::Range rows, std::size_t panels);

// Of the weights of that layer: panels of inputs by panels of outputs, and whether the bias line of
// these outputs belongs to it.
struct WeightTile {
  math::Range in_panels;
  math::Range out_panels;
  bool bias = false;
};
[[nodiscard]] WeightTile weight_tile_of(const Worker& worker, Cut cut, std::size_t in_panels,
                                        std::size_t out_panels);

}  // namespace forknet::cell
