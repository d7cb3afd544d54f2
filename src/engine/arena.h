// The memory that all cells of a grid of processes map: barriers, links and workspaces. It lives as
// long as the cells.
#pragma once

#include <cstddef>
#include <span>

#include "cell/stage_context.h"
#include "cell/workspace.h"
#include "nn/model_plan.h"

namespace forknet::run {

struct ArenaSizes {
  std::size_t workspace_at = 0;
  std::size_t bytes = 0;
};

template <class T>
[[nodiscard]] ArenaSizes arena_sizes(const cell::GridShape& shape, const nn::ModelPlan& plan,
                                     std::size_t batch) {
  constexpr std::size_t kPage = 4096;
  const auto pages = [](std::size_t bytes) { return (bytes + kPage - 1) / kPage * kPage; };
  ArenaSizes sizes;
  sizes.workspace_at = pages(cell::StageContext::shared_bytes(shape));
  sizes.bytes =
      sizes.workspace_at + cell::Workspace<T>::bytes_of(plan, batch, cell::WorkspaceUse::training);
  return sizes;
}

}  // namespace forknet::run
