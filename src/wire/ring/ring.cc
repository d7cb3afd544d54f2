#include "wire/ring/ring.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/clock.h"
#include "base/try.h"
#include "os/cpu_pause.h"
#include "os/futex.h"

namespace forknet::wire {
namespace {

constexpr std::size_t kAlignment = 64;
// The longest sleep before a wait checks the other end and the clock again.
constexpr std::int64_t kLookAgain = 50'000'000;

std::size_t slot_bytes(const RingSizes& sizes) {
  return (kHeadBytes + sizes.payload_bytes + kAlignment - 1) / kAlignment * kAlignment;
}

// The common part of both ends: access to control words and slots, and waiting for a word.
class RingEnd {
 public:
  RingEnd(std::span<std::byte> memory, const RingSizes& sizes, ChannelOptions options)
      : options_(std::move(options)),
        sizes_(sizes),
        words_(reinterpret_cast<RingControlBlock*>(memory.data())),
        slots_(memory.data() + sizeof(RingControlBlock)) {
    FORKNET_CHECK(memory.size() >= ring_bytes(sizes) && std::has_single_bit(sizes.slots));
  }

 protected:
  [[nodiscard]] std::byte* slot(std::uint32_t number) const {
    return slots_ + (number % sizes_.slots) * slot_bytes(sizes_);
  }

  // Blocks until ready(). `word` changes then; `sleeps` asks the other end for a wake-up.
  template <class Ready>
  Status wait(std::atomic<std::uint32_t>& word, std::atomic<std::uint32_t>& sleeps,
              const std::atomic<std::uint32_t>& gone, Ready ready) {
    for (std::uint32_t spin = 0; spin <= options_.spins; ++spin) {
      if (ready()) return of_this_generation();
      os::pause_cpu();
    }
    const std::int64_t begun = monotonic_ns();
    while (true) {
      const std::uint32_t seen = word.load(std::memory_order_seq_cst);
      sleeps.store(1, std::memory_order_seq_cst);
      if (ready()) break;
      FORKNET_TRY(of_this_generation());
      if (gone.load(std::memory_order_acquire) == mark() && !ready()) {
        return channel_error(options_.name, "the other end is gone");
      }
      const std::int64_t waited = monotonic_ns() - begun;
      if (options_.deadline_ns >= 0 && waited >= options_.deadline_ns) {
        return channel_error(options_.name, "nothing moved within the deadline");
      }
      const std::int64_t left =
          options_.deadline_ns >= 0 ? options_.deadline_ns - waited : kLookAgain;
      os::futex_wait_for(word, seen, std::min(left, kLookAgain));
    }
    sleeps.store(0, std::memory_order_relaxed);
    return of_this_generation();
  }
  // seq_cst, paired with `sleeps`: either this sees the sleeper, or the sleeper sees the new
  // number.
  static void advance(std::atomic<std::uint32_t>& word, const std::atomic<std::uint32_t>& sleeps) {
    word.fetch_add(1, std::memory_order_seq_cst);
    if (sleeps.load(std::memory_order_seq_cst) != 0) os::futex_wake_all(word);
  }
  void leave(std::atomic<std::uint32_t>& gone, const std::atomic<std::uint32_t>& word) const {
    gone.store(mark(), std::memory_order_release);
    os::futex_wake_all(word);
  }
  [[nodiscard]] std::size_t chunk_of(std::size_t bytes, std::size_t done) const {
    return std::min(sizes_.payload_bytes, bytes - done);
  }

  // Check after reading the ring's numbers: those of a ring that was reset belong to the next
  // generation.
  [[nodiscard]] Status of_this_generation() const {
    if (words_->generation.load(std::memory_order_relaxed) == options_.generation) return {};
    return channel_error(options_.name, "the generation has changed");
  }
  // The mark of a destroyed end of this generation; 0: none.
  [[nodiscard]] std::uint32_t mark() const { return options_.generation + 1; }

  const ChannelOptions options_;
  const RingSizes sizes_;
  RingControlBlock* const words_;
  std::byte* const slots_;
};

// Copies `bytes` of the payload from `offset` on between a slot and their place.
template <class Byte, class Copy>
void for_runs(const Blocks<Byte>& blocks, std::size_t offset, std::size_t bytes, Copy copy) {
  for (std::size_t done = 0; done < bytes;) {
    const auto run = blocks.run_from(offset + done);
    const std::size_t count = std::min(run.size(), bytes - done);
    copy(run.data(), done, count);
    done += count;
  }
}

class RingSender final : public Sender, RingEnd {
 public:
  using RingEnd::RingEnd;
  ~RingSender() override { leave(words_->sender_gone, words_->published); }
  RingSender(const RingSender&) = delete;
  RingSender& operator=(const RingSender&) = delete;

