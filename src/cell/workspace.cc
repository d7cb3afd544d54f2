#include "cell/workspace.h"

#include "base/check.h"
#include "base/try.h"

namespace forknet::cell {
namespace {

constexpr std::size_t kAlignment = 64;

// Returns consecutive aligned pieces of an arena; without a base it only counts their bytes.
class Cutter {
 public:
  explicit Cutter(std::byte* base) : base_(base) {}

  template <class U>
  U* take(std::size_t numbers) {
    std::byte* piece = base_ == nullptr ? nullptr : base_ + used_;
    used_ += (numbers * sizeof(U) + kAlignment - 1) / kAlignment * kAlignment;
    return reinterpret_cast<U*>(piece);
  }
  template <class U>
  math::PanelView<U> take_panels(std::size_t rows, std::size_t columns) {
    const std::size_t stride = math::odd_stride(rows);
    return {take<U>(math::panels_for(columns) * stride), rows, columns, stride};
  }
  [[nodiscard]] std::size_t used() const { return used_; }

 private:
  std::byte* base_;
  std::size_t used_ = 0;
};

}  // namespace

template <class T>
std::size_t Workspace<T>::lay_out(const nn::ModelPlan& plan, WorkspaceUse use, std::byte* base) {
  Cutter cutter(base);
  const bool trains = use == WorkspaceUse::training;
  outputs_.clear(), buffers_.clear(), errors_.clear(), transposed_.clear();
  for (const auto& layer : plan.layers) {
    const bool here = layer.number >= layers_.begin && layer.number < layers_.end;
    const bool has_errors = here && trains && !layer.kind->traits().multiplies;
    outputs_.push_back(here ? cutter.take_panels<T>(rows_, layer.outputs) : math::PanelView<T>());
    buffers_.emplace_back();
    for (std::size_t i = 0; here && trains && i < layer.buffers.size(); ++i) {
      buffers_.back()[i] = cutter.take_panels<T>(rows_, layer.buffers[i].columns);
    }
    errors_.push_back(has_errors ? cutter.take_panels<T>(rows_, layer.outputs)
                                 : math::PanelView<T>());
    transposed_.push_back(has_errors ? cutter.take_panels<T>(layer.outputs, rows_)
                                     : math::PanelView<T>());
  }
  losses_ = {cutter.take<T>(losses_rows_), losses_rows_};
  correct_ = {cutter.take<std::uint32_t>(losses_rows_), losses_rows_};
  return cutter.used();
}

template <class T>
Workspace<T> Workspace<T>::planned(std::size_t rows, std::size_t losses_rows,
                                   const nn::LayerRange& layers) {
  Workspace workspace;
  workspace.rows_ = rows;
  workspace.losses_rows_ = losses_rows;
  workspace.layers_ = layers;
  return workspace;
}

template <class T>
Status Workspace<T>::take_memory(const nn::ModelPlan& plan, WorkspaceUse use) {
  const std::size_t bytes = lay_out(plan, use, nullptr);
  FORKNET_ASSIGN(arena_, os::Mapping::anonymous(bytes));
  (void)lay_out(plan, use, arena_.writable().data());
  return {};
}

template <class T>
Result<Workspace<T>> Workspace<T>::create(const nn::ModelPlan& plan, std::size_t rows,
                                          WorkspaceUse use) {
  const std::size_t all = rows * plan.members;
  Workspace workspace = planned(all, all, {0, plan.layers.size()});
  FORKNET_TRY(workspace.take_memory(plan, use));
  return workspace;
}

template <class T>
Result<Workspace<T>> Workspace<T>::of_slice(const nn::ModelPlan& plan, const nn::LayerRange& slice,
                                            std::size_t rows, std::size_t batch_rows) {
  const std::size_t below = slice.begin == 0 ? 0 : nn::errors_below(plan, slice.begin);
  Workspace workspace = planned(rows * plan.members, batch_rows * plan.members, {below, slice.end});
  FORKNET_TRY(workspace.take_memory(plan, WorkspaceUse::training));
  return workspace;
}

template <class T>
Workspace<T> Workspace<T>::over(std::span<std::byte> memory, const nn::ModelPlan& plan,
                                std::size_t rows, WorkspaceUse use) {
  const std::size_t all = rows * plan.members;
  Workspace workspace = planned(all, all, {0, plan.layers.size()});
  const std::size_t bytes = workspace.lay_out(plan, use, memory.data());
  FORKNET_CHECK(bytes <= memory.size());
  return workspace;
}

template <class T>
std::size_t Workspace<T>::bytes_of(const nn::ModelPlan& plan, std::size_t rows, WorkspaceUse use) {
  const std::size_t all = rows * plan.members;
  return planned(all, all, {0, plan.layers.size()}).lay_out(plan, use, nullptr);
}

template class Workspace<float>;
template class Workspace<double>;

}  // namespace forknet::cell
