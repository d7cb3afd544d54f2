// The Supervisor's side of models that travel through pipes. Models (models.h) holds what all have
// come to, in memory that only the Supervisor sees; a worker wishes for the model of its order,
// gets it, and gives it back at the end of the order: then, not before, its steps are committed.
// Whatever a worker does in between, or dies of, changes nothing here: the order is carried out
// again.
//
// Used by one thread. T is float or double.
#pragma once

#include <forknet/result.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "average/models.h"
#include "average/workers/model_endpoint.h"

namespace forknet::run {

// Who wants to know of a worker that is sent something, or gives something back: before that
// begins, and now and then while it lets the Supervisor wait. Both may be empty.
struct PipeWatch {
  std::function<void(std::size_t worker)> begins = {};
  std::function<void(std::size_t worker)> waits = {};
};

template <class T>
class ModelPipes {
 public:
  // All of it outlives the pipes. `center`: the memory of the center's weights. Errors: memory; of
  // connect(), descriptors.
  ModelPipes(const wire::Transport& transport, const nn::ModelPlan& plan, Models<T>& models,
             std::span<std::byte> center, PipeWatch watch);
  [[nodiscard]] Status open();

  // New pipes to a worker that is about to start: its ends. Who had its place is heard no more.
  [[nodiscard]] Result<os::PipeEnds> connect(std::size_t worker);
  // A worker that still waits for a model hears that there will be none.
  void disconnect(std::size_t worker);
  // The wishes of the first `workers`, as far as they have any. One whose pipe breaks is
  // disconnected. Error: of the last of these; a process that broke off is missed elsewhere.
  [[nodiscard]] Status serve(std::size_t workers);

 private:
  struct Line {
    std::unique_ptr<ModelEndpoint<T>> port;
    std::uint64_t sent = 0;  // the order whose model it was sent
  };
  // Whose memory holds what a model has come to, once it was given back.
  struct Holder {
    std::size_t worker = 0;
    std::uint64_t step = 0;
    bool known = false;
  };
  [[nodiscard]] Status send(std::size_t worker);
  [[nodiscard]] Status take_back(std::size_t worker);
  void install(std::size_t model, const ModelTicket& ticket);

  const wire::Transport& transport_;
  const nn::ModelPlan& plan_;
  Models<T>& models_;
  store::Weights<T> center_;
  const PipeWatch watch_;
  std::vector<Line> lines_;      // of each worker
  std::vector<Holder> holders_;  // of each model
  // Of a model that comes back, until it has come whole.
  std::optional<store::Weights<T>> came_;
  std::unique_ptr<Commits> came_figures_;
};

}  // namespace forknet::run
