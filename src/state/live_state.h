// The state of a run while it trains: the memory that its processes share and, with a run folder,
// what outlives them. Files on tmpfs, or in the run folder if tmpfs is missing or too small:
//   control        StateHead, Control (commit, figures), ProgressSlots
//   weights        two versions of weights and moments (store/weights.h), mapped by all cells
//   weights-0 …    or, of cells with private memory, one file per cell with its slice of them
//   weights-models of models that train apart (average/models.h); `weights` is then their center
// and, in the run folder, state.json, which lists them (docs/formats.md). Every process of the run
// holds a shared lock on `control` until it ends.
#pragma once

#include <forknet/result.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "nn/model_plan.h"
#include "nn/slices.h"
#include "os/mapping.h"
#include "state/control.h"
#include "state/progress_slots.h"
#include "state/state_list.h"
#include "state/state_names.h"
#include "store/weights_layout.h"

namespace forknet::run {

// Describes the files; the first part of `control`.
struct StateHead {
  static constexpr std::uint64_t kMagic = 0x35657461746b6e66;  // "fnktate5"
  std::uint64_t magic = kMagic;
  store::WeightsLayout weights;
  os::FileId place;                                       // the run's folder
  std::array<char, Identity::kDigits + 1> identity = {};  // of the run
  std::array<char, 4096> folder = {};                     // of the run, absolute
  // Further content of state.json, so that the state is found if that is missing (list_of_files).
  std::array<char, 64> boot = {};     // os::boot_id()
  std::array<char, 64> version = {};  // of the program
  std::uint64_t replicas = 0;
  std::uint64_t private_cells = 0;
  std::uint64_t models = 0;
  std::uint64_t stages = 0;
  std::array<std::uint32_t, kMostCells> ends = {};  // of each stage's layers
  std::uint64_t checksum = 0;                       // of all before it

  void seal() { checksum = sum(); }
  [[nodiscard]] bool whole() const { return magic == kMagic && checksum == sum(); }

 private:
  [[nodiscard]] std::uint64_t sum() const {
    const auto bytes = std::as_bytes(std::span(this, 1));
    return checksum64(bytes.first(bytes.size() - sizeof(checksum)));
  }
};

struct ControlPage {
  StateHead head;
  ProgressSlots progress;
  Control control;
  std::atomic<std::uint32_t> kept;  // 1: this is, or was, the state that a resume finds
};

[[nodiscard]] inline ControlPage& page_of(std::span<std::byte> memory) {
  return *reinterpret_cast<ControlPage*>(memory.data());
}

// The memory that a layout needs.
struct StateShape {
  store::WeightsLayout weights;
  std::vector<nn::LayerRange> slices;  // one per stage
  std::size_t replicas = 1;
  // Shared by all, one file per cell, or in the trainer's own memory, outside of this state.
  enum class Where { elsewhere, shared, own_of_cells } where = Where::shared;
  std::size_t models_bytes = 0;  // of models that train apart; 0: none
};

// The numbers [begin, end) of a region that belong to a slice.
struct SliceNumbers {
  std::size_t begin = 0;
  std::size_t end = 0;
};
[[nodiscard]] SliceNumbers numbers_of(const nn::ModelPlan& plan, const nn::LayerRange& slice);

class LiveState {
 public:
  // In memory that ends with the processes: nothing survives. With weights elsewhere the memory is
  // private to this process.
  [[nodiscard]] static Result<LiveState> in_memory(const StateShape& shape,
                                                   const nn::ModelPlan& plan);
  // In files. Error: neither memory nor the run folder has room for them; no file remains. A folder
  // without an identity gets one. Files that an earlier process left under the same names are
  // replaced; an earlier state of the run, under other names, stays until keep() is called. A state
  // of another identity is never touched. `now`: the state that this process uses, which stays
  // regardless of state.json; or null. Error (internal): the system cannot read what an earlier
  // process left.
  [[nodiscard]] static Result<LiveState> in_files(const StatePlace& place, const StateShape& shape,
                                                  const nn::ModelPlan& plan,
                                                  const LiveState* now = nullptr);

  [[nodiscard]] Control& control() { return page().control; }
  [[nodiscard]] ProgressSlots& progress() { return page().progress; }
  [[nodiscard]] const os::Fd& control_fd() const { return control_.fd(); }
  // The descriptor of the weights that all map, or of those of one cell.
  [[nodiscard]] const os::Fd& weights_fd(std::size_t cell) const {
    return weights_[shape_.where == StateShape::Where::own_of_cells ? cell : 0];
  }
  // Memory of models that train apart; its descriptor is open if other processes can map it.
  [[nodiscard]] std::span<std::byte> models() { return models_.writable(); }
  [[nodiscard]] const os::Fd& models_fd() const { return models_.fd(); }
  [[nodiscard]] const StateShape& shape() const { return shape_; }
  [[nodiscard]] bool survives() const { return !paths_.empty(); }
  // Whether it is in memory, so that it ends with the machine, or in the run folder. Only if it
  // survives().
  [[nodiscard]] bool lies_in_memory() const;

  // From now on a resume finds this state; removes an earlier one of the run.
  [[nodiscard]] Status keep();
  // Removes this state: the run is finished, or keep() was not called.
  void remove();

 private:
  LiveState() = default;
  [[nodiscard]] ControlPage& page() { return page_of(control_.writable()); }
  // make(what, bytes, ranges) -> a file
  template <class Make>
  [[nodiscard]] Status make_all(const nn::ModelPlan& plan, Make make);
  template <class Make>
  [[nodiscard]] Status make_models(Make make);
  void describe(StateHead& head) const;

  StateShape shape_;
  std::optional<StatePlace> place_;
  Identity owner_;
  std::vector<std::string> former_;  // files of the state that this one replaces
  std::vector<std::string> paths_;   // control first; empty: in memory
  os::Mapping control_;
  std::vector<os::Fd> weights_;
  os::Mapping models_;
};

}  // namespace forknet::run
