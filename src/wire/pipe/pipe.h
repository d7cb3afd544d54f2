// A channel through a POSIX pipe. Both ends are non-blocking. A sender whose pipe is full drains
// the frames that the receivers of its cell expect, because two neighbours that only write would
// deadlock.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "os/pipe.h"
#include "wire/channel.h"
#include "wire/expected.h"

namespace forknet::wire {

class PipeReceiver final : public Receiver {
 public:
  PipeReceiver(os::Fd pipe, ChannelOptions options);
  Status expect(const Frame& frame, const MutableBlocks& blocks) override;
  Status wait() override;

  // Reads the available data of the expected frames, without waiting.
  [[nodiscard]] Status take();
  [[nodiscard]] bool hungry() const { return here_ < expected_.size(); }
  [[nodiscard]] const os::Fd& pipe() const { return pipe_; }

 private:
  [[nodiscard]] Status take_frames();
  [[nodiscard]] Status take_head();
  [[nodiscard]] Status take_payload();
  [[nodiscard]] Status failed(const os::Moved& moved) const;
  [[nodiscard]] Status wait_for_more() const;

  const os::Fd pipe_;
  const ChannelOptions options_;
  Expectations expected_;
  std::size_t here_ = 0;  // expected frames that are complete
  Head head_ = {};        // of the frame being received
  std::size_t head_got_ = 0;
  std::size_t payload_got_ = 0;
  bool moved_ = false;  // the last read got data
  std::optional<Error> broken_;
};

class PipeSender final : public Sender {
 public:
  // `meanwhile`: the receivers of the same cell; they outlive the sender.
  PipeSender(os::Fd pipe, ChannelOptions options, std::vector<PipeReceiver*> meanwhile = {});
  Status send(const Frame& frame, const ConstBlocks& blocks) override;

 private:
  [[nodiscard]] Result<std::size_t> write(const Head& head, std::size_t head_sent,
                                          const ConstBlocks& blocks, std::size_t sent);
  [[nodiscard]] Status wait_until_writable();

  const os::Fd pipe_;
  const ChannelOptions options_;
  const std::vector<PipeReceiver*> meanwhile_;
  std::vector<const os::Fd*> watched_;  // allocated once
};

}  // namespace forknet::wire
