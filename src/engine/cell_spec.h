// The start parameters of a cell process, as text in a sealed mapping: settings, layout and its
// place in the grid.
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
  std::string version;  // of the program; must be equal,
  std::string build;    // and so must the build (os/build_id.h)
  Config config;        // settings that a step depends on; without data and checkpoints
  cell::GridPlan grid;
  const wire::Transport* transport = nullptr;  // of all channels
  std::size_t cell = 0;
  bool replaces = false;  // the cell replaces one that has died
  std::uint64_t total_steps = 0;
  std::vector<nn::RateChange> rates = {};  // changes of config.optimizer.lr
  std::string target;                      // the target of the kernels
  bool trace = false;                      // the cell records a trace
};

[[nodiscard]] Result<os::Mapping> write_spec(const CellSpec& spec);
[[nodiscard]] Result<CellSpec> read_spec(os::Fd memory);

// The descriptors of a cell, in the order of inheritance. `grid` is the arena that all cells map,
// or the socket that delivers its pipe ends: for each generation, or once for a worker of models
// that train apart, as kWorkerEnds, after the memory of its control block. `trace` is present only
// if the spec says so.
inline constexpr std::uint32_t kWorkerEnds = 1;
enum class CellFd { lifeline, spec, table, view, control, event, weights, grid, trace };
[[nodiscard]] inline int cell_fds(const CellSpec& spec) {
  return static_cast<int>(CellFd::trace) + (spec.trace ? 1 : 0);
}

// The argument after the title that makes a program a cell (forknet::init).
inline constexpr const char* kCellWord = "--forknet-cell";

// "stage 0, replica 1"
[[nodiscard]] std::string cell_name(const cell::GridShape& shape, std::size_t cell);

}  // namespace forknet::run
