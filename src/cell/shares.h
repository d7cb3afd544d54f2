// Partitions a batch among workers that share memory. Pure arithmetic: every number of a step is
// computed by exactly one worker. Because the order of every sum is defined (docs/numerics.md), the
// result does not depend on which one.
//
// The rows of a batch are partitioned over replicas and then into microbatches, the layers over
// stages. Within a cell (one stage of one replica) a layer is partitioned over threads. By rows: a
// thread continues with the next layer without a barrier. By units: it keeps the same weights in
// its cache step after step. Weight gradients and updates of a stage are partitioned over all
// workers of the stage: by units in layers that are partitioned so, otherwise by inputs.
#pragma once

#include <cstddef>

#include "math/panels.h"
#include "math/product_kernels.h"
#include "nn/layer.h"

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

// The rank of a worker: 0 … workers() - 1. The threads of a cell are adjacent, and so are the cells
// of a stage.
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

// The partition of a layer of `inputs` and `panels` of units over the threads of a cell: by units
// if the layer has enough weights to be worth a barrier.
[[nodiscard]] Cut partition_of(std::size_t inputs, std::size_t panels, std::size_t threads);

// Part `part` of `parts` of `whole`, in multiples of `grain` from whole.begin (the last one may be
// shorter). Parts differ by at most one grain; the first ones are larger.
[[nodiscard]] math::Range share(math::Range whole, std::size_t part, std::size_t parts,
                                std::size_t grain = 1);

using nn::Tile;
using nn::WeightTile;

// The rows of the worker's replica in a batch of `rows`. They begin at a multiple of 16, as
// transposition requires; with too few rows the last replicas have none.
[[nodiscard]] math::Range rows_of(const Worker& worker, std::size_t rows);

// The number of microbatches of `rows`, at most `wanted`: none is empty, each begins at a multiple
// of 16. 0 for no rows.
[[nodiscard]] std::size_t microbatches_of(math::Range rows, std::size_t wanted);
[[nodiscard]] math::Range microbatch(math::Range rows, std::size_t number, std::size_t count);

// The worker's tile of these rows, which begin at a multiple of 16, and of a layer of `panels`
// partitioned by `cut`.
[[nodiscard]] Tile tile_of(const Worker& worker, Cut cut, math::Range rows, std::size_t panels);

// A worker's part of a block of parameters, partitioned like its layer.
[[nodiscard]] WeightTile weight_tile_of(const Worker& worker, Cut cut, std::size_t in_panels,
                                        std::size_t out_panels);

// The position of a block of parameters among those of its stage, which are contiguous: lines of 16
// numbers.
struct BlockLines {
  std::size_t before = 0;  // lines of the stage's earlier blocks
  std::size_t panels = 0;  // of this block
  std::size_t lines = 0;   // lines per panel
  std::size_t all = 0;  // lines of all blocks of the stage; 0: each block is partitioned on its own
};

// The least bytes of weights that a worker changes as one piece across layers: such a piece
// contains a whole huge page at any offset. With less, each block is partitioned on its own.
inline constexpr std::size_t kLeastPiece = std::size_t{4} << 20;

// The panels of `block` in piece `part` of `parts` of the stage's weights. Pieces are
// equal up to a pair of panels of the block in which they end, because tiles take pairs.
[[nodiscard]] math::Range piece_of(const BlockLines& block, std::size_t part, std::size_t parts);

}  // namespace forknet::cell
