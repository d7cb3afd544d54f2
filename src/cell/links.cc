#include "cell/links.h"

#include <fmt/format.h>

#include "base/check.h"
#include "wire/ring.h"

namespace forknet::cell {
namespace {

// Never full: a step's microbatches all fit, and every step ends before the next begins.
constexpr wire::RingSizes kHeadsAlone = {wire::kMostExpected, 0};

}  // namespace

std::string link_name(std::size_t from_stage, std::size_t to_stage, std::size_t replica) {
  return fmt::format("stage {} to stage {}, replica {}", from_stage, to_stage, replica);
}

std::size_t RingLinks::bytes(const GridShape& shape) {
  return 2 * (shape.stages - 1) * shape.replicas * wire::ring_bytes(kHeadsAlone);
}

RingLinks::RingLinks(const GridShape& shape, std::span<std::byte> memory, std::uint32_t generation,
                     std::uint32_t spins)
    : shape_(shape), memory_(memory), generation_(generation), spins_(spins) {
  FORKNET_CHECK(memory.size() >= bytes(shape));
}

std::span<std::byte> RingLinks::ring(std::size_t stage, std::size_t replica, bool up) const {
  const std::size_t number = 2 * (stage * shape_.replicas + replica) + (up ? 0 : 1);
  const std::size_t size = wire::ring_bytes(kHeadsAlone);
  return memory_.subspan(number * size, size);
}

Links RingLinks::ends_of(std::size_t cell, wire::Traffic* in, wire::Traffic* out) const {
  const std::size_t stage = cell / shape_.replicas;
  const std::size_t replica = cell % shape_.replicas;
  const auto options = [&](std::size_t from, std::size_t to) {
    wire::ChannelOptions link;
    link.name = link_name(from, to, replica);
    link.generation = generation_;
    link.spins = spins_;
    link.traffic = to == stage ? in : out;
    return link;
  };
  Links links;
  if (stage > 0) {
    links.from_below =
        wire::ring_receiver(ring(stage - 1, replica, true), kHeadsAlone, options(stage - 1, stage));
    links.to_below =
        wire::ring_sender(ring(stage - 1, replica, false), kHeadsAlone, options(stage, stage - 1));
  }
  if (stage + 1 < shape_.stages) {
    links.to_above =
        wire::ring_sender(ring(stage, replica, true), kHeadsAlone, options(stage, stage + 1));
    links.from_above =
        wire::ring_receiver(ring(stage, replica, false), kHeadsAlone, options(stage + 1, stage));
  }
  return links;
}

namespace {

// one(memory of a ring) for each of them.
template <class One>
void for_rings(std::span<std::byte> memory, One one) {
  const std::size_t size = wire::ring_bytes(kHeadsAlone);
  for (std::size_t at = 0; at < memory.size(); at += size) one(memory.subspan(at, size));
}

}  // namespace

void RingLinks::interrupt(const GridShape& shape, std::span<std::byte> memory,
                          std::uint32_t generation) {
  for_rings(memory.first(bytes(shape)),
            [&](std::span<std::byte> ring) { wire::interrupt_ring(ring, generation); });
}

void RingLinks::reset(const GridShape& shape, std::span<std::byte> memory,
                      std::uint32_t generation) {
  for_rings(memory.first(bytes(shape)),
            [&](std::span<std::byte> ring) { wire::reset_ring(ring, generation); });
}

}  // namespace forknet::cell
