// A channel moves frames one way between two cells, in order: one sender, one receiver, each used
// by one thread. Implementations: ring/ring.h (memory of one process or shared by two) and
// pipe/pipe.h. All pass the same tests (tests/conformance/).
//
// The receiver announces which frame comes next and where its payload belongs, so that a payload is
// moved once. Any other frame is an Error that names the channel, the received and the expected
// frame. A wait ends with an Error when the other end is gone, the deadline passes or the
// generation changes. After an Error an end must not be used. Errors are of kind cell.
#pragma once

#include <forknet/result.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "wire/frame.h"

namespace forknet::wire {

// The traffic of a cell's channels. Written by the cell's thread, readable from any thread
// (relaxed: the counters publish no other data).
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
  std::uint32_t generation = 0;  // frames of another generation are refused
  // The grid's generation, checked during a wait; null: it never changes. Pipes only.
  const std::atomic<std::uint32_t>* generation_now = nullptr;
  // Called about fifty times per second during a wait; may be empty. Pipes only.
  std::function<void()> look = {};
  std::int64_t deadline_ns = -1;  // of a wait; -1: until the other end is gone
  std::uint32_t spins = 0;        // polls before a wait sleeps (os::spins_for)
  Traffic* traffic = nullptr;     // counts frames and bytes; outlives the end; may be null
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
  // At most kMostExpected frames are expected at a time. The memory of a frame belongs to the
  // channel until wait() has returned it.
  [[nodiscard]] virtual Status expect(const Frame& frame, const MutableBlocks& blocks) = 0;
  // Blocks until the oldest expected frame has arrived, and removes it from the expected ones.
  [[nodiscard]] virtual Status wait() = 0;
};

inline constexpr std::size_t kMostExpected = 1024;

// "channel stage 0 to stage 1: WHAT"
[[nodiscard]] inline Error channel_error(const std::string& channel, const std::string& what) {
  return Error{ErrorKind::cell, "channel " + channel + ": " + what};
}
// Checks that the head is that of the expected frame; the Error names the received one.
[[nodiscard]] Status check_frame(const std::string& channel, const Head& head,
                                 const Frame& expected);

}  // namespace forknet::wire
