#include "state/live_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <new>

#include "base/try.h"
#include "base/version.h"
#include "os/container.h"
#include "os/failpoint.h"
#include "os/file.h"
#include "os/file_id.h"
#include "os/limits.h"
#include "os/reserved_file.h"

namespace forknet::run {
namespace {

using Ranges = std::vector<os::Mapping::Bytes>;

constexpr std::size_t kMostName = 100;

// The name of the run folder as a part of a file name.
std::string plain_name(const std::string& folder) {
  std::string name = os::name_of(folder).substr(0, kMostName);
  for (char& c : name) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_';
    if (!plain && c != '.') c = '_';
  }
  return name;
}

// The files of a run have two names in turns, so that a resumed run makes its new state before it
// removes the old one.
char turn_after(const std::string& control, const Identity& owner) {
  return control.find(owner.id + "-a-") != std::string::npos ? 'b' : 'a';
}

// "IDENTITY-a-": no files of another run have such names.
std::string turn_of(const Identity& owner, char turn) {
  return owner.id + "-" + std::string(1, turn) + "-";
}

// The reasons why neither folder can hold the file.
struct Refusals {
  std::string memory = "no tmpfs is there";
  std::string folder;
};

// Makes the file in the first of the two folders that is allowed and has room.
Result<os::Fd> make_file(const StatePlace& place, const std::string& name, std::size_t bytes,
                         const Ranges& ranges, std::string& path, Refusals& refusals) {
  const std::string memory = os::memory_folder();
  const bool survives = place.where != StateIn::automatic || !os::memory_folder_is_private();
  if (place.where == StateIn::folder) {
    refusals.memory = "run.state = \"folder\"";
  } else if (!memory.empty() && survives) {
    path = fmt::format("{}/{}{}", memory, kStateStem, name);
    auto made = os::create_reserved(path, bytes, ranges);
    if (made.ok()) return made;
    refusals.memory = made.error().message;
  } else if (!memory.empty()) {
    refusals.memory = "it ends with this container";
  }
  if (place.where == StateIn::memory) {
    refusals.folder = "run.state = \"memory\"";
    return Error{ErrorKind::internal, refusals.memory};
  }
  path = fmt::format("{}/{}{}", absolute(place), kFolderStem, name);
  auto made = os::create_reserved(path, bytes, ranges);
  if (!made.ok()) refusals.folder = made.error().message;
  return made;
}

// `forknet runs clean` removes a control page that is not locked as a stale one, perhaps before it
// is locked here: then it is made again.
template <class Make>
Result<os::Fd> made_and_held(Make make, const std::string& path) {
  constexpr int kTries = 100;
  for (int i = 0; i < kTries; ++i) {
    FORKNET_ASSIGN(os::Fd fd, make());
    FORKNET_FAILPOINT("state/hold");
    FORKNET_TRY(os::hold_share(fd, path));
    if (os::file_id(path) == os::file_id(fd)) return fd;
  }
  return Error{ErrorKind::internal, path + ": is removed as soon as it is made"};
}

std::size_t bytes_needed(const StateShape& shape, const nn::ModelPlan& plan) {
  std::size_t bytes = sizeof(ControlPage) + shape.models_bytes;
  if (shape.where == StateShape::Where::shared) return bytes + shape.weights.bytes();
  for (const nn::LayerRange& slice : shape.slices) {
    const auto [begin, end] = numbers_of(plan, slice);
    for (const auto& [first, last] : shape.weights.bytes_of(begin, end)) {
      bytes += (last - first) * shape.replicas;
    }
  }
  return bytes;
}

std::string free_in(const std::string& folder) {
  const auto bytes = os::free_bytes(folder);
  return bytes ? fmt::format("{} bytes free", *bytes) : "unknown";
}

Error no_room(const StatePlace& place, std::size_t needed, const Refusals& refusals) {
  return Error{
      ErrorKind::internal,
      fmt::format("no room for the state of the run: {} bytes are needed\n"
                  "  in memory, /dev/shm: {} ({})\n"
                  "  in the run's folder: {} ({})\n"
                  "  make room in one of them (forknet runs clean removes what killed runs "
                  "have left), or choose another run.dir",
                  needed, free_in("/dev/shm"), refusals.memory, free_in(absolute(place)),
                  refusals.folder)};
}

}  // namespace

