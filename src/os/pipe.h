// Pipes that never block: a transfer moves what it can and says why it stopped; waiting is a call
// of its own. Interruptions are handled here. Who writes has SIGPIPE ignored (cells, the program)
// or held off (WithoutSigpipe), so that a reader that is gone is told by `closed`.
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

// Both ends close on exec. `bytes`: how much it should hold; the system's limits may give less,
// which only costs speed.
[[nodiscard]] Result<PipeEnds> make_pipe(std::size_t bytes);

// A pipe that nobody writes to and that blocks: whoever reads it sleeps until the other end is
// gone.
[[nodiscard]] Result<PipeEnds> make_lifeline();

// Holds SIGPIPE off this thread while it lives; one that comes meanwhile is dropped.
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
  int error = 0;        // an errno, else 0. Neither: all that could be moved without waiting
};
// At most kMostPieces of the pieces, in order.
inline constexpr std::size_t kMostPieces = 64;
[[nodiscard]] Moved write_some(const Fd& pipe, std::span<const std::span<const std::byte>> pieces);
[[nodiscard]] Moved read_some(const Fd& pipe, std::span<const std::span<std::byte>> pieces);

// Waits until the pipe can be read or written (null: none), or one of the others can be read, or
// their ends are gone, or the time is over. timeout_ns < 0: for ever. False: the time is over.
[[nodiscard]] bool wait_for_pipes(const Fd* readable, const Fd* writable,
                                  std::span<const Fd* const> also_readable,
                                  std::int64_t timeout_ns);

}  // namespace forknet::os
