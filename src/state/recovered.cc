#include "state/recovered.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/try.h"
#include "base/version.h"
#include "os/event.h"
#include "os/failpoint.h"
#include "os/file.h"
#include "os/process.h"
#include "os/reserved_file.h"
#include "state/center.h"
#include "state/slice_weights.h"

namespace forknet::run {
namespace {

constexpr std::int64_t kPatienceWithCells = 2'000'000'000;
constexpr std::int64_t kLookAtLock = 5'000'000;

bool alone_in_time(const os::Fd& control) {
  const std::int64_t until = monotonic_ns() + kPatienceWithCells;
  os::Watch nothing;
  while (!os::hold_alone(control)) {
    if (monotonic_ns() >= until) return false;
    nothing.wait(kLookAtLock);
  }
  return true;
}

// The cells of a dead run end by themselves within a second; this ends those that do not.
Status fence(const os::Fd& control, const Control& words, const std::string& path) {
  if (alone_in_time(control)) return {};
  for (const CellControlBlock& cell : words.cells) {
    const int pid = cell.pid.load(std::memory_order_relaxed);
    if (pid > 0) os::end_process(pid, cell.pid_ticks.load(std::memory_order_relaxed));
  }
  if (alone_in_time(control)) return {};
  return Error{ErrorKind::usage,
               path +
                   ": cells of this run are still there and do not end\n"
                   "  see: forknet status RUN, and end them by their process ids"};
}

// Why the state cannot be used; empty: it can.
std::string fault_of_head(const StateList& list, const StateHead& head) {
  if (!head.whole()) return "it was never finished, or is damaged";
  if (list.owner.id != head.identity.data()) return "it belongs to another run";
  const std::uint64_t bytes = head.weights.number_bytes;
  const bool fits = (bytes == sizeof(float) || bytes == sizeof(double)) &&
                    head.weights.versions == 2 && head.weights.checked_bytes();
  return fits ? "" : "it is damaged";
}

// The same, once no process changes it any more.
std::string fault_of_steps(const ControlPage& page) {
  const auto progress = page.progress.load();
  if (!progress) return "it holds no progress";
  const std::uint64_t committed = page.control.committed();
  if (committed < progress->step || committed - progress->step > kFigures) return "it is damaged";
  for (std::uint64_t step = progress->step; step < committed; ++step) {
    if (!page.control.figures(step).whole(step)) return "its figures are damaged";
  }
  return "";
}

std::optional<std::string> outlived_by(const StateList& list, const std::string& boot) {
  if (list.boot != boot) return "the machine was restarted";
  if (list.version != kVersion) return "it is of version " + list.version;
  if (!os::exists(list.control)) return "it was removed from memory";
  return std::nullopt;
}

// Whether the system cannot read the files now, as opposed to a fault of their content.
bool is_trouble(const Error& error) { return error.kind == ErrorKind::internal; }

// Maps a file of weights. `bytes`: its expected size; nothing for models that train apart.
Result<os::Mapping> map_file(const std::string& path, const std::string& folder,
                             std::optional<std::size_t> bytes) {
  if (!os::exists(path)) return Error{ErrorKind::data, path + " is gone"};
  FORKNET_ASSIGN(auto fd, open_state_file(path, folder));
  FORKNET_ASSIGN(auto file, os::Mapping::of(std::move(fd), os::Mapping::Access::read));
  if (!bytes || file.bytes().size() == *bytes) return file;
  return Error{ErrorKind::data,
               fmt::format("{}: holds {} bytes instead of {}", path, file.bytes().size(), *bytes)};
}

// Maps the files of weights. The text: why one of them cannot be used. Error: of the system.
Result<std::string> map_files(Recovered& recovered, const std::string& folder) {
  const std::vector<std::string>& paths = recovered.list.weights;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const bool models = recovered.list.models && i + 1 == paths.size();
    auto file = map_file(paths[i], folder,
                         models ? std::nullopt : std::optional(recovered.weights.bytes()));
    if (!file.ok() && is_trouble(file.error())) return file.error();
    if (!file.ok()) return file.error().message;
    recovered.files.push_back(std::move(*file));
  }
  if (!recovered.list.models) return std::string();
  if (recovered.models().size() < sizeof(CenterPage)) return paths.back() + ": is cut short";
  recovered.version = center_in(recovered.models()).version;
  return std::string();
}

// Maps the control page. Error (data): why it cannot be used.
Result<os::Mapping> map_control(const std::string& path, const std::string& folder) {
  FORKNET_ASSIGN(auto fd, open_state_file(path, folder));
  FORKNET_ASSIGN(auto memory, os::Mapping::of(std::move(fd), os::Mapping::Access::read));
  if (memory.bytes().size() == sizeof(ControlPage)) return memory;
  return Error{ErrorKind::data, memory.bytes().size() < sizeof(ControlPage)
                                    ? "it is cut short"
                                    : path + ": is longer than forknet makes it"};
}

}  // namespace

