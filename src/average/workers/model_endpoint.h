// One end of the two lines through which a model comes to its worker and goes back again: where the
// transport shares no memory, nobody but its worker sees a model that is at work. A model travels
// as a ticket that says what follows, the figures of its last steps, and its weights and moments. T
// is float or double. Errors are of kind cell: the other end is gone, or sent what does not fit; a
// port is of no use after one.
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
  std::uint64_t step = 0;         // before which the model stands
  std::uint64_t center_step = 0;  // where its round began
  std::uint64_t figures = 0;      // of so many steps before `step`
  std::uint64_t weights = 0;      // 1: they follow; 0: the other end has them
};

[[nodiscard]] inline std::string worker_name(std::size_t worker) {
  return "worker " + std::to_string(worker);
}

// Descriptors, and who is at the other end; whoever waits is looked after by `look`.
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
  // Both outlive it. The transport shares no memory.
  ModelEndpoint(const wire::Transport& transport, const nn::ModelPlan& plan, EndpointEnds ends);

  // Both ends know the order. `weights`: at the version of ticket.step.
  [[nodiscard]] Status send(std::uint64_t order, const ModelTicket& ticket, const Commits& commits,
                            const store::Weights<T>& weights);
  [[nodiscard]] Result<ModelTicket> receive_ticket(std::uint64_t order);
  // What it announced: the figures are put where the model's commits keep them, the weights into
  // the current version. Nothing is committed.
  [[nodiscard]] Status receive(std::uint64_t order, const ModelTicket& ticket, Commits& commits,
                               store::Weights<T>& weights);

 private:
  [[nodiscard]] nn::LayerRange all_layers() const { return {0, plan_.layers.size()}; }

  const nn::ModelPlan& plan_;
  std::unique_ptr<wire::Receiver> in_;
  std::unique_ptr<wire::Sender> out_;
};

}  // namespace forknet::run