SliceNumbers numbers_of(const nn::ModelPlan& plan, const nn::LayerRange& slice) {
  SliceNumbers numbers = {plan.numbers, 0};
  for (std::size_t layer = slice.begin; layer < slice.end; ++layer) {
    const nn::LayerPlan& own = plan.layers[layer];
    if (own.blocks.empty()) continue;
    numbers.begin = std::min(numbers.begin, own.offset);
    numbers.end = std::max(numbers.end, own.offset + own.numbers());
  }
  if (numbers.begin >= numbers.end) return {};  // a stage of layers without parameters
  return numbers;
}

template <class Make>
Status LiveState::make_all(const nn::ModelPlan& plan, Make make) {
  const Ranges whole_page = {{0, sizeof(ControlPage)}};
  if (shape_.where == StateShape::Where::elsewhere) {
    FORKNET_ASSIGN(control_, os::Mapping::anonymous(sizeof(ControlPage)));
  } else {
    FORKNET_ASSIGN(auto control, make("control", sizeof(ControlPage), whole_page));
    FORKNET_ASSIGN(control_, os::Mapping::of(std::move(control), os::Mapping::Access::write));
  }
  FORKNET_FAILPOINT("state/control");
  auto* page = new (control_.writable().data()) ControlPage;
  page->kept.store(0, std::memory_order_relaxed);
  describe(page->head);
  if (shape_.where == StateShape::Where::elsewhere) {
    if (shape_.models_bytes == 0) return {};
    FORKNET_ASSIGN(models_, os::Mapping::anonymous(shape_.models_bytes));
    return {};
  }
  FORKNET_FAILPOINT("state/weights");
  const std::size_t bytes = shape_.weights.bytes();
  if (shape_.where == StateShape::Where::shared) {
    FORKNET_ASSIGN(auto weights, make("weights", bytes, Ranges{{0, bytes}}));
    weights_.push_back(std::move(weights));
    return make_models(make);
  }
  for (std::size_t cell = 0; cell < shape_.slices.size() * shape_.replicas; ++cell) {
    const auto [begin, end] = numbers_of(plan, shape_.slices[cell / shape_.replicas]);
    FORKNET_ASSIGN(auto weights, make(fmt::format("weights-{}", cell), bytes,
                                      shape_.weights.bytes_of(begin, end)));
    weights_.push_back(std::move(weights));
  }
  return {};
}

void LiveState::describe(StateHead& head) const {
  head.weights = shape_.weights;
  if (place_) {
    absolute(*place_).copy(head.folder.data(), head.folder.size() - 1);
    head.place = owner_.place;
    owner_.id.copy(head.identity.data(), Identity::kDigits);
    os::boot_id().copy(head.boot.data(), head.boot.size() - 1);
    std::string(kVersion).copy(head.version.data(), head.version.size() - 1);
  }
  head.replicas = shape_.replicas;
  head.private_cells = shape_.where == StateShape::Where::own_of_cells ? 1 : 0;
  head.models = shape_.models_bytes > 0 ? 1 : 0;
  head.stages = std::min(shape_.slices.size(), head.ends.size());
  for (std::size_t i = 0; i < head.stages; ++i) {
    head.ends[i] = static_cast<std::uint32_t>(shape_.slices[i].end);
  }
  head.seal();
}

