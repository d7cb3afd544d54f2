#include "cell/workspace.h"

#include "base/check.h"

namespace forknet::cell {
namespace {

constexpr std::size_t kAlignment = 64;

// Hands out consecutive aligned pieces of an arena; without a base it only counts.
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
  outputs_.clear(), factors_.clear(), errors_.clear(), turned_.clear();
  for (const auto& layer : plan.layers) {
    const bool has_factors = trains && !layer.is_dense();
    const bool has_errors = trains && layer.is_dense();
    outputs_.push_back(cutter.take_panels<T>(rows_, layer.outputs));
    factors_.push_back(has_factors ? cutter.take_panels<T>(rows_, layer.outputs)
                                   : math::PanelView<T>());
    errors_.push_back(has_errors ? cutter.take_panels<T>(rows_, layer.outputs)
                                 : math::PanelView<T>());
    turned_.push_back(has_errors ? cutter.take_panels<T>(layer.outputs, rows_)
                                 : math::PanelView<T>());
  }
  losses_ = {cutter.take<T>(rows_), rows_};
  correct_ = {cutter.take<std::uint32_t>(rows_), rows_};
  return cutter.used();
}

template <class T>
Result<Workspace<T>> Workspace<T>::create(const nn::ModelPlan& plan, std::size_t rows,
                                          WorkspaceUse use) {
  Workspace workspace;
  workspace.rows_ = rows;
  const std::size_t bytes = workspace.lay_out(plan, use, nullptr);
  FORKNET_ASSIGN(workspace.arena_, os::Mapping::anonymous(bytes));
  (void)workspace.lay_out(plan, use, workspace.arena_.writable().data());
  return workspace;
}

template <class T>
Workspace<T> Workspace<T>::over(std::span<std::byte> memory, const nn::ModelPlan& plan,
                                std::size_t rows, WorkspaceUse use) {
  Workspace workspace;
  workspace.rows_ = rows;
  const std::size_t bytes = workspace.lay_out(plan, use, memory.data());
  FORKNET_CHECK(bytes <= memory.size());
  return workspace;
}

template <class T>
std::size_t Workspace<T>::bytes_of(const nn::ModelPlan& plan, std::size_t rows, WorkspaceUse use) {
  Workspace workspace;
  workspace.rows_ = rows;
  return workspace.lay_out(plan, use, nullptr);
}

template class Workspace<float>;
template class Workspace<double>;

}  // namespace forknet::cell
