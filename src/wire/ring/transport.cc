#include "wire/ring/transport.h"

#include <utility>

namespace forknet::wire {
namespace {

RingSizes sizes_for(std::size_t room) {
  // Never full: all microbatches of a step fit, and every step ends before the next begins.
  if (room == 0) return {kMostExpected, 0};
  constexpr std::size_t kSlots = 4;
  return {kSlots, (room + kSlots - 1) / kSlots};
}

class RingEndpoint final : public Endpoint {
 public:
  std::unique_ptr<Receiver> receiver(LineEnd end, ChannelOptions options) override {
    return ring_receiver(end.memory, sizes_for(end.room), std::move(options));
  }
  std::unique_ptr<Sender> sender(LineEnd end, ChannelOptions options) override {
    return ring_sender(end.memory, sizes_for(end.room), std::move(options));
  }
};

}  // namespace

std::size_t RingTransport::line_bytes(std::size_t room) const {
  return ring_bytes(sizes_for(room));
}

Result<Line> RingTransport::open(std::span<std::byte> memory, std::size_t room) const {
  return Line{{.memory = memory, .room = room}, {.memory = memory, .room = room}};
}

std::unique_ptr<Endpoint> RingTransport::endpoint() const {
  return std::make_unique<RingEndpoint>();
}

}  // namespace forknet::wire
