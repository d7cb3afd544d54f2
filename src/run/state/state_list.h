// state.json of a run folder: where the state of a run lies and how it is cut.
#pragma once

#include <forknet/result.h>

#include <optional>
#include <string>
#include <vector>

#include "nn/slices.h"

namespace forknet::run {

// Where a run keeps its state.
struct StatePlace {
  std::string folder;  // of the run
  [[nodiscard]] std::string list() const { return folder + "/state.json"; }
};

struct StateList {
  std::string boot;     // os::boot_id() of the machine's start that wrote it
  std::string version;  // of the program
  std::string control;  // paths
  std::vector<std::string> weights;
  std::vector<nn::LayerRange> slices;  // one a stage
  std::size_t replicas = 1;
  bool private_cells = false;
  bool models = false;  // the last one of `weights` holds models that train apart

  [[nodiscard]] std::vector<std::string> paths() const;
};

[[nodiscard]] Status write_list(const StatePlace& place, const StateList& list);
// Nothing when there is none that can be read, or when it lists what is no state of this run
// (state_names.h).
[[nodiscard]] std::optional<StateList> read_list(const StatePlace& place);

// The folder as everybody names it, wherever they stand.
[[nodiscard]] std::string absolute(const StatePlace& place);

// The files are another run's, of whose folder this one is a copy.
[[nodiscard]] bool is_of_another(const StateList& list, const StatePlace& place);

// Files of memory or of the run folder, and the list itself, are removed; absent ones are fine, and
// another run's are left alone.
void remove_state(const StatePlace& place);

}  // namespace forknet::run
