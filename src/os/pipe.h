// Pipes that never block: a transfer moves what it can and says why it stopped; waiting is a
// separate call. Interruptions are handled here. Writers must ignore SIGPIPE (cells, the program)
// or block it (WithoutSigpipe), so that `closed` reports a reader that is gone.
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "os/fd.h"

namespace forknet::os {

struct PipeEnds {
  Fd read;
  Fd write;
};

// Both ends close on exec. `bytes`: the wanted capacity; the system may grant less, which only
// costs speed.
[[nodiscard]] Result<PipeEnds> make_pipe(std::size_t bytes);

// A blocking pipe without data: a reader sleeps until the other end is gone.
[[nodiscard]] Result<PipeEnds> make_lifeline();

// Blocks SIGPIPE in this thread while it lives; drops one that arrives meanwhile.
class WithoutSigpipe {
 public:
  WithoutSigpipe();
  ~WithoutSigpipe();
  WithoutSigpipe(const WithoutSigpipe&) = delete;
  WithoutSigpipe& operator=(const WithoutSigpipe&) = delete;

 private:
  bool was_free_ = false;  // neither blocked nor pending before
};

struct Moved {
  std::size_t bytes = 0;
  bool closed = false;  // the other end is gone; nothing more will move
  int error = 0;        // an errno, or 0. Neither: all moved that could be without waiting
};
// Moves at most kMostPieces of the pieces, in order.
inline constexpr std::size_t kMostPieces = 64;
[[nodiscard]] Moved write_some(const Fd& pipe, std::span<const std::span<const std::byte>> pieces);
[[nodiscard]] Moved read_some(const Fd& pipe, std::span<const std::span<std::byte>> pieces);

// Waits until the pipe is readable or writable (null: none), one of the others is readable, their
// ends are gone, or the time is over. timeout_ns < 0: no limit. False: the time is over.
[[nodiscard]] bool wait_for_pipes(const Fd* readable, const Fd* writable,
                                  std::span<const Fd* const> also_readable,
                                  std::int64_t timeout_ns);

}  // namespace forknet::os
