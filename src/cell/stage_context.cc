#include "cell/stage_context.h"

#include <utility>

#include "base/try.h"
#include "os/barrier.h"

namespace forknet::cell {
namespace {

std::uint32_t spins_of(const GridPlan& plan) {
  return os::spins_for(plan.shape.workers(), plan.cpus);
}

constexpr std::size_t kAlignment = 64;
constexpr std::size_t aligned(std::size_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

std::span<std::byte> rings_in(const GridShape& shape, std::span<std::byte> memory) {
  return memory.subspan(aligned(Barriers::stage_bytes(shape)), SharedLinks::bytes(shape));
}

}  // namespace

StageContext::StageContext(GridPlan plan)
    : plan_(std::move(plan)), waits_(plan_.shape.workers()), links_(plan_.shape.cells()) {
  for (std::size_t stage = 0; stage < plan_.shape.stages; ++stage) {
    for (std::size_t count = 0; count <= plan_.microbatches; ++count) {
      actions_.push_back(plan_actions(plan_.schedule, stage, plan_.shape.stages, count));
    }
  }
}

std::size_t StageContext::shared_bytes(const GridShape& shape) {
  return aligned(Barriers::stage_bytes(shape)) + SharedLinks::bytes(shape);
}

void StageContext::prepare_shared(const GridPlan& plan, std::span<std::byte> memory,
                                  std::uint32_t generation) {
  const Barriers laid_out(plan.shape, spins_of(plan), memory, true);
  SharedLinks::reset(plan.shape, rings_in(plan.shape, memory), generation);
}

void StageContext::interrupt_shared(const GridPlan& plan, std::span<std::byte> memory,
                                    std::uint32_t generation) {
  Barriers barriers(plan.shape, spins_of(plan), memory, false);
  barriers.abort_stages();
  SharedLinks::interrupt(plan.shape, rings_in(plan.shape, memory), generation);
}

void StageContext::link(std::size_t cell, std::span<std::byte> rings, const CellTraffic& traffic) {
  links_[cell] = SharedLinks(plan_.shape, rings, generation_, spins_of(plan_))
                     .ends_of(cell, traffic.in, traffic.out);
}

Status StageContext::start(std::size_t first_cell, std::size_t cells) {
  const std::size_t threads = plan_.shape.threads;
  FORKNET_ASSIGN(team_, ThreadTeam::create(plan_.shape, first_cell * threads, cells * threads,
                                           spins_of(plan_), plan_.pins));
  return {};
}

Result<std::unique_ptr<StageContext>> StageContext::in_threads(GridPlan plan) {
  std::unique_ptr<StageContext> context(new StageContext(std::move(plan)));
  const GridShape& shape = context->shape();
  context->barriers_ = std::make_unique<Barriers>(shape, spins_of(context->plan_));
  FORKNET_ASSIGN(context->own_, os::Mapping::anonymous(SharedLinks::bytes(shape)));
  context->own_traffic_ = std::vector<wire::Traffic>(2 * shape.cells());
  for (std::size_t cell = 0; cell < shape.cells(); ++cell) {
    context->link(cell, context->own_.writable(),
                  {&context->own_traffic_[2 * cell], &context->own_traffic_[2 * cell + 1]});
  }
  FORKNET_TRY(context->start(0, shape.cells()));
  return context;
}

Result<std::unique_ptr<StageContext>> StageContext::of_cell(GridPlan plan, std::size_t cell,
                                                            std::span<std::byte> memory,
                                                            std::uint32_t generation,
                                                            const CellTraffic& traffic) {
  std::unique_ptr<StageContext> context(new StageContext(std::move(plan)));
  const GridShape& shape = context->shape();
  context->generation_ = generation;
  context->reach_ = Reach::memory;
  context->own_cell_ = cell;
  context->barriers_ = std::make_unique<Barriers>(shape, spins_of(context->plan_), memory, false);
  context->link(cell, rings_in(shape, memory), traffic);
  FORKNET_TRY(context->start(cell, 1));
  return context;
}

Result<std::unique_ptr<StageContext>> StageContext::of_private_cell(GridPlan plan,
                                                                    std::size_t stage, Links links,
                                                                    std::uint32_t generation) {
  std::unique_ptr<StageContext> context(new StageContext(std::move(plan)));
  context->generation_ = generation;
  context->reach_ = Reach::links;
  context->own_cell_ = stage;
  context->barriers_ = std::make_unique<Barriers>(context->shape(), spins_of(context->plan_));
  context->links_[stage] = std::move(links);
  FORKNET_TRY(context->start(stage, 1));
  return context;
}

std::uint64_t StageContext::wait_ns(std::size_t cell) const {
  const std::size_t threads = plan_.shape.threads;
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < threads; ++i) {
    sum += waits_[cell * threads + i].ns.load(std::memory_order_relaxed);
  }
  return sum / threads;
}

void StageContext::abandon(const Error& why) {
  if (abandoning_.exchange(true, std::memory_order_relaxed)) return;
  why_ = why;
  abandoned_.store(true, std::memory_order_release);
  barriers_->abort_own();
}

Status StageContext::whole() const { return abandoned() ? why_ : Status(); }

}  // namespace forknet::cell
