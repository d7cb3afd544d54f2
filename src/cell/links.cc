#include "cell/links.h"

#include <fmt/format.h>

#include "base/check.h"
#include "wire/transports.h"

namespace forknet::cell {
namespace {

constexpr std::size_t kHeadsAlone = 0;  // payload bytes: only heads are sent

}  // namespace

std::string link_name(std::size_t from_stage, std::size_t to_stage, std::size_t replica) {
  return fmt::format("stage {} to stage {}, replica {}", from_stage, to_stage, replica);
}

std::size_t SharedLinks::bytes(const GridShape& shape) {
  return 2 * (shape.stages - 1) * shape.replicas * wire::memory_transport().line_bytes(kHeadsAlone);
}

SharedLinks::SharedLinks(const GridShape& shape, std::span<std::byte> memory,
                         std::uint32_t generation, std::uint32_t spins)
    : shape_(shape), memory_(memory), generation_(generation), spins_(spins) {
  FORKNET_CHECK(memory.size() >= bytes(shape));
}

std::span<std::byte> SharedLinks::line(std::size_t stage, std::size_t replica, bool up) const {
  const std::size_t number = 2 * (stage * shape_.replicas + replica) + (up ? 0 : 1);
  const std::size_t size = wire::memory_transport().line_bytes(kHeadsAlone);
  return memory_.subspan(number * size, size);
}

Links SharedLinks::ends_of(std::size_t cell, wire::Traffic* in, wire::Traffic* out) const {
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
  const auto ends = wire::memory_transport().endpoint();
  if (stage > 0) {
    links.from_below = ends->receiver({line(stage - 1, replica, true)}, options(stage - 1, stage));
    links.to_below = ends->sender({line(stage - 1, replica, false)}, options(stage, stage - 1));
  }
  if (stage + 1 < shape_.stages) {
    links.to_above = ends->sender({line(stage, replica, true)}, options(stage, stage + 1));
    links.from_above = ends->receiver({line(stage, replica, false)}, options(stage + 1, stage));
  }
  return links;
}

namespace {

// Calls one(memory of a line) for each line.
template <class One>
void for_lines(std::span<std::byte> memory, One one) {
  const std::size_t size = wire::memory_transport().line_bytes(kHeadsAlone);
  for (std::size_t at = 0; at < memory.size(); at += size) one(memory.subspan(at, size));
}

}  // namespace

void SharedLinks::interrupt(const GridShape& shape, std::span<std::byte> memory,
                            std::uint32_t generation) {
  for_lines(memory.first(bytes(shape)), [&](std::span<std::byte> line) {
    wire::memory_transport().interrupt(line, generation);
  });
}

void SharedLinks::reset(const GridShape& shape, std::span<std::byte> memory,
                        std::uint32_t generation) {
  for_lines(memory.first(bytes(shape)),
            [&](std::span<std::byte> line) { wire::memory_transport().reset(line, generation); });
}

}  // namespace forknet::cell