  Status send(const Frame& frame, const ConstBlocks& blocks) override {
    FORKNET_CHECK(frame.bytes == blocks.bytes());
    const Head head = encode(frame);
    const std::size_t bytes = sizes_.payload_bytes == 0 ? 0 : frame.bytes;
    std::size_t sent = 0;
    do {
      FORKNET_TRY(free_slot());
      std::byte* const slot = this->slot(next_);
      const std::size_t chunk = chunk_of(bytes, sent);
      std::memcpy(slot, head.data(), kHeadBytes);
      for_runs(blocks, sent, chunk, [&](const std::byte* from, std::size_t at, std::size_t count) {
        std::memcpy(slot + kHeadBytes + at, from, count);
      });
      sent += chunk;
      ++next_;
      advance(words_->published, words_->receiver_sleeps);
    } while (sent < bytes);
    if (options_.traffic != nullptr) options_.traffic->count(frame);
    return {};
  }

 private:
  Status free_slot() {
    return wait(words_->released, words_->sender_sleeps, words_->receiver_gone, [&] {
      return next_ - words_->released.load(std::memory_order_acquire) < sizes_.slots;
    });
  }
  std::uint32_t next_ = 0;
};

class RingReceiver final : public Receiver, RingEnd {
 public:
  using RingEnd::RingEnd;
  ~RingReceiver() override { leave(words_->receiver_gone, words_->released); }
  RingReceiver(const RingReceiver&) = delete;
  RingReceiver& operator=(const RingReceiver&) = delete;

  Status expect(const Frame& frame, const MutableBlocks& blocks) override {
    expected_.push(frame, blocks);
    return {};
  }

  Status wait() override {
    FORKNET_CHECK(expected_.size() > 0);
    const auto& [frame, blocks] = expected_[0];
    const std::size_t bytes = sizes_.payload_bytes == 0 ? 0 : frame.bytes;
    std::size_t got = 0;
    do {
      FORKNET_TRY(full_slot());
      const std::byte* const slot = this->slot(next_);
      FORKNET_TRY(check_head(slot, frame));
      const std::size_t chunk = chunk_of(bytes, got);
      for_runs(blocks, got, chunk, [&](std::byte* to, std::size_t at, std::size_t count) {
        std::memcpy(to, slot + kHeadBytes + at, count);
      });
      got += chunk;
      ++next_;
      advance(words_->released, words_->sender_sleeps);
    } while (got < bytes);
    if (options_.traffic != nullptr) options_.traffic->count(frame);
    expected_.pop();
    return {};
  }

 private:
  Status full_slot() {
    return RingEnd::wait(words_->published, words_->receiver_sleeps, words_->sender_gone, [&] {
      return words_->published.load(std::memory_order_acquire) != next_;
    });
  }
  Status check_head(const std::byte* slot, const Frame& expected) const {
    Head head;
    std::memcpy(head.data(), slot, kHeadBytes);
    return check_frame(options_.name, head, expected);
  }
  Expectations expected_;
  std::uint32_t next_ = 0;
};

}  // namespace

std::size_t ring_bytes(const RingSizes& sizes) {
  return sizeof(RingControlBlock) + sizes.slots * slot_bytes(sizes);
}

std::unique_ptr<Sender> ring_sender(std::span<std::byte> memory, const RingSizes& sizes,
                                    ChannelOptions options) {
  return std::make_unique<RingSender>(memory, sizes, std::move(options));
}

std::unique_ptr<Receiver> ring_receiver(std::span<std::byte> memory, const RingSizes& sizes,
                                        ChannelOptions options) {
  return std::make_unique<RingReceiver>(memory, sizes, std::move(options));
}

void interrupt_ring(std::span<std::byte> memory, std::uint32_t generation) {
  auto* words = reinterpret_cast<RingControlBlock*>(memory.data());
  words->generation.store(generation, std::memory_order_seq_cst);
  os::futex_wake_all(words->published);
  os::futex_wake_all(words->released);
}

void reset_ring(std::span<std::byte> memory, std::uint32_t generation) {
  auto* words = reinterpret_cast<RingControlBlock*>(memory.data());
  words->generation.store(generation, std::memory_order_seq_cst);
  words->published.store(0, std::memory_order_seq_cst);
  words->released.store(0, std::memory_order_seq_cst);
  words->sender_gone.store(0, std::memory_order_relaxed);
  words->receiver_gone.store(0, std::memory_order_relaxed);
  os::futex_wake_all(words->published);
  os::futex_wake_all(words->released);
}

}  // namespace forknet::wire
