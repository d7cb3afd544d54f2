#include "average/workers/model_source.h"

#include "base/try.h"
#include "os/event.h"
#include "os/failpoint.h"

namespace forknet::run {
namespace {

using Wish = WorkerControlBlock::Wish;

template <class T>
class SharedSource final : public ModelSource<T> {
 public:
  SharedSource(Models<T>& models, std::span<std::byte> center, WorkerControlBlock& words,
               const os::Fd& event)
      : models_(models),
        center_(store::Weights<T>::over(center, models.shape().weights())),
        words_(words),
        event_(event) {}

  Models<T>& models() override { return models_; }

  Status fetch(std::uint64_t, std::size_t model) override {
    if (!models_.at_center(model)) return {};
    center_.turn_to(models_.center_version());
    models_.seed(model, center_);
    words_.in.count({.kind = wire::FrameKind::weight, .bytes = model_bytes()});
    words_.out.count({.kind = wire::FrameKind::weight, .bytes = model_bytes()});
    return {};
  }

  Status give_back(std::uint64_t order, std::size_t) override {
    words_.done.store(order, std::memory_order_release);
    os::tell(event_);
    return {};
  }

 private:
  [[nodiscard]] std::size_t model_bytes() const {
    return models_.shape().numbers * (1 + models_.shape().moments) * sizeof(T);
  }

  Models<T>& models_;
  store::Weights<T> center_;
  WorkerControlBlock& words_;
  const os::Fd& event_;
};

// The shape without the parts that only the Supervisor uses.
ModelsShape of_a_worker(ModelsShape shape) {
  shape.keeps_moments = false;
  shape.has_velocity = false;
  return shape;
}

template <class T>
class PipedSource final : public ModelSource<T> {
 public:
  PipedSource(const wire::Transport& transport, const nn::ModelPlan& plan, const ModelsShape& shape,
              os::Mapping memory, EndpointEnds ends, WorkerControlBlock& words, const os::Fd& event)
      : memory_(std::move(memory)),
        models_(memory_.writable(), shape),
        port_(transport, plan, std::move(ends)),
        words_(words),
        event_(event) {}

  Models<T>& models() override { return models_; }

  Status fetch(std::uint64_t order, std::size_t model) override {
    FORKNET_FAILPOINT("model/fetch/before");
    wish(order, Wish::model);
    FORKNET_ASSIGN(const ModelTicket ticket, port_.receive_ticket(order));
    models_.put_center(ticket.center_step, 0);
    models_.commits(model).begin(ticket.step);
    taken_at_ = ticket.step;
    auto weights = models_.weights(model);
    FORKNET_TRY(port_.receive(order, ticket, models_.commits(model), weights));
    FORKNET_FAILPOINT("model/fetch/after");
    return {};
  }

  Status give_back(std::uint64_t order, std::size_t model) override {
    FORKNET_FAILPOINT("model/give_back/before");
    wish(order, Wish::give_back);
    ModelTicket ticket = {models_.commits(model).committed(), models_.center_step()};
    ticket.figures = ticket.step - taken_at_;
    ticket.weights = ticket.figures > 0 ? 1 : 0;
    FORKNET_TRY(port_.send(order, ticket, models_.commits(model), models_.weights(model)));
    FORKNET_FAILPOINT("model/give_back/after");
    return {};
  }

 private:
  void wish(std::uint64_t order, Wish what) {
    words_.wishes(order, what);
    os::tell(event_);
  }

  os::Mapping memory_;
  Models<T> models_;
  ModelEndpoint<T> port_;
  WorkerControlBlock& words_;
  const os::Fd& event_;
  std::uint64_t taken_at_ = 0;  // the next step of the model when it was received
};

}  // namespace

template <class T>
std::unique_ptr<ModelSource<T>> shared_source(Models<T>& models, std::span<std::byte> center,
                                              WorkerControlBlock& words, const os::Fd& event) {
  return std::make_unique<SharedSource<T>>(models, center, words, event);
}

template <class T>
Result<std::unique_ptr<ModelSource<T>>> piped_source(const wire::Transport& transport,
                                                     const nn::ModelPlan& plan,
                                                     const ModelsShape& shape, std::size_t worker,
                                                     os::PipeEnds pipes, WorkerControlBlock& words,
                                                     const os::Fd& event) {
  const ModelsShape own = of_a_worker(shape);
  FORKNET_ASSIGN(auto memory, os::Mapping::anonymous(own.bytes()));
  EndpointEnds ends = {std::move(pipes.read), std::move(pipes.write), worker_name(worker),
                       "the supervisor"};
  ends.in_traffic = &words.in;
  ends.out_traffic = &words.out;
  return std::unique_ptr<ModelSource<T>>(std::make_unique<PipedSource<T>>(
      transport, plan, own, std::move(memory), std::move(ends), words, event));
}

#define FORKNET_SUPPLIES(T)                                                                        \
  template std::unique_ptr<ModelSource<T>> shared_source(Models<T>&, std::span<std::byte>,         \
                                                         WorkerControlBlock&, const os::Fd&);      \
  template Result<std::unique_ptr<ModelSource<T>>> piped_source(                                   \
      const wire::Transport&, const nn::ModelPlan&, const ModelsShape&, std::size_t, os::PipeEnds, \
      WorkerControlBlock&, const os::Fd&);
FORKNET_SUPPLIES(float)
FORKNET_SUPPLIES(double)
#undef FORKNET_SUPPLIES

}  // namespace forknet::run
