// What the threads of a run's cells did when (TrainOptions::on_trace).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace forknet {

// One thing that one thread did from one moment to another. Spans of a thread lie apart or within
// one another: what a thread waits for in the middle of a forward pass lies within that pass.
struct TraceSpan {
  enum class Kind : std::uint8_t {
    forward,    // of a microbatch, through the layers of the stage; in the last one the loss too
    backward,   // of a microbatch: its errors, through the layers of the stage
    gradients,  // of the weights, summed over the leaves
    update,     // of the weights; where replicas share memory, their gradients as well
    reduce,     // where they do not: the sum over the replicas and all that belongs to it
    commit,     // its part of the step is done
    send_activations,
    send_errors,
    send_gradients,
    send_weights,
    await_activations,
    await_errors,
    await_gradients,
    await_weights,
    await_data,     // the rows of the step, from the loader threads
    await_barrier,  // the other threads of the cell, or those of the stage
    await_step,     // until all cells have done theirs, or the run allows more
  };
  Kind kind = Kind::forward;
  std::int64_t stage = 0, replica = 0;
  std::int64_t thread = 0;  // of the cell
  int pid = 0;
  std::uint64_t step = 0;
  std::optional<std::uint32_t> microbatch = {};  // where it is about one
  std::int64_t begin_ns = 0, end_ns = 0;         // CLOCK_MONOTONIC
};

inline constexpr std::size_t kTraceKinds =
    static_cast<std::size_t>(TraceSpan::Kind::await_step) + 1;

struct RunTrace {
  std::vector<TraceSpan> spans = {};
  // Older ones that were given up: of each thread the last ones are kept, 16,384 at most.
  std::uint64_t lost = 0;
};

}  // namespace forknet
