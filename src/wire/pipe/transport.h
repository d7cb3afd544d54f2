// POSIX pipes (pipe.h); each end is in the one process that uses it.
#pragma once

#include "wire/transport.h"

namespace forknet::wire {

class PipeTransport final : public Transport {
 public:
  static constexpr std::string_view kName = "pipe";

  [[nodiscard]] std::string_view name() const override { return kName; }
  [[nodiscard]] bool shares_memory() const override { return false; }
  [[nodiscard]] bool can_replace() const override { return true; }
  [[nodiscard]] std::size_t line_bytes(std::size_t) const override { return 0; }
  [[nodiscard]] Result<Line> open(std::span<std::byte> memory, std::size_t room) const override;
  [[nodiscard]] std::unique_ptr<Endpoint> endpoint() const override;
  // Nothing to do: a pipe that may hold half a frame is replaced, and the ends check the generation
  // themselves (ChannelOptions::generation_now).
  void interrupt(std::span<std::byte>, std::uint32_t) const override {}
  void reset(std::span<std::byte>, std::uint32_t) const override {}
};

}  // namespace forknet::wire
