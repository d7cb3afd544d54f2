#include "cell/shares.h"

#include <algorithm>

namespace forknet::cell {
namespace {

// The least sizes for a partition by units. By rows, a thread reads all weights, which others have
// just changed, from their caches. By units, it needs one more barrier and reads outputs instead.
constexpr std::size_t kFewestPanels = 2;      // per thread: fewer make narrow products
constexpr std::size_t kManyWeights = 24'000;  // measured: decision 0016

}  // namespace

Cut partition_of(std::size_t inputs, std::size_t panels, std::size_t threads) {
  const bool worth_it = inputs * panels * math::kLanes >= kManyWeights;
  return threads > 1 && panels >= kFewestPanels * threads && worth_it ? Cut::units : Cut::rows;
}

math::Range share(math::Range whole, std::size_t part, std::size_t parts, std::size_t grain) {
  const std::size_t grains = (whole.size() + grain - 1) / grain;
  const std::size_t each = grains / parts;
  const std::size_t larger = grains % parts;
  const std::size_t first = part * each + std::min(part, larger);
  const std::size_t count = each + (part < larger ? 1 : 0);
  return {std::min(whole.end, whole.begin + first * grain),
          std::min(whole.end, whole.begin + (first + count) * grain)};
}

math::Range rows_of(const Worker& worker, std::size_t rows) {
  return share({0, rows}, worker.replica(), worker.shape.replicas, math::kLanes);
}

std::size_t microbatches_of(math::Range rows, std::size_t wanted) {
  return std::min(wanted, (rows.size() + math::kLanes - 1) / math::kLanes);
}

math::Range microbatch(math::Range rows, std::size_t number, std::size_t count) {
  return share(rows, number, count, math::kLanes);
}

Tile tile_of(const Worker& worker, Cut cut, math::Range rows, std::size_t panels) {
  Tile tile = {rows, {0, panels}};
  if (cut == Cut::units) {
    tile.panels = share({0, panels}, worker.thread(), worker.shape.threads);
  } else {
    tile.rows = share(tile.rows, worker.thread(), worker.shape.threads, math::kLanes);
  }
  if (tile.rows.size() == 0) tile.rows = {};  // an empty range begins at a multiple of 16 as well
  return tile;
}

WeightTile weight_tile_of(const Worker& worker, Cut cut, std::size_t in_panels,
                          std::size_t out_panels) {
  const std::size_t workers = worker.shape.stage_workers();
  if (cut == Cut::units) {
    // First the units of this thread in each replica, then its share of these among the replicas.
    const math::Range units = share({0, out_panels}, worker.thread(), worker.shape.threads);
    return {{0, in_panels}, share(units, worker.replica(), worker.shape.replicas), true};
  }
  // Panels of outputs are contiguous, so a process writes few ranges of pages. Only if the shares
  // are even and have at least two panels, because a tile takes two.
  const bool even = out_panels >= 8 * workers || out_panels % workers == 0;
  if (even && out_panels >= 4 * workers) {
    return {{0, in_panels}, share({0, out_panels}, worker.in_stage(), workers), true};
  }
  return {
      share({0, in_panels}, worker.in_stage(), workers), {0, out_panels}, worker.in_stage() == 0};
}

namespace {

// The number of the block's panels before the end of `pieces` pieces.
std::size_t panels_before(const BlockLines& block, std::size_t pieces, std::size_t of) {
  const std::size_t end = block.all / of * pieces + block.all % of * pieces / of;
  if (end <= block.before) return 0;
  const std::size_t pairs = (end - block.before + block.lines) / (2 * block.lines);
  return std::min(2 * pairs, block.panels);
}

}  // namespace

math::Range piece_of(const BlockLines& block, std::size_t part, std::size_t parts) {
  return {panels_before(block, part, parts), panels_before(block, part + 1, parts)};
}

}  // namespace forknet::cell
