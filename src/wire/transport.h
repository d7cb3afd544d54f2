// A transport makes the channels between cells. Its callers ask what it can do, never what it is
// called: a transport that shares memory connects cells which all map one memory; another one
// connects cells each of which has its own. Another wire is a folder beside ring/ and pipe/ and a
// line in transports.cc; tests/conformance/ holds each of them to channel.h.
//
// Stateless: may be used by any thread. Lives as long as the program.
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

// One end of a line, until a channel's end is made of it: what the process that uses it is handed.
struct LineEnd {
  // The line itself, where the transport shares memory; mapped by both ends, outlives them. A
  // process that maps it makes its end of that alone.
  std::span<std::byte> memory = {};
  std::size_t room = 0;  // as the line has it: Transport::open()
  os::Fd fd = {};        // where memory is not shared
};
// What leads from one cell to another.
struct Line {
  LineEnd sender;
  LineEnd receiver;
};

// Channel ends of one cell whose neighbours may write at the same time as it does: a sender that
// has to wait takes in what the receivers made before it expect. Those outlive it; the endpoint
// need not outlive any of them.
class Endpoint {
 public:
  virtual ~Endpoint() = default;
  [[nodiscard]] virtual std::unique_ptr<Receiver> receiver(LineEnd end, ChannelOptions options) = 0;
  [[nodiscard]] virtual std::unique_ptr<Sender> sender(LineEnd end, ChannelOptions options) = 0;
};

class Transport {
 public:
  virtual ~Transport() = default;

  // The word that grid.channel has for it.
  [[nodiscard]] virtual std::string_view name() const = 0;
  // All cells map one memory, weights and payloads included. False: a cell's memory is its own, and
  // what others need of it is sent.
  [[nodiscard]] virtual bool shares_memory() const = 0;
  // The lines of a cell that has died can be laid anew for the one in its place. False: the first
  // death is the end of the run.
  [[nodiscard]] virtual bool can_replace() const = 0;

  // Of memory that a line takes, a multiple of 64; 0 where memory is not shared.
  [[nodiscard]] virtual std::size_t line_bytes(std::size_t room) const = 0;
  // A new line. `room`: bytes that it should hold of what has been sent and not received; a system
  // that grants less only costs speed. 0, where memory is shared: payloads lie where the receiver
  // reads them, and heads alone travel. `memory`: line_bytes(room), 64-byte aligned, zero at first.
  // Errors: what the system does not grant.
  [[nodiscard]] virtual Result<Line> open(std::span<std::byte> memory, std::size_t room) const = 0;
  [[nodiscard]] virtual std::unique_ptr<Endpoint> endpoint() const = 0;

  // Of a line in memory. Every wait of an end of an older generation ends with an Error;
  virtual void interrupt(std::span<std::byte> line, std::uint32_t generation) const = 0;
  // moreover the line is empty. No older end touches it any more.
  virtual void reset(std::span<std::byte> line, std::uint32_t generation) const = 0;
};

}  // namespace forknet::wire
