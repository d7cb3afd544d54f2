// The Supervisor's side of models sent through pipes. Models (models.h) holds all of them in memory
// private to the Supervisor. A worker requests the model of its order, receives it, and returns it
// at the end of the order; only then its steps are committed. The death of a worker in between
// changes nothing here: the order is carried out again.
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

// Callbacks for transfers to and from a worker: before one begins, and at intervals while the
// Supervisor waits for it. Both may be empty.
struct PipeWatch {
  std::function<void(std::size_t worker)> begins = {};
  std::function<void(std::size_t worker)> waits = {};
};

template <class T>
class ModelPipes {
 public:
  // All arguments outlive this object. `center`: the memory of the center's weights. Errors: out of
  // memory; from connect(): out of descriptors.
  ModelPipes(const wire::Transport& transport, const nn::ModelPlan& plan, Models<T>& models,
             std::span<std::byte> center, PipeWatch watch);
  [[nodiscard]] Status open();

  // Opens new pipes to a worker that is about to start and returns its ends. Closes those of its
  // predecessor.
  [[nodiscard]] Result<os::PipeEnds> connect(std::size_t worker);
  // Closes the pipes; a worker that waits for a model sees end of file.
  void disconnect(std::size_t worker);
  // Serves the requests of the first `workers` workers. Disconnects a worker whose pipe breaks and
  // returns the last such Error; the death of a process is detected elsewhere.
  [[nodiscard]] Status serve(std::size_t workers);

 private:
  struct Line {
    std::unique_ptr<ModelEndpoint<T>> port;
    std::uint64_t sent = 0;  // the order whose model was sent
  };
  // The worker whose memory holds the returned model.
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
  std::vector<Line> lines_;      // by worker
  std::vector<Holder> holders_;  // by model
  // Buffer of a returning model until it is complete.
  std::optional<store::Weights<T>> came_;
  std::unique_ptr<Commits> came_figures_;
};

}  // namespace forknet::run
