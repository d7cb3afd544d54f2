// The pipes of a grid with channel = "pipe": every pair of neighbours has its own, one each way,
// and so have a keeper of weights and its replicas, and the Supervisor and the cells. Pure but for
// channels_of() and supervisor_channels(), which take ends that are open.
#pragma once

#include <memory>
#include <vector>

#include "cell/crew.h"
#include "cell/links.h"
#include "cell/reducer.h"
#include "os/fd.h"
#include "wire/channel.h"

namespace forknet::run {

inline constexpr int kSupervisor = -1;

struct GridPipe {
  enum class Use {
    up,        // activations, to the stage above
    down,      // errors, to the stage below
    start,     // weights and moments, from the Supervisor to each cell
    back,      // the same, from the keeper of a stage to the Supervisor when the cells rest
    gradient,  // sums of subtrees, from a replica to its keeper
    weights,   // updated weights, from a keeper to its replicas
  } use = Use::up;
  int from = 0;  // a cell, or kSupervisor
  int to = 0;
};

// All of them, in the order in which everybody numbers them.
[[nodiscard]] std::vector<GridPipe> pipes_of(const cell::GridShape& shape);

// A cell's ends, made of the descriptors of those pipes that begin or end at it, in their order.
struct CellChannels {
  cell::Links links;
  cell::ReplicaLinks replicas;
  std::unique_ptr<wire::Receiver> start;
  std::unique_ptr<wire::Sender> back;  // a keeper's
};
[[nodiscard]] CellChannels channels_of(const cell::GridShape& shape, std::size_t cell,
                                       std::vector<os::Fd> ends, std::uint32_t generation,
                                       const cell::CellTraffic& traffic);

// The Supervisor's ends likewise: start by cell, back by stage.
struct SupervisorChannels {
  std::vector<std::unique_ptr<wire::Sender>> start;
  std::vector<std::unique_ptr<wire::Receiver>> back;
};
[[nodiscard]] SupervisorChannels supervisor_channels(const cell::GridShape& shape,
                                                     std::vector<os::Fd> ends,
                                                     std::uint32_t generation);

}  // namespace forknet::run
