// Reduces gradients over the replicas of a stage with private memory. Each replica sums the
// gradients of its leaves. The first one, the owner, adds the sums in the balanced tree, updates
// the weights and sends them to the others. The bits are those of one replica with all leaves. T is
// float or double.
#pragma once

#include <forknet/result.h>

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "cell/network.h"
#include "cell/parameter_transfer.h"
#include "store/weights.h"
#include "wire/subtrees.h"

namespace forknet::cell {

// A replica's number and its channels. The owner has one to and one from each other replica (the
// first entry of each list is null); the others have one to and one from the owner.
struct ReplicaLinks {
  std::size_t replica = 0;
  std::size_t replicas = 1;
  std::vector<std::unique_ptr<wire::Receiver>> from;
  std::vector<std::unique_ptr<wire::Sender>> to;
};

template <class T>
class Reducer {
 public:
  // Keeps references. `batch_leaves`: of a full batch. Error: out of memory.
  [[nodiscard]] static Result<std::unique_ptr<Reducer>> create(const nn::ModelPlan& plan,
                                                               const nn::LayerRange& slice,
                                                               ReplicaLinks links,
                                                               std::size_t batch_leaves,
                                                               std::uint32_t generation);

  // Finishes a step after network.pass() over this replica's rows of a batch of `batch_rows`. In
  // the last stage the losses of all replicas' rows are gathered in the owner's workspace.
  [[nodiscard]] Status finish(Network<T>& network, Workspace<T>& workspace,
                              store::Weights<T>& weights, const BatchView<T>& batch,
                              const typename Network<T>::Step& step, std::size_t batch_rows);

 private:
  struct StepWork;  // the arguments of finish()
  Reducer(const nn::ModelPlan& plan, const nn::LayerRange& slice, ReplicaLinks links,
          store::Weights<T> slots, std::uint32_t generation);
  [[nodiscard]] Status keep(const StepWork& work);
  [[nodiscard]] Status contribute(const StepWork& work);
  [[nodiscard]] Status send_losses(const StepWork& work);
  [[nodiscard]] Status receive_losses(const StepWork& work, std::size_t replica);
  void sum_own(const StepWork& work, const wire::Subtree& subtree, std::size_t slot);
  void merge(std::size_t slot);
  [[nodiscard]] std::span<T> slot(std::size_t number);
  [[nodiscard]] const std::vector<wire::Subtree>& subtrees(std::size_t replica, std::size_t leaves);
  [[nodiscard]] bool last_stage() const { return slice_.end == plan_.layers.size(); }

  const nn::ModelPlan& plan_;
  const nn::LayerRange slice_;
  ReplicaLinks links_;
  store::Weights<T> slots_;  // one region per subtree sum
  const std::uint32_t generation_;
  // By the number of leaves: that of a full batch and that of a short last batch.
  std::map<std::size_t, std::vector<std::vector<wire::Subtree>>> plans_;
};

}  // namespace forknet::cell
