// Workspaces of a slice, and workspaces in shared memory.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "cell/network_testing.h"
#include "cell/workspace.h"
#include "os/mapping.h"

namespace forknet::cell {
namespace {

constexpr std::size_t kSliceRows = 21;
constexpr std::size_t kBatch = 50;

// Layers 0, 2, 5 are dense, 1, 3, 4 drop.
nn::ModelPlan six_layers() {
  return nn::plan_model(model_of({dense(9, "tanh"), dropout(0.2), dense(33, "relu"), dropout(0.3),
                                  dropout(0.1), dense(4)},
                                 "softmax_cross_entropy"),
                        5)
      .value();
}

template <class T>
bool has(const math::PanelView<T>& view) {
  return view.data != nullptr;
}

// Checks for memory of layers [begin, end) only.
template <class T>
void expect_layers(const Workspace<T>& workspace, const nn::ModelPlan& plan, std::size_t begin,
                   std::size_t end, WorkspaceUse use) {
  const bool trains = use == WorkspaceUse::training;
  for (const nn::LayerPlan& layer : plan.layers) {
    const std::size_t number = layer.number;
    const bool here = number >= begin && number < end;
    EXPECT_EQ(has(workspace.outputs(number, kSliceRows)), here) << number;
    EXPECT_EQ(has(workspace.buffer(number, 0, kSliceRows)),
              here && trains && layer.kind->traits().multiplies)
        << number;
    EXPECT_EQ(has(workspace.errors(number, kSliceRows)),
              here && trains && !layer.kind->traits().multiplies)
        << number;
    EXPECT_EQ(has(workspace.transposed(number, kSliceRows)),
              here && trains && !layer.kind->traits().multiplies)
        << number;
  }
}

using Piece = std::pair<std::uintptr_t, std::size_t>;  // where, bytes

template <class T>
std::vector<Piece> pieces_of(const Workspace<T>& workspace, const nn::ModelPlan& plan,
                             std::size_t rows) {
  std::vector<Piece> pieces;
  const auto add = [&](const void* data, std::size_t bytes) {
    if (data != nullptr) pieces.emplace_back(reinterpret_cast<std::uintptr_t>(data), bytes);
  };
  for (std::size_t layer = 0; layer < plan.layers.size(); ++layer) {
    for (const auto& view : {workspace.outputs(layer, rows), workspace.buffer(layer, 0, rows),
                             workspace.errors(layer, rows), workspace.transposed(layer, rows)}) {
      add(view.data, view.panels() * view.panel_stride * sizeof(T));
    }
  }
  add(workspace.losses().data(), workspace.losses().size_bytes());
  add(workspace.correct().data(), workspace.correct().size_bytes());
  return pieces;
}

// Aligned, disjoint, and at most `bytes` in total.
void expect_apart(std::vector<Piece> pieces, std::size_t bytes) {
  std::sort(pieces.begin(), pieces.end());
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    EXPECT_EQ(pieces[i].first % 64, 0U);
    if (i > 0) {
      EXPECT_LE(pieces[i - 1].first + pieces[i - 1].second, pieces[i].first);
    }
  }
  EXPECT_LE(pieces.back().first + pieces.back().second - pieces.front().first, bytes);
}

TEST(SliceWorkspace, has_memory_for_its_layers_and_the_border_below_alone) {
  const nn::ModelPlan plan = six_layers();
  struct Slice {
    nn::LayerRange slice;
    std::size_t first;  // the first layer with memory
  };
  for (const Slice& now : {Slice{{0, 6}, 0}, {{0, 2}, 0}, {{2, 5}, 0}, {{5, 6}, 2}, {{2, 6}, 0}}) {
    SCOPED_TRACE(now.slice.begin);
    const auto workspace = Workspace<float>::of_slice(plan, now.slice, kSliceRows, kBatch).value();
    expect_layers(workspace, plan, now.first, now.slice.end, WorkspaceUse::training);
    EXPECT_EQ(workspace.losses().size(), kBatch);
    EXPECT_EQ(workspace.correct().size(), kBatch);
    expect_apart(pieces_of(workspace, plan, kSliceRows), workspace.bytes());
  }
}

TEST(SliceWorkspace, begins_with_zeros_and_holds_what_is_written) {
  const nn::ModelPlan plan = six_layers();
  const auto workspace = Workspace<double>::of_slice(plan, {2, 5}, kSliceRows, kBatch).value();
  const auto outputs = workspace.outputs(2, kSliceRows);
  ASSERT_EQ(outputs.columns, 33U);
  EXPECT_EQ(outputs.at(kSliceRows - 1, 32), 0.0);
  outputs.at(kSliceRows - 1, 32) = 5;
  EXPECT_EQ(workspace.outputs(2, kSliceRows).at(kSliceRows - 1, 32), 5.0);
  EXPECT_EQ(workspace.transposed(2, kSliceRows).at(32, kSliceRows - 1), 0.0);
}

TEST(SliceWorkspace, is_smaller_than_that_of_the_whole_model) {
  const nn::ModelPlan plan = six_layers();
  const auto slice = Workspace<float>::of_slice(plan, {0, 2}, kSliceRows, kSliceRows).value();
  EXPECT_LT(slice.bytes(), Workspace<float>::bytes_of(plan, kSliceRows, WorkspaceUse::training));
}

template <class T>
void check_over(WorkspaceUse use) {
  const nn::ModelPlan plan = six_layers();
  const auto own = Workspace<T>::create(plan, kSliceRows, use).value();
  const std::size_t bytes = Workspace<T>::bytes_of(plan, kSliceRows, use);
  EXPECT_EQ(own.bytes(), bytes);
  auto memory = os::Mapping::anonymous(bytes).value();
  const auto over = Workspace<T>::over(memory.writable(), plan, kSliceRows, use);
  expect_layers(over, plan, 0, 6, use);
  const auto pieces = pieces_of(over, plan, kSliceRows);
  expect_apart(pieces, bytes);
  const auto expected = pieces_of(own, plan, kSliceRows);
  ASSERT_EQ(pieces.size(), expected.size());
  const auto base = reinterpret_cast<std::uintptr_t>(memory.bytes().data());
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    EXPECT_EQ(pieces[i].first - base, expected[i].first - expected[0].first);
    EXPECT_EQ(pieces[i].second, expected[i].second);
  }
}

