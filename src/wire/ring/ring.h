// A channel through memory that both ends map: a ring of slots, one producer, one consumer. The
// memory is private to a process or shared by two (os/mapping.h).
//
// A payload is copied into and out of slots, one slot at a time, so a frame may be larger than the
// ring. In place (payload_bytes 0), both ends map the payload's memory and only the head is sent.
// Blocks while the ring is full or empty: polls `spins` times, then sleeps on a futex.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <span>

#include "wire/channel.h"
#include "wire/expected.h"

namespace forknet::wire {

struct RingSizes {
  std::size_t slots = 64;         // a power of two
  std::size_t payload_bytes = 0;  // per slot; 0: in place, only heads are sent
};

// The beginning of the ring's memory; all zero is an empty ring.
struct RingControlBlock {
  alignas(64) std::atomic<std::uint32_t> published;  // release; pairs with the receiver's acquire
  std::atomic<std::uint32_t> receiver_sleeps;
  alignas(64) std::atomic<std::uint32_t> released;  // release; pairs with the sender's acquire
  std::atomic<std::uint32_t> sender_sleeps;
  alignas(64) std::atomic<std::uint32_t> generation;
  std::atomic<std::uint32_t>
      sender_gone;  // the last generation whose sender was destroyed, plus one
  std::atomic<std::uint32_t> receiver_gone;
};

[[nodiscard]] std::size_t ring_bytes(const RingSizes& sizes);

// The memory, 64-byte aligned and initially zero, outlives both ends. When an end is destroyed, the
// other one's waits end with an Error.
[[nodiscard]] std::unique_ptr<Sender> ring_sender(std::span<std::byte> memory,
                                                  const RingSizes& sizes, ChannelOptions options);
[[nodiscard]] std::unique_ptr<Receiver> ring_receiver(std::span<std::byte> memory,
                                                      const RingSizes& sizes,
                                                      ChannelOptions options);

// Call when a peer has died: every wait of both ends of an older generation ends with an Error.
void interrupt_ring(std::span<std::byte> memory, std::uint32_t generation);
// The same, and empties the ring for the ends of that generation. Requires that no older end uses
// it.
void reset_ring(std::span<std::byte> memory, std::uint32_t generation);

}  // namespace forknet::wire
