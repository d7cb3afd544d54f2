// Steps that clip the norm of the gradient: all gradients, the sums of their squares over all
// cells, then the update (docs/numerics.md, Clipping).
#include "base/try.h"
#include "cell/block_update.h"
#include "cell/network.h"
#include "os/failpoint.h"

namespace forknet::cell {

template <class T>
Status Network<T>::take_norm_memory(std::span<double> squares) {
  FORKNET_ASSIGN(gradient_, os::Mapping::anonymous(plan_.numbers * sizeof(T)));
  if (squares.empty()) own_squares_.resize(SquareSums::count(plan_));
  squares_.emplace(plan_, squares.empty() ? std::span<double>(own_squares_) : squares);
  return {};
}

template <class T>
void Network<T>::clipped_step(const Work& work) {
  by_all([&](const Worker& worker) {
    train_part(worker, work);
    if (context_ != nullptr && context_->abandoned()) return;
    const std::size_t first = early_rows(worker);
    store_gradients(worker, {first, rows_}, work.step.leaf_rows, gradient_sums(),
                    first > 0 ? early_sums().data() : nullptr);
  });
  clipped_update(work.weights, work.step, gradient_sums());
}

template <class T>
void Network<T>::clipped_update(store::Weights<T>& weights, const Step& step,
                                std::span<const T> sums) {
  if (context_ != nullptr && context_->abandoned()) return;
  by_all([&](const Worker& worker) {
    const TraceScope working(ring(worker), TraceSpan::Kind::gradients);
    const auto [begin, end] = slice(worker);
    for (std::size_t layer = begin; layer < end; ++layer) {
      for (std::size_t block = 0; block < plan_.layers[layer].blocks.size(); ++block) {
        squares_->put(layer, block, weights_of(worker, layer, block), sums);
      }
    }
  });
  FORKNET_FAILPOINT("norm/before");
  const double squares = squares_of_grid(step);
  FORKNET_FAILPOINT("norm/after");
  if (context_ != nullptr && context_->abandoned()) return;
  Step clipped = step;
  clipped.rule.scale = clipped_scale<T>(squares, step.clip_norm, step.rule.scale);
  if (clipped.undecayed) clipped.undecayed->scale = clipped.rule.scale;
  by_all([&](const Worker& worker) { apply_own(worker, weights, clipped, sums); });
}

template <class T>
void Network<T>::apply_own(const Worker& worker, store::Weights<T>& weights, const Step& step,
                           std::span<const T> sums) {
  FORKNET_FAILPOINT("update/before");
  const TraceScope working(ring(worker), TraceSpan::Kind::update);
  written_[worker.index] = {};
  const auto [begin, end] = slice(worker);
  for (std::size_t layer = begin; layer < end; ++layer) {
    const auto& blocks = plan_.layers[layer].blocks;
    for (std::size_t b = 0; b < blocks.size(); ++b) {
      math::WeightUpdate<T> update = update_of<T>(plan_.layers[layer], b, weights, step);
      update.written = &written_[worker.index];
      for_own_lines(worker, layer, b, [&](std::size_t first, std::size_t lines) {
        products_.update(update, first * math::kLanes, lines,
                         sums.data() + blocks[b].offset + first * math::kLanes);
      });
    }
  }
  FORKNET_FAILPOINT("update/after");
}

// The sum of the squares of all gradients, once those of this process are put.
template <class T>
double Network<T>::squares_of_grid(const Step& step) {
  if (context_ == nullptr || context_->reach() == StageContext::Reach::alone) {
    return squares_->add(all_, 0);
  }
  const Worker first = {context_->own_cell() * context_->shape().threads, context_->shape()};
  double squares = 0;
  counted(first, TraceSpan::Kind::await_barrier, [&] {
    if (context_->reach() == StageContext::Reach::links) {
      const Result<double> sum = squares_over_links(step);
      if (!sum.ok()) return context_->abandon(sum.error());
      squares = *sum;
    } else if (!context_->barriers().wait_for_grid()) {
      context_->abandon(others_gone("grid"));
    }
  });
  if (context_->abandoned()) return 0;
  return context_->reach() == StageContext::Reach::links ? squares : squares_->add(all_, 0);
}

// Each stage adds its squares to those of the stages below it; the last one sends the sum down.
template <class T>
Result<double> Network<T>::squares_over_links(const Step& step) {
  const Worker first = {context_->own_cell() * context_->shape().threads, context_->shape()};
  Links& links = context_->links(first);
  double sum = 0;
  const wire::Frame frame = {.kind = wire::FrameKind::control,
                             .generation = context_->generation(),
                             .step = step.number,
                             .bytes = sizeof(sum)};
  auto* const bytes = reinterpret_cast<std::byte*>(&sum);
  const auto receive = [&](wire::Receiver& from) -> Status {
    FORKNET_TRY(from.expect(frame, {bytes, 1, sizeof(sum), sizeof(sum)}));
    return from.wait();
  };
  const auto send = [&](wire::Sender& to) {
    return to.send(frame, {bytes, 1, sizeof(sum), sizeof(sum)});
  };
  if (links.from_below != nullptr) FORKNET_TRY(receive(*links.from_below));
  sum = squares_->add(slice(first), sum);
  if (links.to_above != nullptr) FORKNET_TRY(send(*links.to_above));
  FORKNET_FAILPOINT("norm/between");
  if (links.to_above != nullptr) FORKNET_TRY(receive(*links.from_above));
  if (links.to_below != nullptr) FORKNET_TRY(send(*links.to_below));
  return sum;
}

template class Network<float>;
template class Network<double>;

}  // namespace forknet::cell
