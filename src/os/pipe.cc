#include "os/pipe.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include "base/check.h"
#include "os/poll_until.h"
#include "os/system_error.h"

namespace forknet::os {
namespace {

constexpr std::size_t kMostWatched = 16;

template <class Byte, class Call>
Moved move(std::span<const std::span<Byte>> pieces, Call call) {
  std::array<iovec, kMostPieces> vectors = {};
  const std::size_t count = std::min(pieces.size(), kMostPieces);
  for (std::size_t i = 0; i < count; ++i) {
    // iovec has one type for both directions.
    vectors[i].iov_base = const_cast<std::byte*>(pieces[i].data());
    vectors[i].iov_len = pieces[i].size();
  }
  const auto moved =
      retry_interrupted([&] { return call(vectors.data(), static_cast<int>(count)); });
  if (moved >= 0) return {static_cast<std::size_t>(moved), false, 0};
  if (errno == EAGAIN || errno == EWOULDBLOCK) return {};
  if (errno == EPIPE) return {0, true, 0};
  return {0, false, errno};
}

}  // namespace

Result<PipeEnds> make_pipe(std::size_t bytes) {
  std::array<int, 2> ends = {-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return system_error("pipe2", "a channel");
  PipeEnds pipe = {Fd(ends[0]), Fd(ends[1])};
  // A hint: the user's total may be used up (pipe-user-pages-soft).
  (void)::fcntl(pipe.write.get(), F_SETPIPE_SZ,
                static_cast<int>(std::min<std::size_t>(bytes, std::size_t{1} << 20)));
  return pipe;
}

WithoutSigpipe::WithoutSigpipe() {
  sigset_t only;
  sigset_t before;
  sigset_t pending;
  ::sigemptyset(&only);
  ::sigaddset(&only, SIGPIPE);
  ::sigpending(&pending);
  ::pthread_sigmask(SIG_BLOCK, &only, &before);
  was_free_ = ::sigismember(&before, SIGPIPE) == 0 && ::sigismember(&pending, SIGPIPE) == 0;
}

WithoutSigpipe::~WithoutSigpipe() {
  if (!was_free_) return;
  sigset_t only;
  ::sigemptyset(&only);
  ::sigaddset(&only, SIGPIPE);
  const timespec at_once = {};
  (void)retry_interrupted([&] { return ::sigtimedwait(&only, nullptr, &at_once); });
  ::pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
}

Result<PipeEnds> make_lifeline() {
  std::array<int, 2> ends = {-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return system_error("pipe2", "a lifeline");
  return PipeEnds{Fd(ends[0]), Fd(ends[1])};
}

Moved write_some(const Fd& pipe, std::span<const std::span<const std::byte>> pieces) {
  return move<const std::byte>(pieces, [&](const iovec* vectors, int count) {
    return ::writev(pipe.get(), vectors, count);
  });
}

Moved read_some(const Fd& pipe, std::span<const std::span<std::byte>> pieces) {
  bool ended = false;
  Moved moved = move<std::byte>(pieces, [&](const iovec* vectors, int count) {
    const auto got = ::readv(pipe.get(), vectors, count);
    ended = got == 0;
    return got;
  });
  moved.closed = ended;
  return moved;
}

bool wait_for_pipes(const Fd* readable, const Fd* writable,
                    std::span<const Fd* const> also_readable, std::int64_t timeout_ns) {
  std::array<pollfd, kMostWatched> watched = {};
  std::size_t count = 0;
  const auto watch = [&](const Fd* fd, short events) {
    if (fd == nullptr) return;
    FORKNET_CHECK(count < kMostWatched);
    watched[count++] = {fd->get(), events, 0};
  };
  watch(readable, POLLIN);
  watch(writable, POLLOUT);
  for (const Fd* fd : also_readable) watch(fd, POLLIN);
  const int ready = poll_until(watched.data(), count, timeout_ns);
  return ready != 0;  // an interruption counts as ready: the caller checks again
}

}  // namespace forknet::os
