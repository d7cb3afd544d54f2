// state.json of a run folder: the files of the state of a run and their slices.
#pragma once

#include <forknet/config.h>
#include <forknet/result.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nn/slices.h"
#include "os/file_path.h"
#include "state/identity.h"

namespace forknet::run {

// Where a run keeps its state.
struct StatePlace {
  std::string folder;                  // of the run
  StateIn where = StateIn::automatic;  // memory or the folder itself
  // The folder held open, in the process that owns the run: it stays this folder even if it is
  // moved or its path is reused.
  std::optional<os::FilePath> held = std::nullopt;
  [[nodiscard]] os::FilePath list() const {
    return (held ? *held : os::FilePath(folder)) / "state.json";
  }
};

struct StateList {
  std::string boot;     // os::boot_id() when it was written
  std::string version;  // of the program
  Identity owner;       // the run and folder that it was written for
  // Absolute paths of files in memory or in the run folder. For those in the run folder the JSON
  // has bare names, so that they are found after the folder is moved.
  std::string control;
  std::vector<std::string> weights;
  std::vector<nn::LayerRange> slices;  // one per stage
  std::size_t replicas = 1;
  bool private_cells = false;
  bool models = false;  // the last one of `weights` holds models that train apart

  [[nodiscard]] std::vector<std::string> paths() const;
};

[[nodiscard]] Status write_list(const StatePlace& place, const StateList& list);

// The list, or the fault why it cannot be used; neither: there is no file. Both, of find_list()
// only: the fault says why the list is not that of the file.
struct ListRead {
  std::optional<StateList> list;
  std::string fault;
  // The system could not read it (no descriptors, no memory, a failing disk): the content is
  // unknown, so nothing may be discarded because of it.
  bool trouble = false;
};
// A list with files that are no state of this run (state_names.h) cannot be used.
[[nodiscard]] ListRead load_list(const StatePlace& place);
// The same; if the file is missing, cannot be used or belongs to another run, the list is built
// from the control page of the newest state of this folder. Error (internal): trouble.
[[nodiscard]] Result<ListRead> find_list(const StatePlace& place);
// Nothing: there is no usable list.
[[nodiscard]] std::optional<StateList> read_list(const StatePlace& place);

// The absolute path of the folder, without symlinks.
[[nodiscard]] std::string absolute(const StatePlace& place);

// Why the state is not this folder's: it belongs to another run, or to the folder that this one is
// a copy of. Empty: it is this folder's, also if the folder was moved, or is the only one left of
// several copies.
[[nodiscard]] std::string fault_of_owner(const StateList& list, const StatePlace& place);

// The files that may be removed with a list: all if the state is this folder's, else only those in
// this folder. Weights first: a control page without weights never counts as whole.
[[nodiscard]] std::vector<std::string> removable(const StateList& list, const StatePlace& place);

// Removes files of states, in memory and in the folder, whose names continue after "RUN-" with
// `begin`: "IDENTITY-" or "IDENTITY-a-". Processes of the run left them, and no list has them.
void remove_files_of(const StatePlace& place, const std::string& begin);

// Removes the files of the state and the list itself. Absent ones are fine; those that belong to
// another folder stay.
void remove_state(const StatePlace& place);

}  // namespace forknet::run
