// The memory in which one cell computes, laid out once when the run is planned: one mapping, every
// buffer 64-byte aligned at a constant address, no allocation in the step loop.
//
//   outputs[l]    (batch, units)  outputs of layer l
//   buffers[l]    (batch, columns of each)  what layer l keeps of this step (nn/layer_plan.h)
//   errors[l]     (batch, units)  of a layer that has errors of its own: for its gradient
//   transposed[l] (units, batch)  the same, transposed; before that, in the same storage, the
//   derivative of the loss by
//                                 its outputs, which the layer above hands down
//   losses, correct               one number per row of the batch
#pragma once

#include <forknet/result.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "math/panels.h"
#include "nn/layer.h"
#include "nn/model_plan.h"
#include "nn/slices.h"
#include "os/mapping.h"

namespace forknet::cell {

enum class WorkspaceUse { training, evaluation };

template <class T>
class Workspace {
 public:
  // For batches of up to `rows` samples, of which each is a row for each member of the model. A
  // workspace for evaluation has no errors and no buffers.
  [[nodiscard]] static Result<Workspace> create(const nn::ModelPlan& plan, std::size_t rows,
                                                WorkspaceUse use);
  // For the cell of one slice, borders included, and up to `rows` of its own samples in a batch of
  // `batch_rows`, whose losses it may gather.
  [[nodiscard]] static Result<Workspace> of_slice(const nn::ModelPlan& plan,
                                                  const nn::LayerRange& slice, std::size_t rows,
                                                  std::size_t batch_rows);

  // The same in shared memory: bytes_of() bytes, 64-byte aligned; outlives the workspace.
  [[nodiscard]] static Workspace over(std::span<std::byte> memory, const nn::ModelPlan& plan,
                                      std::size_t rows, WorkspaceUse use);
  [[nodiscard]] static std::size_t bytes_of(const nn::ModelPlan& plan, std::size_t rows,
                                            WorkspaceUse use);

  // Views of the first `rows` rows; panels keep their stride.
  [[nodiscard]] math::PanelView<T> outputs(std::size_t layer, std::size_t rows) const {
    return first_rows(outputs_[layer], rows);
  }
  [[nodiscard]] math::PanelView<T> buffer(std::size_t layer, std::size_t number,
                                          std::size_t rows) const {
    return first_rows(buffers_[layer][number], rows);
  }
  [[nodiscard]] math::PanelView<T> errors(std::size_t layer, std::size_t rows) const {
    return first_rows(errors_[layer], rows);
  }
  [[nodiscard]] math::PanelView<T> transposed(std::size_t layer, std::size_t rows) const {
    math::PanelView<T> view = transposed_[layer];
    view.columns = rows;
    return view;
  }
  // The most rows of a batch.
  [[nodiscard]] std::size_t rows() const { return rows_; }
  [[nodiscard]] std::span<T> losses() const { return losses_; }
  [[nodiscard]] std::span<std::uint32_t> correct() const { return correct_; }
  [[nodiscard]] std::size_t bytes() const { return arena_.bytes().size(); }

 private:
  Workspace() = default;
  [[nodiscard]] static math::PanelView<T> first_rows(math::PanelView<T> view, std::size_t rows) {
    view.rows = rows;
    return view;
  }
  [[nodiscard]] static Workspace planned(std::size_t rows, std::size_t losses_rows,
                                         const nn::LayerRange& layers);
  [[nodiscard]] Status take_memory(const nn::ModelPlan& plan, WorkspaceUse use);
  [[nodiscard]] std::size_t lay_out(const nn::ModelPlan& plan, WorkspaceUse use, std::byte* base);

  os::Mapping arena_;
  std::size_t rows_ = 0;
  std::size_t losses_rows_ = 0;
  nn::LayerRange layers_;  // with memory here
  std::vector<math::PanelView<T>> outputs_;
  std::vector<std::array<math::PanelView<T>, nn::kMostBuffers>> buffers_;
  std::vector<math::PanelView<T>> errors_;
  std::vector<math::PanelView<T>> transposed_;
  std::span<T> losses_;
  std::span<std::uint32_t> correct_;
};

}  // namespace forknet::cell
