#include "train/reload.h"

#include <fmt/format.h>
#include <forknet/config.h>

#include <utility>

#include "base/try.h"
#include "nn/optimizer.h"
#include "settings/schema.h"
#include "train/rate_change.h"

namespace forknet::run {
namespace {

// `now` with the edited settings, which are named in answer.note.
Config with_edited(Config now, const Edited& edited, OrderAnswer& answer) {
  for (const Setting& setting : edited.settings) {
    take_setting(setting.path, edited.config, now);
    answer.note +=
        fmt::format("{}{} = {}", answer.note.empty() ? "" : ", ", setting.path, setting.value);
  }
  return now;
}

}  // namespace

template <class T>
Status reload(OrderAnswer& answer, Training<T>& training, Cells<T>& cells) {
  const TrainJob& job = training.job;
  if (job.recorder == nullptr) return Error{ErrorKind::usage, "this run has no config file"};
  FORKNET_ASSIGN(const Edited edited, job.recorder->reread());
  if (edited.settings.empty()) {
    answer.note = "nothing has changed in " + edited.file;
    return {};
  }
  const std::uint64_t step = training.progress.step;
  Config now = training.config;
  now.optimizer.lr = nn::base_rate(job.config.optimizer.lr, training.rates, step);
  now = with_edited(std::move(now), edited, answer);
  FORKNET_TRY(validate(now));
  FORKNET_TRY(change_rate(now.optimizer.lr, training, cells));
  training.config.log = now.log;
  training.config.checkpoint = now.checkpoint;
  job.note(fmt::format("{} from step {} on", answer.note, step));
  const Status kept = job.recorder->keep_edited(edited);
  if (!kept.ok()) job.note("warning: a resume will not have all settings: " + kept.error().message);
  return {};
}

template Status reload<float>(OrderAnswer&, Training<float>&, Cells<float>&);
template Status reload<double>(OrderAnswer&, Training<double>&, Cells<double>&);

}  // namespace forknet::run
