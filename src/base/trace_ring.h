// The last spans of one thread, in a ring in memory that outlives the thread. Only that thread
// writes. Any thread of any process may read at any time; a reader skips a span that is being
// written, or whose writer was killed while it wrote.
//
// The memory starts as zeros. Writing allocates nothing, never waits and makes no system call
// except for the clock. The successor of a dead writer appends to the same ring.
#pragma once

#include <forknet/trace.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/check.h"
#include "base/clock.h"

namespace forknet {

inline constexpr std::uint32_t kNoMicrobatch = 0xffffffff;

struct TraceEvent {
  TraceSpan::Kind kind = TraceSpan::Kind::forward;
  int pid = 0;
  std::uint64_t step = 0;
  std::uint32_t microbatch = kNoMicrobatch;
  std::int64_t begin_ns = 0, end_ns = 0;
  bool operator==(const TraceEvent&) const = default;
};

// One end of a ring. The writing thread may have several.
class TraceRing {
 public:
  // For `events` spans that can be read at any time.
  [[nodiscard]] static constexpr std::size_t bytes(std::size_t events) {
    return sizeof(Head) + (events + 1) * sizeof(Slot);
  }

  // `memory`: bytes(events), 64-byte aligned; must outlive this. `pid`: of the writing process.
  TraceRing(std::span<std::byte> memory, int pid)
      : head_(reinterpret_cast<Head*>(memory.data())),
        slots_(reinterpret_cast<Slot*>(memory.data() + sizeof(Head))),
        count_((memory.size() - sizeof(Head)) / sizeof(Slot)),
        pid_(pid) {
    FORKNET_CHECK(memory.size() >= bytes(1));
  }

  // Sets the step and microbatch of the spans that follow.
  void at(std::uint64_t step, std::uint32_t microbatch = kNoMicrobatch) {
    step_ = step;
    microbatch_ = microbatch;
  }

  void record(TraceSpan::Kind kind, std::int64_t begin_ns, std::int64_t end_ns) {
    const std::uint64_t number = head_->written.load(std::memory_order_relaxed);
    Slot& slot = slots_[number % count_];
    // release: a reader that sees one of these fields also sees the count before `number`, and thus
    // that this slot was being overwritten.
    slot.begin_ns.store(static_cast<std::uint64_t>(begin_ns), std::memory_order_release);
    slot.end_ns.store(static_cast<std::uint64_t>(end_ns), std::memory_order_release);
    slot.what.store(step_ << kKindBits | static_cast<std::uint64_t>(kind),
                    std::memory_order_release);
    slot.who.store(std::uint64_t{microbatch_} << 32 | static_cast<std::uint32_t>(pid_),
                   std::memory_order_release);
    head_->written.store(number + 1,
                         std::memory_order_release);  // pairs with the acquire in read()
  }

  struct Content {
    std::vector<TraceEvent> events;  // in the order of their ends
    std::uint64_t lost = 0;          // older spans that were overwritten
  };
  [[nodiscard]] Content read() const {
    Content content;
    const std::uint64_t end = head_->written.load(std::memory_order_acquire);
    std::uint64_t first = first_readable(end);
    for (std::uint64_t number = first; number < end; ++number) {
      content.events.push_back(event(slots_[number % count_]));
    }
    // The writer may have overwritten the oldest spans meanwhile.
    content.lost = std::min(first_readable(head_->written.load(std::memory_order_acquire)), end);
    content.events.erase(
        content.events.begin(),
        content.events.begin() + static_cast<std::ptrdiff_t>(content.lost - first));
    return content;
  }

 private:
  static constexpr unsigned kKindBits = 8;
  struct Head {
    alignas(64) std::atomic<std::uint64_t> written;
  };
  struct Slot {
    std::atomic<std::uint64_t> begin_ns, end_ns;
    std::atomic<std::uint64_t> what;  // step, kind
    std::atomic<std::uint64_t> who;   // microbatch, pid
  };

  // The slot behind the newest span held the oldest one and may be half written.
  [[nodiscard]] std::uint64_t first_readable(std::uint64_t written) const {
    return written < count_ ? 0 : written + 1 - count_;
  }
  [[nodiscard]] static TraceEvent event(const Slot& slot) {
    TraceEvent event;
    event.begin_ns = static_cast<std::int64_t>(slot.begin_ns.load(std::memory_order_acquire));
    event.end_ns = static_cast<std::int64_t>(slot.end_ns.load(std::memory_order_acquire));
    const std::uint64_t what = slot.what.load(std::memory_order_acquire);
    const std::uint64_t who = slot.who.load(std::memory_order_acquire);
    event.kind = static_cast<TraceSpan::Kind>(what & ((1U << kKindBits) - 1));
    event.step = what >> kKindBits;
    event.microbatch = static_cast<std::uint32_t>(who >> 32);
    event.pid = static_cast<int>(static_cast<std::uint32_t>(who));
    return event;
  }

  Head* head_;
  Slot* slots_;
  std::size_t count_;
  int pid_;
  std::uint64_t step_ = 0;
  std::uint32_t microbatch_ = kNoMicrobatch;
};

// A span from here to end() or the end of the scope. Without a ring it costs a null check.
class TraceScope {
 public:
  TraceScope(TraceRing* ring, TraceSpan::Kind kind) : ring_(ring), kind_(kind) {
    if (ring_ != nullptr) begin_ns_ = monotonic_ns();
  }
  ~TraceScope() { end(); }
  TraceScope(const TraceScope&) = delete;
  TraceScope& operator=(const TraceScope&) = delete;

  void end() {
    if (ring_ == nullptr) return;
    ring_->record(kind_, begin_ns_, monotonic_ns());
    ring_ = nullptr;
  }

 private:
  TraceRing* ring_;
  const TraceSpan::Kind kind_;
  std::int64_t begin_ns_ = 0;
};

}  // namespace forknet
