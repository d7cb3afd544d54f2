// A channel moves frames one way between two cells, in order: one sender, one receiver, each used
// by one thread. Implementations: ring/ring.h (memory of one process or shared by two) and
// pipe/pipe.h. Each is held to the same suite of tests (tests/conformance/).
//
// The receiver says beforehand which frame comes next and where its payload belongs, so that a
// payload moves once; any other frame is an Error that names the channel, what came and what was
// expected. Waiting ends with an Error when the other end is gone, the deadline passes or the
// generation changes. After an Error an end is of no use any more. Errors are of kind cell.
#pragma once

#include <forknet/result.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "wire/frame.h"

namespace forknet::wire {

// What has gone through the channels of a cell. Written by its thread, read by anybody (relaxed:
// figures that publish nothing).
struct Traffic {
  std::array<std::atomic<std::uint64_t>, kFrameKinds> frames{};
  std::array<std::atomic<std::uint64_t>, kFrameKinds> bytes{};

  void count(const Frame& frame) {
    const auto kind = static_cast<std::size_t>(frame.kind);
    frames[kind].fetch_add(1, std::memory_order_relaxed);
    bytes[kind].fetch_add(frame.bytes, std::memory_order_relaxed);
  }
};

struct ChannelOptions {
  std::string name = "channel";  // for messages: "stage 0 to stage 1, replica 2"
  std::uint32_t generation = 0;  // frames of another one are refused
  // Of the grid, seen while a wait goes on; null: it never changes. Of pipes.
  const std::atomic<std::uint32_t>* generation_now = nullptr;
  // Called some fifty times a second while a wait goes on; empty: nobody looks. Of pipes.
  std::function<void()> look = {};
  std::int64_t deadline_ns = -1;  // of a wait; -1: as long as the other end lives
  std::uint32_t spins = 0;        // looks before a wait sleeps (os::spins_for)
  Traffic* traffic = nullptr;     // counts what passes; outlives the end
};

class Sender {
 public:
  virtual ~Sender() = default;
  // Returns when the payload may be overwritten. blocks.bytes() is frame.bytes.
  [[nodiscard]] virtual Status send(const Frame& frame, const ConstBlocks& blocks) = 0;
};

class Receiver {
 public:
  virtual ~Receiver() = default;
  // At most kMostExpected frames are expected at a time; their memory belongs to the channel until
  // the frame has been waited for.
  [[nodiscard]] virtual Status expect(const Frame& frame, const MutableBlocks& blocks) = 0;
  // Returns when the oldest frame that is expected is there, and ends its expectation.
  [[nodiscard]] virtual Status wait() = 0;
};

inline constexpr std::size_t kMostExpected = 1024;

// "channel stage 0 to stage 1: WHAT"
[[nodiscard]] inline Error channel_error(const std::string& channel, const std::string& what) {
  return Error{ErrorKind::cell, "channel " + channel + ": " + what};
}
// The head is that of the frame that was expected, or an Error says what came instead.
[[nodiscard]] Status check_frame(const std::string& channel, const Head& head,
                                 const Frame& expected);

}  // namespace forknet::wire
