// What a trainer does when it is asked to read its settings again. The learning rate is the one
// that the bits depend on: its change is recorded before the first step that it holds for, and the
// cells are given up for others that know of it.
#include <fmt/format.h>
#include <forknet/config.h>

#include "settings/schema.h"
#include "train/trainer.h"

namespace forknet::run {

template <class T>
Status Trainer<T>::reload(OrderAnswer& answer) {
  if (job_.recorder == nullptr) return Error{ErrorKind::usage, "this run has no config file"};
  FORKNET_ASSIGN(const Edited edited, job_.recorder->reread());
  if (edited.settings.empty()) {
    answer.note = "nothing has changed in " + edited.file;
    return {};
  }
  Config now = config_;
  now.optimizer = nn::with_changes(job_.config.optimizer, rates_, state_.step);
  for (const Setting& setting : edited.settings) {
    take_setting(setting.path, edited.config, now);
    answer.note +=
        fmt::format("{}{} = {}", answer.note.empty() ? "" : ", ", setting.path, setting.value);
  }
  FORKNET_TRY(validate(now));
  FORKNET_TRY(change_rate(now.optimizer.lr));
  config_.log = now.log;
  config_.checkpoint = now.checkpoint;
  note(fmt::format("{} from step {} on", answer.note, state_.step));
  const Status kept = job_.recorder->keep_edited(edited);
  if (!kept.ok()) note("warning: a resume will not know all of it: " + kept.error().message);
  return {};
}

// From the next step on. Error: nothing has changed; or there is no engine any more.
template <class T>
Status Trainer<T>::change_rate(double lr) {
  const double now = nn::with_changes(job_.config.optimizer, rates_, state_.step).lr;
  if (lr == now) return {};
  const RateChanges before = rates_;
  RateChanges after = changed_from(before, state_.step, lr);
  FORKNET_TRY(job_.recorder->keep_rates(after));
  rates_ = std::move(after);
  Status moved = move_to(layout_);
  if (moved.ok() || engine_ == nullptr) return moved;
  rates_ = before;
  // A record of what is not so must not stay; if it has to, no step may be taken against it.
  if (!job_.recorder->keep_rates(before).ok()) engine_.reset();
  return moved;
}

#define FORKNET_TRAINER(T)                          \
  template Status Trainer<T>::reload(OrderAnswer&); \
  template Status Trainer<T>::change_rate(double);
FORKNET_TRAINER(float)
FORKNET_TRAINER(double)
#undef FORKNET_TRAINER

}  // namespace forknet::run
