// The best model of a training, and when it stops early because there is no better one. T is float
// or double.
#pragma once

#include <forknet/model.h>
#include <forknet/result.h>

#include <memory>
#include <string>

#include "train/best_tracker.h"
#include "train/cells.h"
#include "train/model/model_state.h"
#include "train/training.h"

namespace forknet::run {

template <class T>
class BestModel {
 public:
  // Both outlive it.
  BestModel(Training<T>& training, const Cells<T>& cells)
      : training_(training), cells_(cells), tracker_(training.job.config) {}

  // An evaluation of the weights as they are, on the validation set. A better one is kept, durably
  // where there is a recorder, if that is asked for. Sets progress.reached when patience ends.
  [[nodiscard]] Status update(const Evaluation& evaluation);
  // The model that the run stands for: the best one where it is asked for, else the last.
  [[nodiscard]] Result<std::shared_ptr<const ModelState>> chosen() const;

 private:
  [[nodiscard]] Status keep();
  [[nodiscard]] Result<std::shared_ptr<const ModelState>> copy() const;
  [[nodiscard]] std::string misfit(const ModelState& model) const;

  Training<T>& training_;
  const Cells<T>& cells_;
  const BestTracker tracker_;
  std::shared_ptr<const ModelState> model_;  // null: this process has found none
};

}  // namespace forknet::run
