#include "engine/pipes.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "os/child_process.h"
#include "wire/transports.h"

namespace forknet::run {
namespace {

using cell::GridShape;
using Use = GridPipe::Use;
using Key = std::tuple<Use, int, int>;

const std::vector<GridShape> kShapes = {{1, 1, 1}, {1, 1, 4}, {3, 1, 1}, {2, 1, 2},
                                        {3, 2, 4}, {5, 1, 3}, {4, 1, 2}};

const wire::Transport& kTransport = wire::transport_for("pipe");

int number(const GridShape& shape, std::size_t stage, std::size_t replica) {
  return static_cast<int>(stage * shape.replicas + replica);
}

// Derived from the description of each use.
std::set<Key> expected_pipes(const GridShape& shape) {
  std::set<Key> keys;
  for (std::size_t s = 0; s < shape.stages; ++s) {
    const int owner = number(shape, s, 0);
    keys.emplace(Use::back, owner, kSupervisor);
    for (std::size_t r = 0; r < shape.replicas; ++r) {
      const int cell = number(shape, s, r);
      keys.emplace(Use::start, kSupervisor, cell);
      if (r > 0) keys.emplace(Use::gradient, cell, owner);
      if (r > 0) keys.emplace(Use::weights, owner, cell);
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

// A grid with open pipes; both ends of each are given to their owners.
class OpenGrid {
 public:
  explicit OpenGrid(const GridShape& shape) : shape_(shape) {
    const auto pipes = pipes_of(shape);
    std::vector<std::vector<os::Fd>> ends(shape.cells() + 1);  // the Supervisor's last
    const auto of = [&](int cell) -> std::vector<os::Fd>& {
      return cell == kSupervisor ? ends.back() : ends[static_cast<std::size_t>(cell)];
    };
    for (const GridPipe& pipe : pipes) {
      auto open = kTransport.open({}, 4096).value();
      of(pipe.from).push_back(std::move(open.sender.fd));
      of(pipe.to).push_back(std::move(open.receiver.fd));
    }
    supervisor = supervisor_channels(kTransport, shape, std::move(ends.back()), 0);
    for (std::size_t cell = 0; cell < shape.cells(); ++cell) {
      cells.push_back(
          channels_of(kTransport, shape, cell, std::move(ends[cell]), {}, {&traffic, &traffic}));
    }
  }
  CellChannels& cell(std::size_t stage, std::size_t replica) {
    return cells[stage * shape_.replicas + replica];
  }
  // A distinct frame sent through `from` arrives at `to`.
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
      CellChannels& owner = grid.cell(s, 0);
      grid.expect_joined(owner.back.get(), grid.supervisor.back[s].get(), "back");
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
        grid.expect_joined(own.replicas.to[0].get(), owner.replicas.from[r].get(), "gradient");
        grid.expect_joined(owner.replicas.to[r].get(), own.replicas.from[0].get(), "weights");
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

// The owners of all ends of a pipe in the order of pipes_of(): (pipe, writes) of each owner.
std::vector<std::pair<std::size_t, bool>> ends_that_belong_to(const std::vector<GridPipe>& pipes,
                                                              int owner) {
  std::vector<std::pair<std::size_t, bool>> ends;
  for (std::size_t i = 0; i < pipes.size(); ++i) {
    if (pipes[i].from == owner) ends.emplace_back(i, true);
    if (pipes[i].to == owner) ends.emplace_back(i, false);
  }
  return ends;
}

struct PipeNames {
  std::set<ino_t> seen;
  std::vector<ino_t> of;  // by pipe; 0: not known yet
};

// The ends belong to the owner: open, in the right direction, and both of the same pipe.
void expect_ends(const std::vector<const os::Fd*>& ends, const std::vector<GridPipe>& pipes,
                 int owner, PipeNames& names) {
  const auto expected = ends_that_belong_to(pipes, owner);
  ASSERT_EQ(ends.size(), expected.size());
  names.of.resize(pipes.size());
  for (std::size_t i = 0; i < ends.size(); ++i) {
    const auto [pipe, writes] = expected[i];
    struct stat status = {};
    ASSERT_EQ(::fstat(ends[i]->get(), &status), 0);
    EXPECT_EQ(::fcntl(ends[i]->get(), F_GETFL) & O_ACCMODE, writes ? O_WRONLY : O_RDONLY);
    if (names.of[pipe] == 0) {
      EXPECT_TRUE(names.seen.insert(status.st_ino).second);  // no two pipes are one
      names.of[pipe] = status.st_ino;
    }
    EXPECT_EQ(names.of[pipe], status.st_ino);
  }
}

std::vector<const os::Fd*> pointers_to(const std::vector<os::Fd>& fds) {
  std::vector<const os::Fd*> pointers;
  for (const os::Fd& fd : fds) pointers.push_back(&fd);
  return pointers;
}

TEST(GridPipes, give_each_owner_his_ends_in_the_order_of_all_pipes) {
  for (const GridShape& shape : kShapes) {
    const std::size_t before = os::open_descriptors();
    const auto pipes = pipes_of(shape);
    auto open = GridPipes::open(kTransport, shape, 100).value();
    EXPECT_EQ(os::open_descriptors(), before + 2 * pipes.size());
    PipeNames names;
    std::vector<std::vector<os::Fd>> taken;
    for (std::size_t cell = 0; cell < shape.cells(); ++cell) {
      const int owner = static_cast<int>(cell);
      expect_ends(open.ends_of(cell), pipes, owner, names);
      taken.push_back(open.take(cell));
      expect_ends(pointers_to(taken.back()), pipes, owner, names);
    }
    taken.push_back(open.take_own());
    expect_ends(pointers_to(taken.back()), pipes, kSupervisor, names);
    EXPECT_EQ(names.seen.size(), pipes.size());
    EXPECT_EQ(os::open_descriptors(), before + 2 * pipes.size());
  }
}

TEST(GridPipes, what_was_taken_is_not_there_any_more) {
  const GridShape shape = {3, 1, 2};
  auto open = GridPipes::open(kTransport, shape, 100).value();
  const std::size_t count = open.ends_of(4).size();
  EXPECT_EQ(open.take(4).size(), count);
  for (const os::Fd* end : open.ends_of(4)) EXPECT_FALSE(end->open());
  for (const os::Fd& end : open.take(4)) EXPECT_FALSE(end.open());
  for (const std::size_t cell : {0U, 1U, 2U, 3U, 5U}) {
    for (const os::Fd* end : open.ends_of(cell)) EXPECT_TRUE(end->open());
  }
}

TEST(GridPipes, ends_that_nobody_took_are_closed) {
  const std::size_t before = os::open_descriptors();
  {
    auto open = GridPipes::open(kTransport, {2, 1, 2}, 100).value();
    const auto own = open.take_own();
    EXPECT_GT(os::open_descriptors(), before);
  }
  EXPECT_EQ(os::open_descriptors(), before);
}

TEST(GridPipes, hold_two_frames_of_what_they_were_opened_for) {
  constexpr std::size_t kBytes = 20'000;
  auto open = GridPipes::open(kTransport, {1, 1, 2}, kBytes).value();
  const auto above = open.take(1);
  auto channels = channels_of(kTransport, {1, 1, 2}, 0, open.take(0), {}, {});
  const std::vector<std::byte> payload(kBytes - wire::kHeadBytes);
  for (std::uint32_t i = 0; i < 2; ++i) {  // without a reader
    const wire::Frame frame = {wire::FrameKind::activation, 0, i, 1, payload.size()};
    EXPECT_TRUE(channels.links.to_above->send(frame, {payload.data(), 1, payload.size(), 0}).ok());
  }
}

}  // namespace
}  // namespace forknet::run
