// Checkpoints of a run: checkpoints/step-N.safetensors, each complete in itself: tensors, and the
// run's state as text in the metadata. Only whole, verified checkpoints are loaded. A failing save
// never costs an older one. docs/formats.md describes the files.
#pragma once

#include <forknet/result.h>

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "store/safetensors.h"

namespace forknet::store {

// All that is not a tensor: epoch, best metric, learning rate ... as the run wrote it. UTF-8.
using RunState = std::map<std::string, std::string>;

struct Checkpoint {
  std::int64_t step = 0;
  RunState state;
  SafetensorsFile file;  // verified
};

// One or more lines for the user's log.
using Note = std::function<void(const std::string&)>;

// The checkpoint folder of one run, private (os/file_path.h). The constructor touches no file;
// readers need no prepare(). Only the process that owns the run may save.
class CheckpointFolder {
 public:
  // keep: number of checkpoints that stay, at least 1.
  explicit CheckpointFolder(os::FilePath folder, std::int64_t keep = 3);

  // Makes the folder (mode 0700) and removes the temporary files of dead processes.
  [[nodiscard]] Status prepare() const;

  // Writes the checkpoint durably, then removes those of older steps beyond `keep`. After an Error
  // the older ones are intact, and a run may continue with a warning.
  [[nodiscard]] Status save(std::int64_t step, std::span<const NamedTensor> tensors,
                            const RunState& state) const;

  // The steps that have a checkpoint, ascending. Empty if there is no folder.
  [[nodiscard]] Result<std::vector<std::int64_t>> steps() const;

  // One checkpoint, verified; an Error of kind data if it is missing or damaged.
  [[nodiscard]] Result<Checkpoint> load(std::int64_t step) const;

  // The newest valid checkpoint. For every damaged one skipped, `note` gets what is wrong with it,
  // then which one is used instead. An Error of kind data if none is valid.
  [[nodiscard]] Result<Checkpoint> load_newest(const Note& note) const;

  [[nodiscard]] os::FilePath path_of(std::int64_t step) const;

 private:
  [[nodiscard]] Status remove_older(std::int64_t step) const;

  os::FilePath folder_;
  std::int64_t keep_;
};

}  // namespace forknet::store
