// What a cell process is told at its start, as text in a sealed mapping: settings, layout, its
// place.
#pragma once

#include <forknet/config.h>
#include <forknet/result.h>

#include <cstdint>
#include <string>
#include <vector>

#include "cell/stage_context.h"
#include "math/target.h"
#include "nn/optimizer.h"
#include "os/mapping.h"
#include "wire/transport.h"

namespace forknet::run {

struct CellSpec {
  std::string version;  // of the program: another one is refused,
  std::string build;    // and so is another build of it (os/build_id.h)
  Config config;        // what a step depends on; data and checkpoints are left out
  cell::GridPlan grid;
  const wire::Transport* transport = nullptr;  // of all channels
  std::size_t cell = 0;
  bool replaces = false;  // a cell that has died
  std::uint64_t total_steps = 0;
  std::vector<nn::RateChange> rates = {};  // changes of config.optimizer.lr
  std::string target;                      // the name of the kernels' target
  bool trace = false;                      // what the cell does is recorded
};

[[nodiscard]] Result<os::Mapping> write_spec(const CellSpec& spec);
[[nodiscard]] Result<CellSpec> read_spec(os::Fd memory);

// The descriptors of a cell, in the order in which it inherits them. `grid` is the arena that all
// cells map, or the socket through which the ends of its pipes come: for each generation, or to a
// worker of models that train apart once, as kWorkerEnds, after the memory that has its words.
// `trace` is there only where the spec says so.
inline constexpr std::uint32_t kWorkerEnds = 1;
enum class CellFd { lifeline, spec, table, view, control, event, weights, grid, trace };
[[nodiscard]] inline int cell_fds(const CellSpec& spec) {
  return static_cast<int>(CellFd::trace) + (spec.trace ? 1 : 0);
}

// The word after the title that makes a program a cell (forknet::init).
inline constexpr const char* kCellWord = "--forknet-cell";

// "stage 0, replica 1"
[[nodiscard]] std::string cell_name(const cell::GridShape& shape, std::size_t cell);

}  // namespace forknet::run
