// The memory that all cells of a grid of processes map: barriers, links and workspaces. It lives as
// long as the cells.
#pragma once

#include <forknet/config.h>

#include <cstddef>
#include <span>

#include "cell/square_sums.h"
#include "cell/stage_context.h"
#include "cell/workspace.h"
#include "nn/model_plan.h"

namespace forknet::run {

struct ArenaSizes {
  std::size_t workspace_at = 0;
  std::size_t squares_at = 0;  // of the gradient (cell/square_sums.h), if its norm is clipped
  std::size_t bytes = 0;
};

template <class T>
[[nodiscard]] ArenaSizes arena_sizes(const cell::GridShape& shape, const nn::ModelPlan& plan,
                                     const Config& config, std::size_t batch) {
  constexpr std::size_t kPage = 4096;
  const auto pages = [](std::size_t bytes) { return (bytes + kPage - 1) / kPage * kPage; };
  ArenaSizes sizes;
  sizes.workspace_at = pages(cell::StageContext::shared_bytes(shape));
  sizes.squares_at = sizes.workspace_at +
                     pages(cell::Workspace<T>::bytes_of(plan, batch, cell::WorkspaceUse::training));
  const std::size_t squares = config.train.clip_norm > 0 ? cell::SquareSums::count(plan) : 0;
  sizes.bytes = sizes.squares_at + squares * sizeof(double);
  return sizes;
}

}  // namespace forknet::run
