#include "os/background_writer.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <utility>

#include "os/process.h"
#include "os/system_error.h"
#include "os/thread.h"

namespace forknet::os {
namespace {

// Whether nothing written there will be read any more. For a terminal EIO means that; a file may
// take the next text.
bool is_final(const Fd& fd, int error) {
  struct stat what = {};
  const bool file = ::fstat(fd.get(), &what) == 0 && S_ISREG(what.st_mode);
  return error == EPIPE || error == EBADF || (error == EIO && !file);
}

// Waits without a limit. Returns 0 or an errno.
int write_blocking(const Fd& fd, std::string_view text) {
  while (!text.empty()) {
    const auto wrote =
        retry_interrupted([&] { return ::write(fd.get(), text.data(), text.size()); });
    if (wrote > 0) {
      text.remove_prefix(static_cast<std::size_t>(wrote));
    } else if (wrote < 0 && errno == EAGAIN) {  // another process made it non-blocking
      pollfd room = {fd.get(), POLLOUT, 0};
      (void)::poll(&room, 1, -1);
    } else {
      return wrote < 0 ? errno : EIO;
    }
  }
  return 0;
}

std::uint64_t lines_of(std::string_view text) {
  return std::max<std::uint64_t>(1, std::count(text.begin(), text.end(), '\n'));
}

int number_of(Stream stream) { return stream == Stream::output ? STDOUT_FILENO : STDERR_FILENO; }

}  // namespace

struct BackgroundWriter::Shared {
  Shared(Fd to, Limits its) : fd(std::move(to)), limits(std::move(its)) {}

  const Fd fd;
  const Limits limits;
  std::mutex mutex;  // guards what follows
  std::condition_variable given, written;
  std::string queue;      // whole texts that wait to be written
  bool busy = false;      // a batch is being written
  bool closed = false;    // no more will come
  bool threaded = false;  // a thread writes
  std::uint64_t gap = 0;  // lines dropped since the queue was last emptied
  std::uint64_t dropped = 0;
  int error = 0;
  bool gone = false;  // the reader has left

  [[nodiscard]] bool done() const { return gone || (queue.empty() && !busy); }

  // Writes the queue. Releases the lock meanwhile.
  void send(std::unique_lock<std::mutex>& lock, std::string& batch) {
    batch.clear();
    batch.swap(queue);
    busy = true;
    if (const std::uint64_t lines = std::exchange(gap, 0); lines > 0) {
      if (!batch.empty() && batch.back() != '\n') queue += '\n';
      queue += limits.gap(lines);
    }
    lock.unlock();
    const int failed = write_blocking(fd, batch);
    lock.lock();
    busy = false;
    if (error == 0) error = failed;
    gone = gone || (failed != 0 && is_final(fd, failed));
    if (gone) queue.clear();
  }

  void serve() {
    name_this_thread(limits.name);
    std::string batch;
    std::unique_lock lock(mutex);
    while (true) {
      given.wait(lock, [&] { return !queue.empty() || closed; });
      if (queue.empty()) return;
      send(lock, batch);
      if (done()) written.notify_all();
    }
  }

  bool take(std::string_view text) {
    std::unique_lock lock(mutex);
    if (gone) return true;  // as for any stream whose reader has left
    // An empty queue takes any text, so that a gap is always reported.
    if (!queue.empty() && (gap > 0 || queue.size() + text.size() > limits.bytes)) {
      gap += lines_of(text);
      dropped += lines_of(text);
      return false;
    }
    queue += text;
    if (threaded) {
      given.notify_one();
    } else {
      std::string batch;
      send(lock, batch);
      if (done()) written.notify_all();
    }
    return true;
  }
};

BackgroundWriter::BackgroundWriter(Stream stream, Limits limits)
    : BackgroundWriter(Fd(::fcntl(number_of(stream), F_DUPFD_CLOEXEC, 3)), std::move(limits)) {}

BackgroundWriter::BackgroundWriter(Fd fd, Limits limits)
    : shared_(std::make_shared<Shared>(std::move(fd), std::move(limits))) {
  const WithoutSignals quiet;
  shared_->threaded = true;
  auto thread = Thread::start("a writer", [shared = shared_] { shared->serve(); });
  if (thread.ok()) {
    thread_ = std::move(*thread);
  } else {  // the system grants no thread
    shared_->threaded = false;
  }
}

BackgroundWriter::~BackgroundWriter() {
  bool done = false;
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->closed = true;
    shared_->given.notify_one();
    done = shared_->done() && !shared_->busy;
  }
  if (!done) thread_.detach();  // otherwise it ends at once and closes the descriptor
}

bool BackgroundWriter::write(std::string_view text) { return shared_->take(text); }

bool BackgroundWriter::offer(std::string_view text) {
  {
    const std::lock_guard lock(shared_->mutex);
    if (!shared_->done()) return false;
  }
  return shared_->take(text);
}

bool BackgroundWriter::wait(std::int64_t timeout_ns) const {
  std::unique_lock lock(shared_->mutex);
  const auto done = [&] { return shared_->done(); };
  if (timeout_ns >= 0) {
    return shared_->written.wait_for(lock, std::chrono::nanoseconds(timeout_ns), done);
  }
  shared_->written.wait(lock, done);
  return true;
}

std::uint64_t BackgroundWriter::dropped() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->dropped;
}

int BackgroundWriter::error() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->error;
}

void never_wait_for_stderr() {
  struct stat what = {};
  if (::fstat(STDERR_FILENO, &what) != 0) return;
  if (!S_ISFIFO(what.st_mode) && ::isatty(STDERR_FILENO) != 1) return;
  ::signal(SIGTTOU, SIG_IGN);  // a terminal may stop background processes that write
  // Opened again, because all holders of the inherited descriptor share its flags.
  const Fd own(::open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (own.open()) (void)::dup2(own.get(), STDERR_FILENO);
}

}  // namespace forknet::os
