// Who computes what when several members work on one batch in one memory. Pure arithmetic: every
// number of a step is computed by exactly one member, and because the sum is defined
// (docs/numerics.md) it does not matter by which.
//
// A batch's rows are cut over the replicas. Within a replica a layer is cut over its threads either
// by rows, then a thread goes on to the next layer without meeting anybody, or by units, then it
// keeps the same weights in its cache step after step. Weight gradients and the update are cut over
// all members, by units in the layers that are cut so, else by inputs.
#pragma once

#include <cstddef>

#include "math/panels.h"
#include "math/product_kernels.h"

namespace forknet::cell {

struct GridShape {
  std::size_t replicas = 1;
  std::size_t threads = 1;  // of each replica
  [[nodiscard]] constexpr std::size_t members() const { return replicas * threads; }
};

// One of the members: 0 … members() - 1, the threads of a replica side by side.
struct Member {
  std::size_t index = 0;
  GridShape shape;
  [[nodiscard]] constexpr std::size_t replica() const { return index / shape.threads; }
  [[nodiscard]] constexpr std::size_t thread() const { return index % shape.threads; }
};

enum class Cut { rows, units };

// How a layer of so many panels of units is cut over the threads of a replica: by units where each
// gets enough of them to be worth a meeting.
[[nodiscard]] Cut cut_of(std::size_t panels, std::size_t threads);

// Part `part` of `parts` of `whole`, in multiples of `grain` counted from whole.begin (the end may
// cut the last one short). Parts differ by one grain at most, the first ones being the larger.
[[nodiscard]] math::Range share(math::Range whole, std::size_t part, std::size_t parts,
                                std::size_t grain = 1);

// What a member computes of a layer: rows of the batch by panels of units.
struct Tile {
  math::Range rows;
  math::Range panels;
};

// Of a batch of `rows`, and a layer of `panels` that is cut like that. Rows begin at multiples of
// 16, as those who turn matrices round need them.
[[nodiscard]] Tile tile_of(const Member& member, Cut cut, std::size_t rows, std::size_t panels);

// Of the weights of that layer: panels of inputs by panels of outputs, and whether the bias line of
// these outputs belongs to it.
struct WeightTile {
  math::Range in_panels;
  math::Range out_panels;
  bool bias = false;
};
[[nodiscard]] WeightTile weight_tile_of(const Member& member, Cut cut, std::size_t in_panels,
                                        std::size_t out_panels);

}  // namespace forknet::cell
