#include "average/workers/model_pipes.h"

#include "base/try.h"
#include "os/failpoint.h"

namespace forknet::run {
namespace {

constexpr std::size_t kLineBytes = std::size_t{1} << 20;

}  // namespace

template <class T>
ModelPipes<T>::ModelPipes(const wire::Transport& transport, const nn::ModelPlan& plan,
                          Models<T>& models, std::span<std::byte> center, PipeWatch watch)
    : transport_(transport),
      plan_(plan),
      models_(models),
      center_(store::Weights<T>::over(center, models.shape().weights())),
      watch_(std::move(watch)),
      lines_(models.count()),
      holders_(models.count()) {}

template <class T>
Status ModelPipes<T>::open() {
  FORKNET_ASSIGN(came_, store::Weights<T>::create(plan_.numbers, models_.shape().moments));
  came_figures_ = std::make_unique<Commits>();
  return {};
}

template <class T>
Result<os::PipeEnds> ModelPipes<T>::connect(std::size_t worker) {
  disconnect(worker);
  FORKNET_ASSIGN(wire::Line there, transport_.open({}, kLineBytes));
  FORKNET_ASSIGN(wire::Line back, transport_.open({}, kLineBytes));
  // Clear a request of the predecessor.
  models_.worker(worker).wish.store(0, std::memory_order_relaxed);
  std::function<void()> look;
  if (watch_.waits) look = [this, worker] { watch_.waits(worker); };
  lines_[worker].port = std::make_unique<ModelEndpoint<T>>(
      transport_, plan_,
      EndpointEnds{std::move(back.receiver.fd), std::move(there.sender.fd), "the supervisor",
                   worker_name(worker), std::move(look)});
  return os::PipeEnds{std::move(there.receiver.fd), std::move(back.sender.fd)};
}

template <class T>
void ModelPipes<T>::disconnect(std::size_t worker) {
  lines_[worker] = {};
  for (Holder& holder : holders_) holder.known = holder.known && holder.worker != worker;
}

template <class T>
Status ModelPipes<T>::serve(std::size_t workers) {
  using Wish = WorkerControlBlock::Wish;
  Status all;
  for (std::size_t worker = 0; worker < workers; ++worker) {
    Line& line = lines_[worker];
    const WorkerControlBlock& words = models_.worker(worker);
    if (line.port == nullptr || words.idle()) continue;
    Status served;
    if (words.wishes_now(Wish::model) && line.sent != words.number()) served = send(worker);
    if (served.ok() && words.wishes_now(Wish::give_back)) served = take_back(worker);
    if (served.ok()) continue;
    disconnect(worker);
    all = std::move(served);
  }
  return all;
}

template <class T>
Status ModelPipes<T>::send(std::size_t worker) {
  if (watch_.begins) watch_.begins(worker);
  WorkerControlBlock& words = models_.worker(worker);
  const std::size_t model = words.model();
  if (models_.at_center(model)) {
    center_.turn_to(models_.center_version());
    models_.seed(model, center_);
    holders_[model].known = false;
  }
  const Commits& commits = models_.commits(model);
  const Holder& holder = holders_[model];
  ModelTicket ticket = {commits.committed(), models_.center_step()};
  ticket.figures = ticket.step > ticket.center_step ? 1 : 0;
  ticket.weights = holder.known && holder.worker == worker && holder.step == ticket.step ? 0 : 1;
  FORKNET_FAILPOINT("models/send");
  lines_[worker].sent = words.number();
  return lines_[worker].port->send(words.number(), ticket, commits, models_.weights(model));
}

template <class T>
Status ModelPipes<T>::take_back(std::size_t worker) {
  if (watch_.begins) watch_.begins(worker);
  WorkerControlBlock& words = models_.worker(worker);
  const std::size_t model = words.model();
  ModelEndpoint<T>& port = *lines_[worker].port;
  FORKNET_FAILPOINT("models/take/before");
  FORKNET_ASSIGN(const ModelTicket ticket, port.receive_ticket(words.number()));
  if (ticket.step != models_.commits(model).committed() + ticket.figures) {
    return wire::channel_error(worker_name(worker),
                               "a model that did not continue from its last step");
  }
  FORKNET_TRY(port.receive(words.number(), ticket, *came_figures_, *came_));
  if (ticket.figures > 0) install(model, ticket);
  holders_[model] = {worker, ticket.step, true};
  FORKNET_FAILPOINT("models/take/after");
  words.done.store(words.number(), std::memory_order_release);
  return {};
}

// The step's number selects one of two versions of the weights. If the returned weights go to the
// version that the model is in, the model is first set back to the start of its round.
template <class T>
void ModelPipes<T>::install(std::size_t model, const ModelTicket& ticket) {
  Commits& commits = models_.commits(model);
  const std::uint64_t first = commits.committed();
  if (ticket.figures % 2 == 0) models_.begin_again(model);
  FORKNET_FAILPOINT("models/take/within");
  for (std::uint64_t step = first; step < ticket.step; ++step) {
    commits.put_committed(step, came_figures_->figures(step));
  }
  auto weights = models_.weights(model);
  weights.turn_to(ticket.step);
  weights.copy_from(*came_);
  commits.written.put(ticket.step, std::as_const(weights).bit_sum());
  commits.begin(ticket.step);
}

template class ModelPipes<float>;
template class ModelPipes<double>;

}  // namespace forknet::run
