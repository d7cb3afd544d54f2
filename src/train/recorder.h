// Where a trainer leaves what must outlive it. The trainer knows nothing of folders and files: a
// run of the program records into its run folder, a library run records nothing.
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

// A config file as it is now, against what was read of it last.
struct Edited {
  std::string file;  // its path
  std::string text;  // as it is now
  Config config;
  std::vector<Setting> settings;  // that are not what they were; all of them may change now
};

class Recorder {
 public:
  virtual ~Recorder() = default;
  // A line of the history. Called in the step loop: allocates nothing.
  [[nodiscard]] virtual Status metrics(const Metrics& metrics) = 0;
  // Weights, moments and state at a step, durably. After an Error earlier ones are untouched.
  [[nodiscard]] virtual Status checkpoint(std::uint64_t step,
                                          std::span<const store::NamedTensor> tensors,
                                          const store::RunState& state) = 0;
  // The checkpoint of that step is still where it was written.
  [[nodiscard]] virtual bool has_checkpoint(std::uint64_t) const { return true; }
  // The model that the run stands for from now on, durably.
  [[nodiscard]] virtual Status model(const ModelState& model) = 0;
  // How the run stands, for whoever asks; losing one is no harm.
  virtual void status(const Snapshot& snapshot) = 0;
  // Where the state of the last step may be kept; nothing: nowhere.
  [[nodiscard]] virtual std::optional<StatePlace> state_place() const { return std::nullopt; }
  // From now on the last step survives a kill; in words, where.
  virtual void state_kept(const std::string&) {}
  // What has been edited in the settings that the run was started from; to be kept once it is
  // taken over. Error: nothing of it can be.
  [[nodiscard]] virtual Result<Edited> reread() {
    return Error{ErrorKind::usage, "this run was not started from a config file"};
  }
  [[nodiscard]] virtual Status keep_edited(const Edited&) { return {}; }
  // Settings that a resume is to begin with, durably. `source`: who set them.
  [[nodiscard]] virtual Status keep_settings(const std::vector<Setting>&, const std::string&) {
    return {};
  }
  // The changes of the learning rate, past and to come, durably.
  [[nodiscard]] virtual Status keep_rates(const RateChanges&) { return {}; }
  // The one that was recorded last, maybe by a run before this one was resumed.
  [[nodiscard]] virtual Result<std::shared_ptr<const ModelState>> best_model() = 0;
};

}  // namespace forknet::run
