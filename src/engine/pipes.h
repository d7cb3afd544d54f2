// The pipes of a grid whose cells share no memory, as lines of any such transport. One pipe per
// direction connects neighbours in the pipeline, an owner of weights and its replicas, and the
// Supervisor and the cells. Pure except GridPipes, channels_of() and supervisor_channels(), which
// hold open ends.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "cell/links.h"
#include "cell/reducer.h"
#include "cell/stage_context.h"
#include "os/fd.h"
#include "wire/transport.h"

namespace forknet::run {

inline constexpr int kSupervisor = -1;

struct GridPipe {
  enum class Use {
    up,        // activations, to the stage above
    down,      // errors, to the stage below
    start,     // weights and moments, from the Supervisor to each cell
    back,      // the same, from the owner of a stage to the Supervisor at rest
    gradient,  // sums of subtrees, from a replica to its owner
    weights,   // updated weights, from an owner to its replicas
  } use = Use::up;
  int from = 0;  // a cell or kSupervisor
  int to = 0;
};

// All pipes, in the order that defines their numbers in every process.
[[nodiscard]] std::vector<GridPipe> pipes_of(const cell::GridShape& shape);

// Owns both ends of every pipe until they are passed on.
class GridPipes {
 public:
  // Each pipe has room for two frames of its size, if the system allows it.
  [[nodiscard]] static Result<GridPipes> open(const wire::Transport& transport,
                                              const cell::GridShape& shape,
                                              std::size_t frame_bytes);
  // The ends of a cell, in the order of pipes_of().
  [[nodiscard]] std::vector<const os::Fd*> ends_of(std::size_t cell) const;
  [[nodiscard]] std::vector<os::Fd> take(std::size_t cell) {
    return take_of(static_cast<int>(cell));
  }
  [[nodiscard]] std::vector<os::Fd> take_own() { return take_of(kSupervisor); }

 private:
  [[nodiscard]] std::vector<os::Fd> take_of(int owner);
  std::vector<GridPipe> pipes_;
  std::vector<wire::Line> lines_;  // by pipe
};

// The channels of a cell, built from its descriptors in the order of pipes_of().
struct CellChannels {
  cell::Links links;
  cell::ReplicaLinks replicas;
  std::unique_ptr<wire::Receiver> start;
  std::unique_ptr<wire::Sender> back;  // only of an owner
};
// The generation of the channels, and the grid's present one; null: it never changes.
struct PipeGeneration {
  std::uint32_t number = 0;
  const std::atomic<std::uint32_t>* now = nullptr;
};
[[nodiscard]] CellChannels channels_of(const wire::Transport& transport,
                                       const cell::GridShape& shape, std::size_t cell,
                                       std::vector<os::Fd> ends, const PipeGeneration& generation,
                                       const cell::CellTraffic& traffic);

// The channels of the Supervisor: `start` by cell, `back` by stage.
struct SupervisorChannels {
  std::vector<std::unique_ptr<wire::Sender>> start;
  std::vector<std::unique_ptr<wire::Receiver>> back;
};
// `look`: called at intervals while a channel waits for that cell.
[[nodiscard]] SupervisorChannels supervisor_channels(
    const wire::Transport& transport, const cell::GridShape& shape, std::vector<os::Fd> ends,
    std::uint32_t generation, const std::function<void(std::size_t cell)>& look = {});

}  // namespace forknet::run
