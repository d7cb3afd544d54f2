// Sends the numbers of a slice as frames: weights and biases of each dense layer, or their gradient
// sums. The layout of a region is in nn/model_plan.h; both ends know the plan. T is float or
// double.
#pragma once

#include <forknet/result.h>

#include <cstdint>
#include <span>

#include "nn/model_plan.h"
#include "nn/slices.h"
#include "wire/channel.h"

namespace forknet::cell {

// Identifies frames: generation, step, and the region (0: the parameters).
struct TransferHead {
  std::uint32_t generation = 0;
  std::uint64_t step = 0;
  std::uint32_t region = 0;
};

// One frame for each parameter of the slice: of kind bias if it is a list, else of kind weight.
template <class T>
[[nodiscard]] Status send_weights(wire::Sender& to, const nn::ModelPlan& plan,
                                  const nn::LayerRange& slice, std::span<const T> region,
                                  const TransferHead& what);
template <class T>
[[nodiscard]] Status receive_weights(wire::Receiver& from, const nn::ModelPlan& plan,
                                     const nn::LayerRange& slice, std::span<T> region,
                                     const TransferHead& what);

// One frame of gradient sums for each layer of the slice that has parameters; `region` is the
// subtree's number.
template <class T>
[[nodiscard]] Status send_gradients(wire::Sender& to, const nn::ModelPlan& plan,
                                    const nn::LayerRange& slice, std::span<const T> region,
                                    const TransferHead& what);
template <class T>
[[nodiscard]] Status receive_gradients(wire::Receiver& from, const nn::ModelPlan& plan,
                                       const nn::LayerRange& slice, std::span<T> region,
                                       const TransferHead& what);

}  // namespace forknet::cell