TEST(WorkspaceOverMemory, is_laid_out_as_one_that_is_created) {
  for (const WorkspaceUse use : {WorkspaceUse::training, WorkspaceUse::evaluation}) {
    check_over<float>(use);
    check_over<double>(use);
  }
}

TEST(WorkspaceOverMemory, two_of_them_see_the_same_numbers) {
  const nn::ModelPlan plan = six_layers();
  auto memory =
      os::Mapping::anonymous(Workspace<float>::bytes_of(plan, kSliceRows, WorkspaceUse::training))
          .value();
  const auto one =
      Workspace<float>::over(memory.writable(), plan, kSliceRows, WorkspaceUse::training);
  const auto two =
      Workspace<float>::over(memory.writable(), plan, kSliceRows, WorkspaceUse::training);
  one.errors(5, kSliceRows).at(20, 3) = 7;
  EXPECT_EQ(two.errors(5, kSliceRows).at(20, 3), 7.0F);
}

TEST(WorkspaceOverMemoryDeathTest, refuses_memory_that_is_too_small) {
  const nn::ModelPlan plan = six_layers();
  auto memory = os::Mapping::anonymous(4096).value();
  EXPECT_DEATH(
      (void)Workspace<float>::over(memory.writable(), plan, kSliceRows, WorkspaceUse::training),
      "bytes <= memory.size");
}

}  // namespace
}  // namespace forknet::cell
