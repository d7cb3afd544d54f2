#include "wire/pipe/pipe.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"
#include "base/clock.h"
#include "base/try.h"
#include "os/system_error.h"

namespace forknet::wire {
namespace {

// Puts the next pieces of a payload from `offset` on into `pieces` from `first` on; returns their
// number.
template <class Byte>
std::size_t pieces_from(const Blocks<Byte>& blocks, std::size_t offset, std::size_t first,
                        std::array<std::span<Byte>, os::kMostPieces>& pieces) {
  std::size_t count = first;
  while (count < pieces.size() && offset < blocks.bytes()) {
    pieces[count] = blocks.run_from(offset);
    offset += pieces[count++].size();
  }
  return count;
}

}  // namespace

namespace {

// The longest sleep of a wait before it checks the generation again.
constexpr std::int64_t kLookAgain = 20'000'000;

// Repeats `wait(timeout)` until it has found something. `what`: the text of the Error at the
// deadline.
template <class Wait>
Status wait_in_generation(const ChannelOptions& options, const char* what, Wait wait) {
  const std::int64_t begun = monotonic_ns();
  while (true) {
    const bool changes = options.generation_now != nullptr || options.look;
    if (options.look) options.look();
    if (options.generation_now != nullptr &&
        options.generation_now->load(std::memory_order_acquire) != options.generation) {
      return channel_error(options.name, "the generation has changed");
    }
    std::int64_t left = options.deadline_ns;
    if (left >= 0) left = std::max<std::int64_t>(0, left - (monotonic_ns() - begun));
    const bool last = !changes || (left >= 0 && left <= kLookAgain);
    if (wait(last ? left : kLookAgain)) return {};
    if (last) return channel_error(options.name, what);
  }
}

}  // namespace

PipeReceiver::PipeReceiver(os::Fd pipe, ChannelOptions options)
    : pipe_(std::move(pipe)), options_(std::move(options)) {}

Status PipeReceiver::expect(const Frame& frame, const MutableBlocks& blocks) {
  expected_.push(frame, blocks);
  return {};
}

Status PipeReceiver::failed(const os::Moved& moved) const {
  if (moved.error != 0) return channel_error(options_.name, "read: " + os::errno_text(moved.error));
  const bool within = head_got_ > 0 || payload_got_ > 0;
  return channel_error(options_.name, within ? "the other end is gone in the middle of a frame"
                                             : "the other end is gone");
}

Status PipeReceiver::take_head() {
  const std::array<std::span<std::byte>, 1> rest = {std::span(head_).subspan(head_got_)};
  const os::Moved moved = os::read_some(pipe_, rest);
  if (moved.closed || moved.error != 0) return failed(moved);
  moved_ = moved.bytes > 0;
  head_got_ += moved.bytes;
  if (head_got_ < kHeadBytes) return {};
  return check_frame(options_.name, head_, expected_[here_].frame);
}

Status PipeReceiver::take_payload() {
  std::array<std::span<std::byte>, os::kMostPieces> pieces;
  const std::size_t count = pieces_from(expected_[here_].blocks, payload_got_, 0, pieces);
  const os::Moved moved = os::read_some(pipe_, {pieces.data(), count});
  if (moved.closed || moved.error != 0) return failed(moved);
  moved_ = moved.bytes > 0;
  payload_got_ += moved.bytes;
  return {};
}

Status PipeReceiver::wait_for_more() const {
  return wait_in_generation(
      options_, "nothing came within the deadline",
      [&](std::int64_t timeout) { return os::wait_for_pipes(&pipe_, nullptr, {}, timeout); });
}

Status PipeReceiver::take() {
  if (broken_) return *broken_;
  Status taken = take_frames();
  if (!taken.ok()) broken_ = taken.error();
  return taken;
}

Status PipeReceiver::take_frames() {
  moved_ = true;
  while (hungry() && moved_) {
    if (head_got_ < kHeadBytes) {
      FORKNET_TRY(take_head());
      if (head_got_ < kHeadBytes) continue;
    }
    const Frame& frame = expected_[here_].frame;
    if (payload_got_ < frame.bytes) FORKNET_TRY(take_payload());
    if (payload_got_ < frame.bytes) continue;
    if (options_.traffic != nullptr) options_.traffic->count(frame);
    ++here_;
    head_got_ = payload_got_ = 0;
  }
  return {};
}

Status PipeReceiver::wait() {
  FORKNET_CHECK(expected_.size() > 0);
  Status taken = take();
  while (here_ == 0) {  // a complete frame is valid whatever came after it
    if (!taken.ok()) return taken;
    FORKNET_TRY(wait_for_more());
    taken = take();
  }
  expected_.pop();
  --here_;
  return {};
}

PipeSender::PipeSender(os::Fd pipe, ChannelOptions options, std::vector<PipeReceiver*> meanwhile)
    : pipe_(std::move(pipe)), options_(std::move(options)), meanwhile_(std::move(meanwhile)) {
  watched_.reserve(meanwhile_.size());
}

// Returns how many bytes of head and payload have been sent in total.
Result<std::size_t> PipeSender::write(const Head& head, std::size_t head_sent,
                                      const ConstBlocks& blocks, std::size_t sent) {
  std::array<std::span<const std::byte>, os::kMostPieces> pieces;
  std::size_t first = 0;
  if (head_sent < kHeadBytes) pieces[first++] = std::span(head).subspan(head_sent);
  const std::size_t count = pieces_from(blocks, sent, first, pieces);
  const os::Moved moved = os::write_some(pipe_, {pieces.data(), count});
  if (moved.closed) return channel_error(options_.name, "the other end is gone");
  if (moved.error != 0)
    return channel_error(options_.name, "write: " + os::errno_text(moved.error));
  return moved.bytes;
}

Status PipeSender::wait_until_writable() {
  watched_.clear();
  for (PipeReceiver* receiver : meanwhile_) {
    FORKNET_TRY(receiver->take());
    if (receiver->hungry()) watched_.push_back(&receiver->pipe());
  }
  return wait_in_generation(
      options_, "nothing was taken within the deadline",
      [&](std::int64_t timeout) { return os::wait_for_pipes(nullptr, &pipe_, watched_, timeout); });
}

Status PipeSender::send(const Frame& frame, const ConstBlocks& blocks) {
  FORKNET_CHECK(frame.bytes == blocks.bytes());
  const Head head = encode(frame);
  const std::size_t all = kHeadBytes + frame.bytes;
  for (std::size_t sent = 0; sent < all;) {
    const std::size_t head_sent = std::min(sent, kHeadBytes);
    FORKNET_ASSIGN(const std::size_t moved, write(head, head_sent, blocks, sent - head_sent));
    sent += moved;
    if (moved == 0) FORKNET_TRY(wait_until_writable());
  }
  if (options_.traffic != nullptr) options_.traffic->count(frame);
  return {};
}

}  // namespace forknet::wire