Result<std::optional<Recovered>> recover_state(const StatePlace& place, const OnLoss& on_loss) {
  FORKNET_ASSIGN(ListRead read, find_list(place));
  std::optional<std::uint64_t> committed;
  const auto lost = [&](const std::string& why) {
    on_loss({why, committed});
    return std::optional<Recovered>();
  };
  if (!read.list && !read.fault.empty()) return lost(read.fault);
  if (!read.list) return std::optional<Recovered>();
  Recovered found;
  found.list = std::move(*read.list);
  found.list_fault = std::move(read.fault);
  if (const std::string why = fault_of_owner(found.list, place); !why.empty()) return lost(why);
  const std::string boot = os::boot_id();
  if (boot.empty() && !found.list.boot.empty()) {
    return Error{ErrorKind::internal,
                 "/proc/sys/kernel/random/boot_id: cannot be read, so that it is not known whether "
                 "the state of the last step is of this start of the machine"};
  }
  if (const auto why = outlived_by(found.list, boot)) return lost(*why);
  auto control = map_control(found.list.control, absolute(place));
  if (!control.ok() && is_trouble(control.error())) return control.error();
  if (!control.ok()) return lost(control.error().message);
  found.control = std::move(*control);
  const auto& page = *reinterpret_cast<const ControlPage*>(found.control.bytes().data());
  if (const std::string why = fault_of_head(found.list, page.head); !why.empty()) return lost(why);
  FORKNET_FAILPOINT("state/recover");
  FORKNET_TRY(fence(found.control.fd(), page.control, found.list.control));
  if (const std::string why = fault_of_steps(page); !why.empty()) return lost(why);
  committed = found.committed = page.control.committed();
  found.progress = *page.progress.load();
  for (std::uint64_t step = found.progress.step; step < found.committed; ++step) {
    found.figures.push_back(page.control.figures(step));
  }
  found.weights = page.head.weights;
  found.version = found.committed;
  FORKNET_ASSIGN(const std::string why, map_files(found, absolute(place)));
  if (!why.empty()) return lost(why);
  os::let_go(found.control.fd());
  found.control.forget_fd();
  return std::optional<Recovered>(std::move(found));
}

std::optional<std::uint64_t> committed_in(const StatePlace& place) {
  const auto read = find_list(place);
  if (!read.ok() || !read->list || !fault_of_owner(*read->list, place).empty()) return std::nullopt;
  if (outlived_by(*read->list, os::boot_id())) return std::nullopt;
  const auto control = map_control(read->list->control, absolute(place));
  if (!control.ok()) return std::nullopt;
  const auto& page = *reinterpret_cast<const ControlPage*>(control->bytes().data());
  if (!fault_of_head(*read->list, page.head).empty()) return std::nullopt;
  return page.control.committed();
}

}  // namespace forknet::run
