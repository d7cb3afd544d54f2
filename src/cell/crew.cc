#include "cell/crew.h"

#include <utility>

#include "base/try.h"
#include "os/barrier.h"

namespace forknet::cell {
namespace {

std::uint32_t spins_of(const GridPlan& plan) {
  return os::spins_for(plan.shape.members(), plan.cpus);
}

constexpr std::size_t kAlignment = 64;
constexpr std::size_t aligned(std::size_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

std::span<std::byte> rings_in(const GridShape& shape, std::span<std::byte> memory) {
  return memory.subspan(aligned(Meetings::stage_bytes(shape)), RingLinks::bytes(shape));
}

}  // namespace

Crew::Crew(GridPlan plan)
    : plan_(std::move(plan)), waits_(plan_.shape.members()), links_(plan_.shape.cells()) {
  for (std::size_t stage = 0; stage < plan_.shape.stages; ++stage) {
    for (std::size_t count = 0; count <= plan_.microbatches; ++count) {
      actions_.push_back(plan_actions(plan_.schedule, stage, plan_.shape.stages, count));
    }
  }
}

std::size_t Crew::shared_bytes(const GridShape& shape) {
  return aligned(Meetings::stage_bytes(shape)) + RingLinks::bytes(shape);
}

void Crew::prepare_shared(const GridPlan& plan, std::span<std::byte> memory,
                          std::uint32_t generation) {
  const Meetings laid_out(plan.shape, spins_of(plan), memory, true);
  RingLinks::reset(plan.shape, rings_in(plan.shape, memory), generation);
}

void Crew::interrupt_shared(const GridPlan& plan, std::span<std::byte> memory,
                            std::uint32_t generation) {
  Meetings meetings(plan.shape, spins_of(plan), memory, false);
  meetings.break_up_stages();
  RingLinks::interrupt(plan.shape, rings_in(plan.shape, memory), generation);
}

void Crew::link(std::size_t cell, std::span<std::byte> rings, const CellTraffic& traffic) {
  links_[cell] = RingLinks(plan_.shape, rings, generation_, spins_of(plan_))
                     .ends_of(cell, traffic.in, traffic.out);
}

Status Crew::start(std::size_t first_cell, std::size_t cells) {
  const std::size_t threads = plan_.shape.threads;
  FORKNET_ASSIGN(team_, Team::create(plan_.shape, first_cell * threads, cells * threads,
                                     spins_of(plan_), plan_.pins));
  return {};
}

Result<std::unique_ptr<Crew>> Crew::in_threads(GridPlan plan) {
  std::unique_ptr<Crew> crew(new Crew(std::move(plan)));
  const GridShape& shape = crew->shape();
  crew->meetings_ = std::make_unique<Meetings>(shape, spins_of(crew->plan_));
  FORKNET_ASSIGN(crew->own_, os::Mapping::anonymous(RingLinks::bytes(shape)));
  crew->own_traffic_ = std::vector<wire::Traffic>(2 * shape.cells());
  for (std::size_t cell = 0; cell < shape.cells(); ++cell) {
    crew->link(cell, crew->own_.writable(),
               {&crew->own_traffic_[2 * cell], &crew->own_traffic_[2 * cell + 1]});
  }
  FORKNET_TRY(crew->start(0, shape.cells()));
  return crew;
}

Result<std::unique_ptr<Crew>> Crew::of_cell(GridPlan plan, std::size_t cell,
                                            std::span<std::byte> memory, std::uint32_t generation,
                                            const CellTraffic& traffic) {
  std::unique_ptr<Crew> crew(new Crew(std::move(plan)));
  const GridShape& shape = crew->shape();
  crew->generation_ = generation;
  crew->meetings_ = std::make_unique<Meetings>(shape, spins_of(crew->plan_), memory, false);
  crew->link(cell, rings_in(shape, memory), traffic);
  FORKNET_TRY(crew->start(cell, 1));
  return crew;
}

Result<std::unique_ptr<Crew>> Crew::of_private_cell(GridPlan plan, std::size_t stage, Links links,
                                                    std::uint32_t generation) {
  std::unique_ptr<Crew> crew(new Crew(std::move(plan)));
  crew->generation_ = generation;
  crew->meetings_ = std::make_unique<Meetings>(crew->shape(), spins_of(crew->plan_));
  crew->links_[stage] = std::move(links);
  FORKNET_TRY(crew->start(stage, 1));
  return crew;
}

std::uint64_t Crew::wait_ns(std::size_t cell) const {
  const std::size_t threads = plan_.shape.threads;
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < threads; ++i) {
    sum += waits_[cell * threads + i].ns.load(std::memory_order_relaxed);
  }
  return sum / threads;
}

void Crew::abandon(const Error& why) {
  if (abandoning_.exchange(true, std::memory_order_relaxed)) return;
  why_ = why;
  abandoned_.store(true, std::memory_order_release);
  meetings_->break_up_own();
}

Status Crew::whole() const { return abandoned() ? why_ : Status(); }

}  // namespace forknet::cell
