// The evaluations of a training: at ends of epochs and at its end. Orders are looked at meanwhile.
// T is float or double.
#pragma once

#include <forknet/model.h>
#include <forknet/result.h>
#include <forknet/train.h>

#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "data/view.h"
#include "train/cells.h"
#include "train/evaluator.h"
#include "train/model/model_state.h"
#include "train/order_handler.h"
#include "train/training.h"

namespace forknet::run {

template <class T>
class Evaluations {
 public:
  // All of them outlive it.
  Evaluations(const Training<T>& training, Evaluator<T> evaluator, const Cells<T>& cells,
              OrderHandler<T>& orders)
      : training_(training), evaluator_(std::move(evaluator)), cells_(cells), orders_(orders) {}

  struct OfEpoch {
    std::optional<Evaluation>
        validation;         // nothing: it is not this epoch's turn, or there is no set
    bool accurate = false;  // as is enough to end the training
  };
  // Of the weights at the end of that epoch. Error (stopped): it was broken off, for a stop or
  // because it made room.
  [[nodiscard]] Result<OfEpoch> at_end_of_epoch(std::uint64_t epoch);
  // What only a finished run has: the figures of the chosen model on the test set, and those on the
  // validation set when max_steps ended it inside an epoch. Error (stopped): likewise.
  [[nodiscard]] Status at_end(const ModelState& chosen, TrainResult& result);

 private:
  [[nodiscard]] Result<std::optional<Evaluation>> evaluate(const std::optional<data::View>& view,
                                                           std::span<const T> parameters);

  const Training<T>& training_;
  Evaluator<T> evaluator_;
  const Cells<T>& cells_;
  OrderHandler<T>& orders_;
};

}  // namespace forknet::run
