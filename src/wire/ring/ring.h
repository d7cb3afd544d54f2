// A channel through memory that both ends see: a ring of slots, one producer, one consumer. The
// memory is one process's own or shared by two (os/mapping.h).
//
// A frame's payload is copied into slots and out of them, a slot at a time, so that a frame may be
// larger than the ring; or, `in_place`, both ends see the payload's memory anyway and only the head
// travels. Blocks while the ring is full or empty: looks `spins` times, then sleeps in a futex.
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
  std::size_t payload_bytes = 0;  // of a slot; 0: in place, heads alone travel
};

// What lies at the beginning of the ring's memory; all zero is an empty ring.
struct RingControlBlock {
  alignas(64) std::atomic<std::uint32_t> published;  // release; acquired by the receiver
  std::atomic<std::uint32_t> receiver_sleeps;
  alignas(64) std::atomic<std::uint32_t> released;  // release; acquired by the sender
  std::atomic<std::uint32_t> sender_sleeps;
  alignas(64) std::atomic<std::uint32_t> generation;
  std::atomic<std::uint32_t> sender_gone;  // the last generation whose sender has gone, plus one
  std::atomic<std::uint32_t> receiver_gone;
};

[[nodiscard]] std::size_t ring_bytes(const RingSizes& sizes);

// The memory, 64-byte aligned and zero at first, outlives both ends. An end that is destroyed is
// gone: the other one's waits end with an Error.
[[nodiscard]] std::unique_ptr<Sender> ring_sender(std::span<std::byte> memory,
                                                  const RingSizes& sizes, ChannelOptions options);
[[nodiscard]] std::unique_ptr<Receiver> ring_receiver(std::span<std::byte> memory,
                                                      const RingSizes& sizes,
                                                      ChannelOptions options);

// A peer has died: every wait of both ends of an older generation ends with an Error.
void interrupt_ring(std::span<std::byte> memory, std::uint32_t generation);
// The same, and what the ring holds is worth nothing: the ends of that generation begin with an
// empty ring. No older end touches it any more.
void reset_ring(std::span<std::byte> memory, std::uint32_t generation);

}  // namespace forknet::wire
