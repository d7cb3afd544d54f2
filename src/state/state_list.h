// state.json of a run folder: where the state of a run lies and how it is cut.
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
  // The folder held open, of the process that owns the run: it stays this one, wherever it is moved
  // and whatever takes its path.
  std::optional<os::FilePath> held = std::nullopt;
  [[nodiscard]] os::FilePath list() const {
    return (held ? *held : os::FilePath(folder)) / "state.json";
  }
};

struct StateList {
  std::string boot;     // os::boot_id() of the machine's start that wrote it
  std::string version;  // of the program
  Identity owner;       // the run and the folder that it was written for
  // Absolute paths: of files in memory, or in the run folder, where the list itself holds bare
  // names, so that they are found wherever the folder is moved.
  std::string control;
  std::vector<std::string> weights;
  std::vector<nn::LayerRange> slices;  // one a stage
  std::size_t replicas = 1;
  bool private_cells = false;
  bool models = false;  // the last one of `weights` holds models that train apart

  [[nodiscard]] std::vector<std::string> paths() const;
};

[[nodiscard]] Status write_list(const StatePlace& place, const StateList& list);

// What became of a list: it is there, or why it cannot be used; neither: there is no file. Both: of
// find_list(), why the list is not that of the file.
struct ListRead {
  std::optional<StateList> list;
  std::string fault;
  // The system could not read it (no descriptors, no memory, a disk that fails): what the file
  // holds is not known, and nothing may be given up for it.
  bool trouble = false;
};
// A list that names what is no state of this run (state_names.h) cannot be used.
[[nodiscard]] ListRead load_list(const StatePlace& place);
// The same; where the file is missing, cannot be used or is that of another run, the list that the
// newest state of this very folder makes up for it: its control page has all of it. Error
// (internal): trouble.
[[nodiscard]] Result<ListRead> find_list(const StatePlace& place);
// Nothing when there is none that can be used.
[[nodiscard]] std::optional<StateList> read_list(const StatePlace& place);

// The folder by its absolute path, without symlinks.
[[nodiscard]] std::string absolute(const StatePlace& place);

// Why the state is not this folder's: it belongs to another run, or to the folder that this one is
// a copy of. Empty: it is this folder's, also where the folder was moved, and where it is the only
// one that is left of several.
[[nodiscard]] std::string fault_of_owner(const StateList& list, const StatePlace& place);

// The files that a list may cost: all of them where the state is this folder's, else only those
// that lie in this folder. Weights first: a control page without weights is never taken for whole.
[[nodiscard]] std::vector<std::string> removable(const StateList& list, const StatePlace& place);

// Files of states, in memory and in the folder, whose names go on behind "RUN-" like that:
// "IDENTITY-", or "IDENTITY-a-". What processes of the run left and no list holds any more.
void remove_files_of(const StatePlace& place, const std::string& begin);

// The files of the state and the list itself are removed; absent ones are fine, and those that
// belong to another folder are left alone.
void remove_state(const StatePlace& place);

}  // namespace forknet::run
