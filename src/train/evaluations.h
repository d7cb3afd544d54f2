// The evaluations of a training: after an epoch and at the end. Orders are polled meanwhile. T is
// float or double.
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
  // All arguments outlive this object.
  Evaluations(const Training<T>& training, Evaluator<T> evaluator, const Cells<T>& cells,
              OrderHandler<T>& orders)
      : training_(training), evaluator_(std::move(evaluator)), cells_(cells), orders_(orders) {}

  struct OfEpoch {
    std::optional<Evaluation> validation;  // nothing: not due in this epoch, or there is no set
    bool accurate = false;                 // enough to end the training
  };
  // Evaluates the weights at the end of the epoch. Error (stopped): interrupted by a stop, or to
  // make room for an order.
  [[nodiscard]] Result<OfEpoch> at_end_of_epoch(std::uint64_t epoch);
  // For a finished run: evaluates the chosen model on the test set, and the last one, if it is the
  // chosen one, on the validation set when the run ended inside an epoch. Error (stopped): as
  // above.
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
