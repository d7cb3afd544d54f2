// Checkpoints of a run: checkpoints/step-N.safetensors, each complete in itself: tensors, and the
// run's state as text in the metadata. Only whole, verified checkpoints are ever loaded, and a
// failing save never costs an older one. docs/formats.md describes the files.
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

// What is not a tensor: epoch, best metric, learning rate ... as the run wrote it. UTF-8.
using RunState = std::map<std::string, std::string>;

struct Checkpoint {
  std::int64_t step = 0;
  RunState state;
  SafetensorsFile file;  // verified
};

// A line or a few for the user's log.
using Note = std::function<void(const std::string&)>;

// The folder of one run, a private one (os/file_path.h). Making the object touches nothing; readers
// need no prepare(). Saving is for the one process that owns the run.
class CheckpointFolder {
 public:
  // keep: how many checkpoints stay, at least 1.
  explicit CheckpointFolder(os::FilePath folder, std::int64_t keep = 3);

  // Makes the folder (mode 0700) and removes the temporary files that a dead process left there.
  [[nodiscard]] Status prepare() const;

  // Writes the checkpoint durably, then removes those of older steps beyond `keep`. After an Error
  // the older ones are untouched, and a run may go on with a warning.
  [[nodiscard]] Status save(std::int64_t step, std::span<const NamedTensor> tensors,
                            const RunState& state) const;

  // The steps there are checkpoints of, ascending. None when there is no folder.
  [[nodiscard]] Result<std::vector<std::int64_t>> steps() const;

  // One checkpoint, verified; kind data when it is missing or damaged.
  [[nodiscard]] Result<Checkpoint> load(std::int64_t step) const;

  // The newest one that can be trusted. For every damaged one that had to be passed over, `note`
  // gets what is wrong with it, then which one is used instead. Kind data when none is left.
  [[nodiscard]] Result<Checkpoint> load_newest(const Note& note) const;

  [[nodiscard]] os::FilePath path_of(std::int64_t step) const;

 private:
  [[nodiscard]] Status remove_older(std::int64_t step) const;

  os::FilePath folder_;
  std::int64_t keep_;
};

}  // namespace forknet::store
