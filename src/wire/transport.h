// A transport makes the channels between cells. Callers query its abilities, never its name. A
// transport that shares memory connects cells that map the same memory; any other connects cells
// with private memory. A new transport is a folder beside ring/ and pipe/ and a line in
// transports.cc; tests/conformance/ checks each of them against channel.h.
//
// Stateless: usable from any thread. Lives as long as the program.
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "os/fd.h"
#include "wire/channel.h"

namespace forknet::wire {

// One end of a line before a channel end is made of it, as passed to the process that uses it.
struct LineEnd {
  // The line itself if the transport shares memory; mapped by both ends and outlives them. A
  // process that maps it makes its end from this alone.
  std::span<std::byte> memory = {};
  std::size_t room = 0;  // of the line: Transport::open()
  os::Fd fd = {};        // if memory is not shared
};
// A connection from one cell to another.
struct Line {
  LineEnd sender;
  LineEnd receiver;
};

// Makes the channel ends of a cell whose neighbours may write at the same time: a waiting sender
// drains the receivers made before it. These receivers outlive the sender; the endpoint need not
// outlive any end.
class Endpoint {
 public:
  virtual ~Endpoint() = default;
  [[nodiscard]] virtual std::unique_ptr<Receiver> receiver(LineEnd end, ChannelOptions options) = 0;
  [[nodiscard]] virtual std::unique_ptr<Sender> sender(LineEnd end, ChannelOptions options) = 0;
};

class Transport {
 public:
  virtual ~Transport() = default;

  // The name in grid.channel.
  [[nodiscard]] virtual std::string_view name() const = 0;
  // True: all cells map the same memory, weights and payloads included. False: cells have private
  // memory and send each other data.
  [[nodiscard]] virtual bool shares_memory() const = 0;
  // True: the lines of a dead cell can be opened again for its replacement. False: the first death
  // ends the run.
  [[nodiscard]] virtual bool can_replace() const = 0;

  // Memory of a line in bytes, a multiple of 64; 0 if memory is not shared.
  [[nodiscard]] virtual std::size_t line_bytes(std::size_t room) const = 0;
  // Opens a new line. `room`: the bytes it should buffer between sender and receiver; less only
  // costs speed. 0, with shared memory: payloads are in place, and only heads are sent. `memory`:
  // line_bytes(room), 64-byte aligned, initially zero. Errors: a system resource is not available.
  [[nodiscard]] virtual Result<Line> open(std::span<std::byte> memory, std::size_t room) const = 0;
  [[nodiscard]] virtual std::unique_ptr<Endpoint> endpoint() const = 0;

  // For a line in memory. Every wait of an end of an older generation ends with an Error.
  virtual void interrupt(std::span<std::byte> line, std::uint32_t generation) const = 0;
  // As interrupt(), and empties the line. Requires that no older end uses it.
  virtual void reset(std::span<std::byte> line, std::uint32_t generation) const = 0;
};

}  // namespace forknet::wire
