#include "run/state/recovered.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/version.h"
#include "os/event.h"
#include "os/failpoint.h"
#include "os/file.h"
#include "os/process.h"
#include "os/reserved_file.h"
#include "run/state/center.h"
#include "run/state/slice_weights.h"

namespace forknet::run {
namespace {

constexpr std::int64_t kPatienceWithCells = 2'000'000'000;
constexpr std::int64_t kLookAgain = 5'000'000;

bool alone_in_time(const os::Fd& control) {
  const std::int64_t until = monotonic_ns() + kPatienceWithCells;
  os::Watch nothing;
  while (!os::hold_alone(control)) {
    if (monotonic_ns() >= until) return false;
    nothing.wait(kLookAgain);
  }
  return true;
}

// The cells of the run that is gone end by themselves, within a second; those that cannot are
// ended.
Status fence(const os::Fd& control, const Control& words, const std::string& path) {
  if (alone_in_time(control)) return {};
  for (const CellWords& cell : words.cells) {
    const int pid = cell.pid.load(std::memory_order_relaxed);
    if (pid > 0) os::end_process(pid, cell.pid_ticks.load(std::memory_order_relaxed));
  }
  if (alone_in_time(control)) return {};
  return Error{ErrorKind::usage,
               path +
                   ": cells of this run are still there and do not end\n"
                   "  see: forknet status RUN, and end them by their process ids"};
}

// Why the state cannot be gone on with; nothing when it can.
std::string fault_of_head(const StateList& list, const StatePlace& place, const StateHead& head) {
  if (!head.whole()) return "it was never finished, or is damaged";
  if (is_of_another(list, place)) return "it is that of the run that this one is a copy of";
  return "";
}

// The same, once nobody changes it any more.
std::string fault_of_steps(const StateList& list, const ControlPage& page) {
  const auto progress = page.progress.load();
  if (!progress) return "it holds no progress";
  const std::uint64_t committed = page.control.committed();
  if (committed < progress->step || committed - progress->step > kFigures) return "it is damaged";
  for (const std::string& path : list.weights) {
    if (!os::exists(path)) return path + " is gone";
  }
  return "";
}

std::optional<std::string> outlived_by(const StateList& list) {
  if (list.boot != os::boot_id()) return "the machine was started anew";
  if (list.version != kVersion) return "it is of version " + list.version;
  if (!os::exists(list.control)) return "it was removed from memory";
  return std::nullopt;
}

// The file of models that train apart.
Result<os::Mapping> map_models(const Recovered& recovered) {
  FORKNET_ASSIGN(auto fd, open_state_file(recovered.list.weights.back(), recovered.folder));
  FORKNET_ASSIGN(auto models, os::Mapping::of(std::move(fd), os::Mapping::Access::read));
  if (models.bytes().size() >= sizeof(CenterWord)) return models;
  return Error{ErrorKind::data, recovered.list.weights.back() + ": is cut short"};
}

}  // namespace

Result<std::optional<Recovered>> recover_state(const StatePlace& place, const store::Note& note) {
  std::optional<Recovered> found;
  const auto list = read_list(place);
  if (!list) return found;
  const auto lost = [&](const std::string& why) {
    note("the state of the last step cannot be used (" + why + ")");
    return std::optional<Recovered>();
  };
  if (const auto why = outlived_by(*list)) return lost(*why);
  auto fd = open_state_file(list->control, absolute(place));
  if (!fd.ok()) return lost(fd.error().message);
  FORKNET_ASSIGN(const auto memory, os::Mapping::of(std::move(*fd), os::Mapping::Access::read));
  if (memory.bytes().size() < sizeof(ControlPage)) return lost("it is cut short");
  const auto& page = *reinterpret_cast<const ControlPage*>(memory.bytes().data());
  if (const std::string why = fault_of_head(*list, place, page.head); !why.empty())
    return lost(why);
  FORKNET_FAILPOINT("state/recover");
  FORKNET_TRY(fence(memory.fd(), page.control, list->control));
  if (const std::string why = fault_of_steps(*list, page); !why.empty()) return lost(why);
  found.emplace();
  found->committed = page.control.committed();
  found->progress = *page.progress.load();
  for (std::uint64_t step = found->progress.step; step < found->committed; ++step) {
    found->figures.push_back(page.control.figures(step));
  }
  found->weights = page.head.weights;
  found->list = *list;
  found->folder = absolute(place);
  found->version = found->committed;
  if (list->models) {
    FORKNET_ASSIGN(const auto models, map_models(*found));
    found->version = center_in(models.bytes()).version;
  }
  return found;
}

namespace {

// The numbers of one file that belong to [begin, end).
template <class T>
Status copy_numbers(const Recovered& recovered, const std::string& path, const SliceNumbers& part,
                    store::Weights<T>& to) {
  FORKNET_ASSIGN(auto fd, open_state_file(path, recovered.folder));
  return copy_slice(std::move(fd), recovered.weights, recovered.version, part, to);
}

}  // namespace

template <class T>
Status read_weights(const Recovered& recovered, const nn::ModelPlan& plan, store::Weights<T>& to) {
  FORKNET_FAILPOINT("state/read");
  const store::WeightsLayout& layout = recovered.weights;
  if (layout.number_bytes != sizeof(T) || layout.numbers != plan.numbers ||
      layout.moments != to.moments() || recovered.list.slices.back().end != plan.layers.size()) {
    return Error{ErrorKind::data, recovered.list.control + ": holds the state of another model"};
  }
  if (!recovered.list.private_cells) {
    return copy_numbers<T>(recovered, recovered.list.weights.front(), {0, plan.numbers}, to);
  }
  for (std::size_t stage = 0; stage < recovered.list.slices.size(); ++stage) {
    // The first replica's cell keeps the moments as well.
    const std::string& path = recovered.list.weights[stage * recovered.list.replicas];
    FORKNET_TRY(
        copy_numbers<T>(recovered, path, numbers_of(plan, recovered.list.slices[stage]), to));
  }
  return {};
}

Status read_models(const Recovered& recovered, std::span<std::byte> to) {
  FORKNET_ASSIGN(const auto models, map_models(recovered));
  if (models.bytes().size() < to.size()) {
    return Error{ErrorKind::data,
                 recovered.list.weights.back() + ": holds the models of another run"};
  }
  std::copy_n(models.bytes().begin(), to.size(), to.begin());
  return {};
}

template Status read_weights<float>(const Recovered&, const nn::ModelPlan&, store::Weights<float>&);
template Status read_weights<double>(const Recovered&, const nn::ModelPlan&,
                                     store::Weights<double>&);

}  // namespace forknet::run
