#include "engine/pipes.h"

#include <fmt/format.h>

#include <utility>

#include "base/check.h"
#include "base/try.h"

namespace forknet::run {
namespace {

using Use = GridPipe::Use;

int number_of(const cell::GridShape& shape, std::size_t stage, std::size_t replica) {
  return static_cast<int>(stage * shape.replicas + replica);
}

std::string place_of(const cell::GridShape& shape, int cell) {
  if (cell == kSupervisor) return "the supervisor";
  const auto number = static_cast<std::size_t>(cell);
  return fmt::format("stage {}, replica {}", number / shape.replicas, number % shape.replicas);
}

wire::ChannelOptions options_of(const cell::GridShape& shape, const GridPipe& pipe,
                                const PipeGeneration& generation, wire::Traffic* traffic) {
  wire::ChannelOptions options;
  options.name = place_of(shape, pipe.from) + " to " + place_of(shape, pipe.to);
  options.generation = generation.number;
  options.generation_now = generation.now;
  options.traffic = traffic;
  return options;
}

// Takes the ends of one cell from its descriptors, in order.
class Taker {
 public:
  Taker(const wire::Transport& transport, const cell::GridShape& shape, std::size_t cell,
        const PipeGeneration& generation, const cell::CellTraffic& traffic)
      : transport_(transport),
        shape_(shape),
        cell_(static_cast<int>(cell)),
        generation_(generation),
        traffic_(traffic),
        neighbours_(transport.endpoint()) {
    size_lists(channels.replicas);
  }

  void receive(const GridPipe& pipe, os::Fd end) {
    place(pipe, endpoint_of(pipe)->receiver({.fd = std::move(end)},
                                            options_of(shape_, pipe, generation_, traffic_.in)));
  }
  // Call after all receivers are made: a sender drains them while its pipe is full.
  void send(const GridPipe& pipe, os::Fd end) {
    place(pipe, endpoint_of(pipe)->sender({.fd = std::move(end)},
                                          options_of(shape_, pipe, generation_, traffic_.out)));
  }

  CellChannels channels;

 private:
  void size_lists(cell::ReplicaLinks& links) const {
    const auto cell = static_cast<std::size_t>(cell_);
    links.replica = cell % shape_.replicas;
    links.replicas = shape_.replicas;
    const std::size_t others = links.replica == 0 ? shape_.replicas : 1;
    links.from.resize(others);
    links.to.resize(others);
  }
  // Only neighbours in the pipeline write to each other at the same time.
  [[nodiscard]] std::shared_ptr<wire::Endpoint> endpoint_of(const GridPipe& pipe) const {
    if (pipe.use == Use::up || pipe.use == Use::down) return neighbours_;
    return transport_.endpoint();
  }
  // The index of a replica in the lists of this cell.
  [[nodiscard]] std::size_t entry(int other) const {
    return channels.replicas.replica == 0 ? static_cast<std::size_t>(other) % shape_.replicas : 0;
  }
  void place(const GridPipe& pipe, std::unique_ptr<wire::Receiver> end) {
    switch (pipe.use) {
      case Use::up:
        channels.links.from_below = std::move(end);
        break;
      case Use::down:
        channels.links.from_above = std::move(end);
        break;
      case Use::start:
        channels.start = std::move(end);
        break;
      case Use::gradient:
      case Use::weights:
        channels.replicas.from[entry(pipe.from)] = std::move(end);
        break;
      case Use::back:
        FORKNET_CHECK(pipe.use != Use::back);
    }
  }
  void place(const GridPipe& pipe, std::unique_ptr<wire::Sender> end) {
    switch (pipe.use) {
      case Use::up:
        channels.links.to_above = std::move(end);
        break;
      case Use::down:
        channels.links.to_below = std::move(end);
        break;
      case Use::back:
        channels.back = std::move(end);
        break;
      case Use::gradient:
      case Use::weights:
        channels.replicas.to[entry(pipe.to)] = std::move(end);
        break;
      case Use::start:
        FORKNET_CHECK(pipe.use != Use::start);
    }
  }

