#include "cell/reducer.h"

#include <algorithm>
#include <utility>

#include "base/try.h"
#include "math/leaf_tree.h"
#include "os/failpoint.h"

namespace forknet::cell {
namespace {

// The two frames of losses of a replica.
enum class LossPart : std::uint32_t { losses, correct };

wire::Frame loss_frame(LossPart part, std::uint32_t generation, std::uint64_t step,
                       std::size_t bytes) {
  return {.kind = wire::FrameKind::control,
          .generation = generation,
          .step = step,
          .bytes = bytes,
          .part = static_cast<std::uint32_t>(part)};
}

template <class Number>
wire::Blocks<Number> one_run(Number* data, std::size_t bytes) {
  return {data, 1, bytes, bytes};
}

}  // namespace

template <class T>
struct Reducer<T>::StepWork {
  Network<T>& network;
  Workspace<T>& workspace;
  store::Weights<T>& weights;
  const BatchView<T>& batch;
  const typename Network<T>::Step& step;
  std::size_t batch_rows;
  std::size_t leaves;

  // The rows of the whole batch in `range`.
  [[nodiscard]] math::Range rows_of(const wire::Leaves& range) const {
    return {std::min(batch_rows, range.begin * step.leaf_rows),
            std::min(batch_rows, range.end * step.leaf_rows)};
  }
};

template <class T>
Reducer<T>::Reducer(const nn::ModelPlan& plan, const nn::LayerRange& slice, ReplicaLinks links,
                    store::Weights<T> slots, std::uint32_t generation)
    : plan_(plan),
      slice_(slice),
      links_(std::move(links)),
      slots_(std::move(slots)),
      generation_(generation) {}

template <class T>
Result<std::unique_ptr<Reducer<T>>> Reducer<T>::create(const nn::ModelPlan& plan,
                                                       const nn::LayerRange& slice,
                                                       ReplicaLinks links, std::size_t batch_leaves,
                                                       std::uint32_t generation) {
  const std::size_t count = links.replica == 0 ? wire::slots_for(batch_leaves) : 1;
  FORKNET_ASSIGN(auto slots, store::Weights<T>::create(plan.numbers, count - 1));
  return std::unique_ptr<Reducer>(
      new Reducer(plan, slice, std::move(links), std::move(slots), generation));
}

template <class T>
std::span<T> Reducer<T>::slot(std::size_t number) {
  return number == 0 ? slots_.parameters() : slots_.moment(number - 1);
}

template <class T>
const std::vector<wire::Subtree>& Reducer<T>::subtrees(std::size_t replica, std::size_t leaves) {
  auto& plan = plans_[leaves];
  for (std::size_t r = plan.size(); r < links_.replicas; ++r) {
    const wire::Leaves range = wire::leaves_of(r, links_.replicas, leaves);
    plan.push_back(wire::subtrees_of(range.begin, range.end, leaves));
  }
  return plan[replica];
}

template <class T>
void Reducer<T>::merge(std::size_t number) {
  const nn::LayerPlan& last = plan_.layers[slice_.end - 1];
  const std::size_t begin = plan_.layers[slice_.begin].offset;
  const std::size_t count = last.offset + last.numbers() - begin;
  math::add_to<T>(slot(number).subspan(begin, count), slot(number + 1).subspan(begin, count));
}

template <class T>
void Reducer<T>::sum_own(const StepWork& work, const wire::Subtree& subtree, std::size_t number) {
  const std::size_t own = wire::leaves_of(links_.replica, links_.replicas, work.leaves).begin;
  const std::size_t first = (subtree.first - own) * work.step.leaf_rows;
  const std::size_t end =
      std::min(work.batch.inputs.rows, first + subtree.count * work.step.leaf_rows);
  FORKNET_FAILPOINT("reduce/own/before");
  work.network.gradients(work.step.leaf_rows, {first, end}, slot(number));
  FORKNET_FAILPOINT("reduce/own/after");
}

template <class T>
Status Reducer<T>::send_losses(const StepWork& work) {
  FORKNET_FAILPOINT("reduce/losses/send");
  const std::size_t rows = work.batch.inputs.rows;
  const auto send = [&](LossPart part, const void* data, std::size_t bytes) {
    return links_.to[0]->send(loss_frame(part, generation_, work.step.number, bytes),
                              one_run(static_cast<const std::byte*>(data), bytes));
  };
  FORKNET_TRY(send(LossPart::losses, work.workspace.losses().data(), rows * sizeof(T)));
  return send(LossPart::correct, work.workspace.correct().data(), rows * sizeof(std::uint32_t));
}

template <class T>
Status Reducer<T>::receive_losses(const StepWork& work, std::size_t replica) {
  FORKNET_FAILPOINT("reduce/losses/receive");
  const TraceScope waiting(work.network.trace(), TraceSpan::Kind::await_gradients);
  const math::Range rows = work.rows_of(wire::leaves_of(replica, links_.replicas, work.leaves));
  const auto receive = [&](LossPart part, void* data, std::size_t bytes) -> Status {
    wire::Receiver& from = *links_.from[replica];
    FORKNET_TRY(from.expect(loss_frame(part, generation_, work.step.number, bytes),
                            one_run(static_cast<std::byte*>(data), bytes)));
    return from.wait();
  };
  FORKNET_TRY(receive(LossPart::losses, work.workspace.losses().data() + rows.begin,
                      rows.size() * sizeof(T)));
  return receive(LossPart::correct, work.workspace.correct().data() + rows.begin,
                 rows.size() * sizeof(std::uint32_t));
}

template <class T>
Status Reducer<T>::keep(const StepWork& work) {
  wire::SubtreeAdder adder;
  const auto merging = [this](std::size_t number) { merge(number); };
  for (std::size_t replica = 0; replica < links_.replicas; ++replica) {
    const auto& parts = subtrees(replica, work.leaves);
    if (replica > 0 && last_stage() && !parts.empty()) FORKNET_TRY(receive_losses(work, replica));
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (replica == 0) {
        sum_own(work, parts[i], adder.place());
      } else {
        FORKNET_FAILPOINT("reduce/receive/before");
        const TraceScope waiting(work.network.trace(), TraceSpan::Kind::await_gradients);
        FORKNET_TRY(
            receive_gradients<T>(*links_.from[replica], plan_, slice_, slot(adder.place()),
                                 {generation_, work.step.number, static_cast<std::uint32_t>(i)}));
        FORKNET_FAILPOINT("reduce/receive/after");
      }
      adder.add(parts[i], merging);
    }
  }
  adder.finish(merging);
  FORKNET_FAILPOINT("apply/before");
  work.network.update(work.weights, work.step, slot(0));
  FORKNET_FAILPOINT("apply/after");
  for (std::size_t replica = 1; replica < links_.replicas; ++replica) {
    FORKNET_FAILPOINT("weights/send/before");
    const TraceScope sending(work.network.trace(), TraceSpan::Kind::send_weights);
    FORKNET_TRY(send_weights<T>(*links_.to[replica], plan_, slice_, work.weights.next_parameters(),
                                {generation_, work.step.number, 0}));
    FORKNET_FAILPOINT("weights/send/after");
  }
  return {};
}

