// A record of what the threads of a run's cells did, and when (TrainOptions::on_trace).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace forknet {

// One activity of one thread. Spans of a thread are disjoint or nested: a wait within a forward
// pass lies within its span.
struct TraceSpan {
  enum class Kind : std::uint8_t {
    forward,    // of a microbatch, through the layers of the stage; in the last one the loss too
    backward,   // of a microbatch: its errors, through the layers of the stage
    gradients,  // of the weights, summed over the leaves
    update,     // of the weights; if replicas share memory, with their gradients
    reduce,     // otherwise: the sum over the replicas and its transfers
    commit,     // publication that its part of the step is done
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
    await_step,     // until all cells have finished theirs, or the run allows more steps
  };
  Kind kind = Kind::forward;
  std::int64_t stage = 0, replica = 0;
  std::int64_t thread = 0;  // of the cell
  int pid = 0;
  std::uint64_t step = 0;
  std::optional<std::uint32_t> microbatch = {};  // if the span belongs to one
  std::int64_t begin_ns = 0, end_ns = 0;         // CLOCK_MONOTONIC
};

inline constexpr std::size_t kTraceKinds =
    static_cast<std::size_t>(TraceSpan::Kind::await_step) + 1;

struct RunTrace {
  std::vector<TraceSpan> spans = {};
  // Older spans that were overwritten: the last 16,384 of each thread are kept.
  std::uint64_t lost = 0;
};

}  // namespace forknet