  const wire::Transport& transport_;
  const cell::GridShape shape_;
  const int cell_;
  const PipeGeneration generation_;
  const cell::CellTraffic traffic_;
  const std::shared_ptr<wire::Endpoint> neighbours_;
};

}  // namespace

std::vector<GridPipe> pipes_of(const cell::GridShape& shape) {
  std::vector<GridPipe> pipes;
  for (std::size_t stage = 0; stage < shape.stages; ++stage) {
    const int owner = number_of(shape, stage, 0);
    pipes.push_back({Use::back, owner, kSupervisor});
    for (std::size_t replica = 0; replica < shape.replicas; ++replica) {
      const int cell = number_of(shape, stage, replica);
      pipes.push_back({Use::start, kSupervisor, cell});
      if (stage + 1 < shape.stages) {
        const int above = number_of(shape, stage + 1, replica);
        pipes.push_back({Use::up, cell, above});
        pipes.push_back({Use::down, above, cell});
      }
      if (replica == 0) continue;
      pipes.push_back({Use::gradient, cell, owner});
      pipes.push_back({Use::weights, owner, cell});
    }
  }
  return pipes;
}

Result<GridPipes> GridPipes::open(const wire::Transport& transport, const cell::GridShape& shape,
                                  std::size_t frame_bytes) {
  constexpr std::size_t kFrames = 2;
  GridPipes pipes;
  pipes.pipes_ = pipes_of(shape);
  for (std::size_t i = 0; i < pipes.pipes_.size(); ++i) {
    FORKNET_ASSIGN(auto line, transport.open({}, kFrames * frame_bytes + 1));
    pipes.lines_.push_back(std::move(line));
  }
  return pipes;
}

std::vector<const os::Fd*> GridPipes::ends_of(std::size_t cell) const {
  std::vector<const os::Fd*> ends;
  for (std::size_t i = 0; i < pipes_.size(); ++i) {
    if (pipes_[i].from == static_cast<int>(cell)) ends.push_back(&lines_[i].sender.fd);
    if (pipes_[i].to == static_cast<int>(cell)) ends.push_back(&lines_[i].receiver.fd);
  }
  return ends;
}

std::vector<os::Fd> GridPipes::take_of(int owner) {
  std::vector<os::Fd> ends;
  for (std::size_t i = 0; i < pipes_.size(); ++i) {
    if (pipes_[i].from == owner) ends.push_back(std::move(lines_[i].sender.fd));
    if (pipes_[i].to == owner) ends.push_back(std::move(lines_[i].receiver.fd));
  }
  return ends;
}

CellChannels channels_of(const wire::Transport& transport, const cell::GridShape& shape,
                         std::size_t cell, std::vector<os::Fd> ends,
                         const PipeGeneration& generation, const cell::CellTraffic& traffic) {
  Taker taker(transport, shape, cell, generation, traffic);
  const std::vector<GridPipe> pipes = pipes_of(shape);
  for (const bool receivers : {true, false}) {
    std::size_t end = 0;
    for (const GridPipe& pipe : pipes) {
      const bool to = pipe.to == static_cast<int>(cell);
      const bool from = pipe.from == static_cast<int>(cell);
      if (!to && !from) continue;
      FORKNET_CHECK(end < ends.size());
      if (to && receivers) taker.receive(pipe, std::move(ends[end]));
      if (from && !receivers) taker.send(pipe, std::move(ends[end]));
      ++end;
    }
  }
  return std::move(taker.channels);
}

SupervisorChannels supervisor_channels(const wire::Transport& transport,
                                       const cell::GridShape& shape, std::vector<os::Fd> ends,
                                       std::uint32_t generation,
                                       const std::function<void(std::size_t cell)>& look) {
  SupervisorChannels channels;
  channels.start.resize(shape.cells());
  channels.back.resize(shape.stages);
  std::size_t end = 0;
  for (const GridPipe& pipe : pipes_of(shape)) {
    auto options = options_of(shape, pipe, {generation, nullptr}, nullptr);
    const int other = pipe.from == kSupervisor ? pipe.to : pipe.from;
    if (look) options.look = [look, cell = static_cast<std::size_t>(other)] { look(cell); };
    if (pipe.use == Use::start) {
      channels.start[static_cast<std::size_t>(pipe.to)] =
          transport.endpoint()->sender({.fd = std::move(ends[end++])}, std::move(options));
    } else if (pipe.use == Use::back) {
      channels.back[static_cast<std::size_t>(pipe.from) / shape.replicas] =
          transport.endpoint()->receiver({.fd = std::move(ends[end++])}, std::move(options));
    }
  }
  return channels;
}

}  // namespace forknet::run
