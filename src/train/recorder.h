// Interface through which a trainer stores what must outlive it. The trainer knows no folders and
// files: a run of the program records into its run folder, a library run records nothing.
#pragma once

#include <forknet/result.h>
#include <forknet/train.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "settings/resolve.h"
#include "state/state_list.h"
#include "store/checkpoint.h"
#include "train/orders/status.h"
#include "train/rate_list.h"

namespace forknet::run {

// A config file, compared with what was last read from it.
struct Edited {
  std::string file;  // its path
  std::string text;  // as it is now
  Config config;
  std::vector<Setting> settings;  // that have changed; all may change while a run trains
};

class Recorder {
 public:
  virtual ~Recorder() = default;
  // Appends a line to the history. Called in the step loop: allocates nothing.
  [[nodiscard]] virtual Status metrics(const Metrics& metrics) = 0;
  // Stores weights, moments and state durably. After an Error earlier checkpoints are untouched.
  [[nodiscard]] virtual Status checkpoint(std::uint64_t step,
                                          std::span<const store::NamedTensor> tensors,
                                          const store::RunState& state) = 0;
  // True: the checkpoint of that step still exists.
  [[nodiscard]] virtual bool has_checkpoint(std::uint64_t) const { return true; }
  // Stores the model durably; it replaces the earlier result of the run.
  [[nodiscard]] virtual Status model(const ModelState& model) = 0;
  // Publishes the status of the run; a lost one does no harm.
  virtual void status(const Snapshot& snapshot) = 0;
  // Where the state of the last step may be kept; nothing: not at all.
  [[nodiscard]] virtual std::optional<StatePlace> state_place() const { return std::nullopt; }
  // Reports that from now on the last step survives a kill, and where it lies, as text.
  virtual void state_kept(const std::string&) {}
  // Reads again the settings that the run was started from. Call keep_settings() once they are
  // applied. Error: none can be applied.
  [[nodiscard]] virtual Result<Edited> reread() {
    return Error{ErrorKind::usage, "this run was not started from a config file"};
  }
  [[nodiscard]] virtual Status keep_edited(const Edited&) { return {}; }
  // Stores durably the settings that a resume begins with. `source`: where they come from.
  [[nodiscard]] virtual Status keep_settings(const std::vector<Setting>&, const std::string&) {
    return {};
  }
  // Stores durably the changes of the learning rate, past and future.
  [[nodiscard]] virtual Status keep_rates(const RateChanges&) { return {}; }
  // The model recorded last, possibly before the run was resumed.
  [[nodiscard]] virtual Result<std::shared_ptr<const ModelState>> best_model() = 0;
};

}  // namespace forknet::run
