// The channels between a cell and its neighbours in the pipeline; null if there is no neighbour.
#pragma once

#include <memory>
#include <vector>

#include "cell/shares.h"
#include "os/mapping.h"
#include "wire/channel.h"

namespace forknet::cell {

struct Links {
  std::unique_ptr<wire::Receiver> from_below;  // activations
  std::unique_ptr<wire::Sender> to_above;      // activations
  std::unique_ptr<wire::Receiver> from_above;  // errors
  std::unique_ptr<wire::Sender> to_below;      // errors
};

// "stage 0 to stage 1, replica 2"
[[nodiscard]] std::string link_name(std::size_t from_stage, std::size_t to_stage,
                                    std::size_t replica);

// Lines in shared memory for a grid whose cells see each other's payloads, so that only frame heads
// are sent (wire::memory_transport()). Each process makes the ends of its own cells.
class SharedLinks {
 public:
  [[nodiscard]] static std::size_t bytes(const GridShape& shape);
  // `memory`: bytes(shape), 64-byte aligned, initially zero; outlives the ends.
  SharedLinks(const GridShape& shape, std::span<std::byte> memory, std::uint32_t generation,
              std::uint32_t spins);
  // Transport::interrupt() and Transport::reset() for all lines.
  static void interrupt(const GridShape& shape, std::span<std::byte> memory,
                        std::uint32_t generation);
  static void reset(const GridShape& shape, std::span<std::byte> memory, std::uint32_t generation);
  [[nodiscard]] Links ends_of(std::size_t cell, wire::Traffic* in, wire::Traffic* out) const;

 private:
  // The memory of the line that carries frames up (or down) between `stage` and the stage above.
  [[nodiscard]] std::span<std::byte> line(std::size_t stage, std::size_t replica, bool up) const;
  const GridShape shape_;
  const std::span<std::byte> memory_;
  const std::uint32_t generation_;
  const std::uint32_t spins_;
};

}  // namespace forknet::cell
