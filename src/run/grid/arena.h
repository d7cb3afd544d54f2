// The memory that all cells of a grid of processes map: control words, meeting points and links,
// the workspace they compute in.
#pragma once

#include <cstddef>
#include <span>

#include "cell/crew.h"
#include "cell/workspace.h"
#include "nn/model_plan.h"
#include "run/grid/control.h"

namespace forknet::run {

struct ArenaSizes {
  std::size_t crew_at = 0;  // bytes from the beginning
  std::size_t workspace_at = 0;
  std::size_t bytes = 0;
};

template <class T>
[[nodiscard]] ArenaSizes arena_sizes(const cell::GridShape& shape, const nn::ModelPlan& plan,
                                     std::size_t batch) {
  constexpr std::size_t kPage = 4096;
  const auto pages = [](std::size_t bytes) { return (bytes + kPage - 1) / kPage * kPage; };
  ArenaSizes sizes;
  sizes.crew_at = pages(sizeof(Control));
  sizes.workspace_at = sizes.crew_at + pages(cell::Crew::shared_bytes(shape));
  sizes.bytes =
      sizes.workspace_at + cell::Workspace<T>::bytes_of(plan, batch, cell::WorkspaceUse::training);
  return sizes;
}

[[nodiscard]] inline Control& control_of(std::span<std::byte> arena) {
  return *reinterpret_cast<Control*>(arena.data());
}

}  // namespace forknet::run
