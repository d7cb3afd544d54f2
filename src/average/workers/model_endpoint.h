// One end of the two lines through which a model is sent to its worker and back. If the transport
// shares no memory, only its worker sees a model while it trains. A model is sent as a ticket that
// describes what follows, the figures of its last steps, and its weights and moments. T is float or
// double. Errors are of kind cell: the other end is gone or sent invalid data; the endpoint must
// not be used afterwards.
#pragma once

#include <forknet/result.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "nn/model_plan.h"
#include "os/pipe.h"
#include "state/commits.h"
#include "store/weights.h"
#include "wire/transport.h"

namespace forknet::run {

struct ModelTicket {
  std::uint64_t step = 0;         // the model's next step
  std::uint64_t center_step = 0;  // where its round began
  std::uint64_t figures = 0;      // the number of steps before `step` whose figures follow
  std::uint64_t weights = 0;      // 1: weights follow; 0: the other end has them
};

[[nodiscard]] inline std::string worker_name(std::size_t worker) {
  return "worker " + std::to_string(worker);
}

// Descriptors and the name of the other end. `look` is called during waits.
struct EndpointEnds {
  os::Fd in;
  os::Fd out;
  std::string self;
  std::string other;
  std::function<void()> look = {};
  wire::Traffic* in_traffic = nullptr;
  wire::Traffic* out_traffic = nullptr;
};

template <class T>
class ModelEndpoint {
 public:
  // Transport and plan outlive this object. The transport shares no memory.
  ModelEndpoint(const wire::Transport& transport, const nn::ModelPlan& plan, EndpointEnds ends);

  // Sends a model; both ends know the order. `weights`: at the version of ticket.step.
  [[nodiscard]] Status send(std::uint64_t order, const ModelTicket& ticket, const Commits& commits,
                            const store::Weights<T>& weights);
  [[nodiscard]] Result<ModelTicket> receive_ticket(std::uint64_t order);
  // Receives what the ticket announced: the figures into the model's commits, the weights into the
  // current version. Commits nothing.
  [[nodiscard]] Status receive(std::uint64_t order, const ModelTicket& ticket, Commits& commits,
                               store::Weights<T>& weights);

 private:
  [[nodiscard]] nn::LayerRange all_layers() const { return {0, plan_.layers.size()}; }

  const nn::ModelPlan& plan_;
  std::unique_ptr<wire::Receiver> in_;
  std::unique_ptr<wire::Sender> out_;
};

}  // namespace forknet::run
