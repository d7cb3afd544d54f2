// Rings (ring.h) in memory that all cells map.
#pragma once

#include "wire/ring/ring.h"
#include "wire/transport.h"

namespace forknet::wire {

class RingTransport final : public Transport {
 public:
  static constexpr std::string_view kName = "shm";
  [[nodiscard]] std::string_view name() const override { return kName; }
  [[nodiscard]] bool shares_memory() const override { return true; }
  [[nodiscard]] bool can_replace() const override { return true; }
  [[nodiscard]] std::size_t line_bytes(std::size_t room) const override;
  [[nodiscard]] Result<Line> open(std::span<std::byte> memory, std::size_t room) const override;
  [[nodiscard]] std::unique_ptr<Endpoint> endpoint() const override;
  void interrupt(std::span<std::byte> line, std::uint32_t generation) const override {
    interrupt_ring(line, generation);
  }
  void reset(std::span<std::byte> line, std::uint32_t generation) const override {
    reset_ring(line, generation);
  }
};

}  // namespace forknet::wire