template <class Make>
Status LiveState::make_models(Make make) {
  const std::size_t bytes = shape_.models_bytes;
  if (bytes == 0) return {};
  FORKNET_FAILPOINT("state/models");
  FORKNET_ASSIGN(auto models, make("weights-models", bytes, Ranges{{0, bytes}}));
  FORKNET_ASSIGN(models_, os::Mapping::of(std::move(models), os::Mapping::Access::write));
  return {};
}

Result<LiveState> LiveState::in_memory(const StateShape& shape, const nn::ModelPlan& plan) {
  LiveState state;
  state.shape_ = shape;
  FORKNET_TRY(
      state.make_all(plan, [](const std::string& what, std::size_t bytes, const Ranges& ranges) {
        return os::reserved_memory("forknet " + what, bytes, ranges);
      }));
  return state;
}

Result<LiveState> LiveState::in_files(const StatePlace& place, const StateShape& shape,
                                      const nn::ModelPlan& plan, const LiveState* now) {
  LiveState state;
  state.shape_ = shape;
  state.place_ = place;
  FORKNET_TRY(make_way_for(place.list()));
  FORKNET_ASSIGN(const ListRead former, find_list(place));
  if (former.list) state.former_ = removable(*former.list, place);
  FORKNET_ASSIGN(state.owner_, claim_identity(absolute(place)));
  std::string before = former.list ? former.list->control : "";
  if (now != nullptr && now->survives()) before = now->paths_.front();
  const std::string turn = turn_of(state.owner_, turn_after(before, state.owner_));
  const std::string stem = plain_name(absolute(place)) + "-" + turn;
  remove_files_of(place, turn);
  Refusals refusals;
  const Status made = state.make_all(plan, [&](const std::string& what, std::size_t bytes,
                                               const Ranges& ranges) {
    std::string path;
    const auto make = [&] { return make_file(place, stem + what, bytes, ranges, path, refusals); };
    auto file = state.paths_.empty() ? made_and_held(make, path) : make();
    if (file.ok()) state.paths_.push_back(path);
    return file;
  });
  if (!made.ok()) {
    const bool no_descriptors = os::descriptors_used_up();
    for (const std::string& path : state.paths_) os::remove_reserved(path);
    // Without descriptors no file can be made, even with enough room.
    return refusals.folder.empty() || no_descriptors
               ? made.error()
               : no_room(place, bytes_needed(shape, plan), refusals);
  }
  return state;
}

bool LiveState::lies_in_memory() const {
  return std::any_of(paths_.begin(), paths_.end(), [&](const std::string& path) {
    return os::folder_of(path) == os::memory_folder();
  });
}

Status LiveState::keep() {
  if (!survives()) return {};
  FORKNET_FAILPOINT("state/keep/before");
  StateList list;
  list.boot = os::boot_id();
  list.version = kVersion;
  list.owner = owner_;
  list.control = paths_.front();
  list.weights.assign(paths_.begin() + 1, paths_.end());
  list.slices = shape_.slices;
  list.replicas = shape_.replicas;
  list.private_cells = shape_.where == StateShape::Where::own_of_cells;
  list.models = shape_.models_bytes > 0;
  FORKNET_TRY(write_list(*place_, list));
  page().kept.store(1, std::memory_order_relaxed);  // read when its writer is dead
  FORKNET_FAILPOINT("state/keep/after");
  for (const std::string& path : former_) {
    if (std::find(paths_.begin(), paths_.end(), path) != paths_.end()) continue;
    remove_state_file(path, absolute(*place_));
  }
  former_.clear();
  // Also the files of an earlier list that can no longer be read.
  const bool a = list.control.find(turn_of(owner_, 'a')) != std::string::npos;
  remove_files_of(*place_, turn_of(owner_, a ? 'b' : 'a'));
  return {};
}

void LiveState::remove() {
  if (!survives()) return;
  FORKNET_FAILPOINT("state/remove");
  const auto list = read_list(*place_);
  for (const std::string& path : paths_) os::remove_reserved(path);
  if (list && list->control == paths_.front()) (void)os::remove_file(place_->list());
}

}  // namespace forknet::run
