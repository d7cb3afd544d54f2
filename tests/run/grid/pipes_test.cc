#include "run/grid/pipes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "os/pipe.h"

namespace forknet::run {
namespace {

using cell::GridShape;
using Use = GridPipe::Use;
using Key = std::tuple<Use, int, int>;

const std::vector<GridShape> kShapes = {{1, 1, 1}, {1, 1, 4}, {3, 1, 1}, {2, 1, 2},
                                        {3, 2, 4}, {5, 1, 3}, {4, 1, 2}};

int number(const GridShape& shape, std::size_t stage, std::size_t replica) {
  return static_cast<int>(stage * shape.replicas + replica);
}

// By the description of each use.
std::set<Key> expected_pipes(const GridShape& shape) {
  std::set<Key> keys;
  for (std::size_t s = 0; s < shape.stages; ++s) {
    const int keeper = number(shape, s, 0);
    keys.emplace(Use::back, keeper, kSupervisor);
    for (std::size_t r = 0; r < shape.replicas; ++r) {
      const int cell = number(shape, s, r);
      keys.emplace(Use::start, kSupervisor, cell);
      if (r > 0) keys.emplace(Use::gradient, cell, keeper);
      if (r > 0) keys.emplace(Use::weights, keeper, cell);
      if (s > 0) keys.emplace(Use::up, number(shape, s - 1, r), cell);
      if (s > 0) keys.emplace(Use::down, cell, number(shape, s - 1, r));
    }
  }
  return keys;
}

TEST(PipesOf, every_pair_of_neighbours_has_pipes_of_its_own) {
  for (const GridShape& shape : kShapes) {
    const auto pipes = pipes_of(shape);
    std::set<Key> keys;
    for (const GridPipe& pipe : pipes) keys.emplace(pipe.use, pipe.from, pipe.to);
    EXPECT_EQ(keys.size(), pipes.size());
    EXPECT_EQ(keys, expected_pipes(shape));
  }
}

// A whole grid with its pipes open, both ends of each given to whom it belongs.
class OpenGrid {
 public:
  explicit OpenGrid(const GridShape& shape) : shape_(shape) {
    const auto pipes = pipes_of(shape);
    std::vector<std::vector<os::Fd>> ends(shape.cells() + 1);  // the Supervisor's last
    const auto of = [&](int cell) -> std::vector<os::Fd>& {
      return cell == kSupervisor ? ends.back() : ends[static_cast<std::size_t>(cell)];
    };
    for (const GridPipe& pipe : pipes) {
      auto open = os::make_pipe(4096).value();
      of(pipe.from).push_back(std::move(open.write));
      of(pipe.to).push_back(std::move(open.read));
    }
    supervisor = supervisor_channels(shape, std::move(ends.back()), 0);
    for (std::size_t cell = 0; cell < shape.cells(); ++cell) {
      cells.push_back(channels_of(shape, cell, std::move(ends[cell]), {}, {&traffic, &traffic}));
    }
  }
  CellChannels& cell(std::size_t stage, std::size_t replica) {
    return cells[stage * shape_.replicas + replica];
  }
  // A frame of its own goes in here and comes out there.
  void expect_joined(wire::Sender* from, wire::Receiver* to, const std::string& name) {
    SCOPED_TRACE(name);
    ASSERT_NE(from, nullptr);
    ASSERT_NE(to, nullptr);
    const wire::Frame frame = {wire::FrameKind::control, 0, next_++, 3, 0};
    ASSERT_TRUE(from->send(frame, {}).ok());
    ASSERT_TRUE(to->expect(frame, {}).ok());
    const Status status = to->wait();
    EXPECT_TRUE(status.ok()) << status.error().message;
  }

  wire::Traffic traffic;
  SupervisorChannels supervisor;
  std::vector<CellChannels> cells;

 private:
  const GridShape shape_;
  std::uint32_t next_ = 1;
};

TEST(PipesOf, channels_lead_where_their_pipes_do) {
  for (const GridShape& shape : kShapes) {
    OpenGrid grid(shape);
    for (std::size_t s = 0; s < shape.stages; ++s) {
      CellChannels& keeper = grid.cell(s, 0);
      grid.expect_joined(keeper.back.get(), grid.supervisor.back[s].get(), "back");
      for (std::size_t r = 0; r < shape.replicas; ++r) {
        CellChannels& own = grid.cell(s, r);
        grid.expect_joined(grid.supervisor.start[s * shape.replicas + r].get(), own.start.get(),
                           "start");
        if (s > 0) {
          CellChannels& below = grid.cell(s - 1, r);
          grid.expect_joined(below.links.to_above.get(), own.links.from_below.get(), "up");
          grid.expect_joined(own.links.to_below.get(), below.links.from_above.get(), "down");
        }
        if (r == 0) continue;
        grid.expect_joined(own.replicas.to[0].get(), keeper.replicas.from[r].get(), "gradient");
        grid.expect_joined(keeper.replicas.to[r].get(), own.replicas.from[0].get(), "weights");
      }
    }
  }
}

TEST(PipesOf, a_cell_has_no_channel_but_those) {
  for (const GridShape& shape : kShapes) {
    OpenGrid grid(shape);
    for (std::size_t s = 0; s < shape.stages; ++s) {
      for (std::size_t r = 0; r < shape.replicas; ++r) {
        const CellChannels& own = grid.cell(s, r);
        EXPECT_EQ(own.links.from_below != nullptr, s > 0);
        EXPECT_EQ(own.links.to_below != nullptr, s > 0);
        EXPECT_EQ(own.links.from_above != nullptr, s + 1 < shape.stages);
        EXPECT_EQ(own.links.to_above != nullptr, s + 1 < shape.stages);
        EXPECT_EQ(own.back != nullptr, r == 0);
        EXPECT_EQ(own.replicas.replica, r);
        EXPECT_EQ(own.replicas.replicas, shape.replicas);
        EXPECT_EQ(own.replicas.from.size(), r == 0 ? shape.replicas : 1U);
        if (r == 0) {
          EXPECT_EQ(own.replicas.from[0], nullptr);
          EXPECT_EQ(own.replicas.to[0], nullptr);
        }
      }
    }
  }
}

TEST(PipesOf, frames_of_cells_are_counted_and_errors_name_the_ends) {
  OpenGrid grid({2, 1, 2});
  grid.expect_joined(grid.cell(0, 1).links.to_above.get(), grid.cell(1, 1).links.from_below.get(),
                     "up");
  EXPECT_EQ(grid.traffic.frames[static_cast<std::size_t>(wire::FrameKind::control)].load(), 2U);
  grid.cell(0, 1).links.to_above.reset();
  wire::Receiver& from = *grid.cell(1, 1).links.from_below;
  ASSERT_TRUE(from.expect({wire::FrameKind::control, 0, 9, 3, 0}, {}).ok());
  const Status gone = from.wait();
  ASSERT_FALSE(gone.ok());
  EXPECT_EQ(gone.error().message,
            "channel stage 0, replica 1 to stage 1, replica 1: the other end is gone");
}

}  // namespace
}  // namespace forknet::run