template <class T>
Status Reducer<T>::contribute(const StepWork& work) {
  const auto& parts = subtrees(links_.replica, work.leaves);
  if (last_stage() && !parts.empty()) FORKNET_TRY(send_losses(work));
  for (std::size_t i = 0; i < parts.size(); ++i) {
    sum_own(work, parts[i], 0);
    FORKNET_FAILPOINT("reduce/send/before");
    const TraceScope sending(work.network.trace(), TraceSpan::Kind::send_gradients);
    FORKNET_TRY(send_gradients<T>(*links_.to[0], plan_, slice_, slot(0),
                                  {generation_, work.step.number, static_cast<std::uint32_t>(i)}));
    FORKNET_FAILPOINT("reduce/send/after");
  }
  FORKNET_FAILPOINT("weights/receive/before");
  const TraceScope waiting(work.network.trace(), TraceSpan::Kind::await_weights);
  Status received =
      receive_weights<T>(*links_.from[0], plan_, slice_, work.weights.next_parameters(),
                         {generation_, work.step.number, 0});
  FORKNET_FAILPOINT("weights/receive/after");
  return received;
}

template <class T>
Status Reducer<T>::finish(Network<T>& network, Workspace<T>& workspace, store::Weights<T>& weights,
                          const BatchView<T>& batch, const typename Network<T>::Step& step,
                          std::size_t batch_rows) {
  const std::size_t leaves = (batch_rows + step.leaf_rows - 1) / step.leaf_rows;
  const StepWork work = {network, workspace, weights, batch, step, batch_rows, leaves};
  const TraceScope reducing(network.trace(), TraceSpan::Kind::reduce);
  return links_.replica == 0 ? keep(work) : contribute(work);
}

template class Reducer<float>;
template class Reducer<double>;

}  // namespace forknet::cell
