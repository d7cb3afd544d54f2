// Keeps the best model of a training and decides when to stop early. T is float or double.
#pragma once

#include <forknet/model.h>
#include <forknet/result.h>
#include <forknet/train.h>

#include <memory>
#include <optional>
#include <string>

#include "train/best_tracker.h"
#include "train/cells.h"
#include "train/model/model_state.h"
#include "train/training.h"

namespace forknet::run {

template <class T>
class BestModel {
 public:
  // Both arguments outlive this object.
  BestModel(Training<T>& training, const Cells<T>& cells)
      : training_(training), cells_(cells), tracker_(training.job.config) {}

  // `evaluation`: of the current weights on the validation set. If it is the best so far and
  // the best model is to be kept, keeps the model, durably where there is a recorder. Sets
  // progress.reached when patience ends.
  [[nodiscard]] Status update(const Evaluation& evaluation);
  // The result of the run: the best model if one is to be kept (BestTracker), else the last one.
  struct Chosen {
    std::shared_ptr<const ModelState> model;
    std::optional<TrainResult::Best> best = {};  // nothing: it is the last one
  };
  [[nodiscard]] Result<Chosen> chosen() const;

 private:
  [[nodiscard]] Status keep();
  [[nodiscard]] Result<std::shared_ptr<const ModelState>> copy() const;
  [[nodiscard]] Chosen as_best(std::shared_ptr<const ModelState> model) const;
  [[nodiscard]] std::string misfit(const ModelState& model) const;

  Training<T>& training_;
  const Cells<T>& cells_;
  const BestTracker tracker_;
  std::shared_ptr<const ModelState> model_;  // null: this process has found none
};

}  // namespace forknet::run
