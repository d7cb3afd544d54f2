#include "cell/stage_context.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <string>
#include <thread>
#include <utility>

#include "cell/all_schedules.h"

namespace forknet::cell {
namespace {

std::unique_ptr<StageContext> context_of(const GridShape& shape, std::size_t microbatches = 1,
                                         Schedule schedule = Schedule::one_f_one_b) {
  GridPlan plan;
  plan.shape = shape;
  for (std::size_t stage = 0; stage < shape.stages; ++stage) {
    plan.slices.push_back({stage, stage + 1});
  }
  plan.microbatches = microbatches;
  plan.schedule = schedule;
  return StageContext::in_threads(std::move(plan)).value();
}

Worker first_of(const GridShape& shape, std::size_t stage, std::size_t replica) {
  return {(stage * shape.replicas + replica) * shape.threads, shape};
}

TEST(GridPlan, fills_the_cpus_where_one_stage_has_a_worker_for_each) {
  GridPlan plan;
  plan.cpus = 4;
  plan.shape = {2, 2, 1};
  EXPECT_TRUE(plan.fills_cpus());
  plan.shape = {3, 1, 1};
  EXPECT_FALSE(plan.fills_cpus());
  plan.shape = {2, 1, 2};
  EXPECT_FALSE(plan.fills_cpus());
}

TEST(StageContext, knows_what_each_stage_does_with_every_number_of_microbatches) {
  for (const Schedule schedule : kSchedules) {
    const auto context = context_of({2, 1, 3}, 5, schedule);
    for (std::size_t stage = 0; stage < 3; ++stage) {
      for (std::size_t count = 0; count <= 5; ++count) {
        EXPECT_EQ(context->actions(stage, count), plan_actions(schedule, stage, 3, count));
      }
    }
  }
}

TEST(StageContext, a_cell_is_joined_to_the_stages_beside_it_alone) {
  const GridShape shape = {2, 2, 3};
  const auto context = context_of(shape);
  for (std::size_t stage = 0; stage < shape.stages; ++stage) {
    for (std::size_t replica = 0; replica < shape.replicas; ++replica) {
      const Links& links = context->links(first_of(shape, stage, replica));
      EXPECT_EQ(links.from_below != nullptr, stage > 0);
      EXPECT_EQ(links.to_below != nullptr, stage > 0);
      EXPECT_EQ(links.to_above != nullptr, stage + 1 < shape.stages);
      EXPECT_EQ(links.from_above != nullptr, stage + 1 < shape.stages);
    }
  }
}

// Uses all links at once, each with distinct frames; returns what the receiving ends got.
TEST(StageContext, every_link_leads_to_the_same_replica_of_the_stage_beside_it) {
  const GridShape shape = {3, 1, 3};
  const auto context = context_of(shape);
  const auto frame = [&](std::size_t from_stage, std::size_t replica, wire::FrameKind kind) {
    return wire::Frame{kind, 0, static_cast<std::uint32_t>(10 * from_stage + replica), 1, 0};
  };
  context->team().run([&](const Worker& worker) {
    const Links& links = context->links(worker);
    const std::size_t stage = worker.stage();
    const std::size_t replica = worker.replica();
    const auto sends = [&](wire::Sender* to, wire::FrameKind kind) {
      if (to == nullptr) return;
      EXPECT_TRUE(to->send(frame(stage, replica, kind), {}).ok());
    };
    const auto receives = [&](wire::Receiver* from, std::size_t from_stage, wire::FrameKind kind) {
      if (from == nullptr) return;
      ASSERT_TRUE(from->expect(frame(from_stage, replica, kind), {}).ok());
      const Status came = from->wait();
      EXPECT_TRUE(came.ok()) << came.error().message;
    };
    sends(links.to_above.get(), wire::FrameKind::activation);
    sends(links.to_below.get(), wire::FrameKind::error);
    receives(links.from_below.get(), stage - 1, wire::FrameKind::activation);
    receives(links.from_above.get(), stage + 1, wire::FrameKind::error);
  });
}

TEST(StageContext, a_link_says_between_whom_it_is) {
  EXPECT_EQ(link_name(0, 1, 2), "stage 0 to stage 1, replica 2");
  const GridShape shape = {2, 1, 2};
  const auto context = context_of(shape);
  const auto& sender = context->links(first_of(shape, 1, 1)).to_below;
  const auto& receiver = context->links(first_of(shape, 0, 1)).from_above;
  ASSERT_TRUE(sender->send({wire::FrameKind::error, 0, 0, 4, 0}, {}).ok());
  ASSERT_TRUE(receiver->expect({wire::FrameKind::error, 0, 0, 5, 0}, {}).ok());
  const Status refused = receiver->wait();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().message,
            "channel stage 1 to stage 0, replica 1: got error 0 of step 4, generation 0, 0 bytes, "
            "expected error 0 of step 5, generation 0, 0 bytes");
}

TEST(StageContext, a_step_of_as_many_microbatches_as_can_be_never_fills_a_link) {
  const GridShape shape = {1, 1, 2};
  const auto context = context_of(shape);
  const auto& sender = context->links(first_of(shape, 0, 0)).to_above;
  for (std::uint32_t i = 0; i < wire::kMostExpected; ++i) {
    ASSERT_TRUE(sender->send({wire::FrameKind::activation, 0, i, 1, 0}, {}).ok());
  }
}

TEST(StageContext, one_that_is_abandoned_says_why_and_waits_for_nobody) {
  const GridShape shape = {1, 3, 1};
  const auto context = context_of(shape);
  EXPECT_TRUE(context->whole().ok());
  context->team().run([&](const Worker& worker) {
    if (worker.thread() == 0) {
      context->abandon({ErrorKind::cell, "channel a: the other end is gone"});
      context->abandon({ErrorKind::cell, "and what came of it"});
    } else {
      EXPECT_FALSE(context->barriers().wait_for_cell(worker));
    }
  });
  EXPECT_TRUE(context->abandoned());
  EXPECT_EQ(context->whole().error().message, "channel a: the other end is gone");
}

// Cells with shared memory, as in processes: one context per cell, here in one thread each.
class SharedContexts : public ::testing::Test {
 protected:
  SharedContexts() {
    plan_.shape = {2, 2, 1};  // two replicas of two threads
    plan_.slices = {{0, 1}};
  }
  void prepare(std::uint32_t generation) {
    StageContext::prepare_shared(plan_, memory_.writable(), generation);
  }
  void interrupt(std::uint32_t generation) {
    StageContext::interrupt_shared(plan_, memory_.writable(), generation);
  }
  std::unique_ptr<StageContext> cell(std::size_t cell, std::uint32_t generation) {
    return StageContext::of_cell(plan_, cell, memory_.writable(), generation, {}).value();
  }
  // Waits `times` times per worker at the barrier of the stage; returns how often that succeeded.
  static int meet(StageContext& context, int times) {
    std::atomic<int> met{0};
    context.team().run([&](const Worker& worker) {
      for (int i = 0; i < times; ++i) met += context.barriers().wait_for_stage(worker) ? 1 : 0;
    });
    return met.load();
  }
  void expect_cells_wait_for_each_other(std::uint32_t generation) {
    const auto one = cell(0, generation);
    const auto two = cell(1, generation);
    std::thread other([&] { EXPECT_EQ(meet(*two, 100), 200); });
    EXPECT_EQ(meet(*one, 100), 200);
    other.join();
  }

  GridPlan plan_;
  os::Mapping memory_ = os::Mapping::anonymous(StageContext::shared_bytes({2, 2, 2})).value();
};

TEST_F(SharedContexts, the_workers_of_a_stage_wait_for_each_other) {
  prepare(0);
  expect_cells_wait_for_each_other(0);
}

TEST_F(SharedContexts, members_that_wait_for_a_cell_that_never_comes_are_interrupted) {
  prepare(0);
  const auto context = cell(1, 0);
  std::thread supervisor([&] { interrupt(1); });
  EXPECT_EQ(meet(*context, 1), 0);
  supervisor.join();
  EXPECT_EQ(meet(*context, 3), 0);  // later waits fail as well
}

TEST_F(SharedContexts, the_next_generation_meets_again) {
  prepare(0);
  for (std::uint32_t generation = 1; generation <= 5; ++generation) {
    {
      const auto left = cell(generation % 2, generation - 1);
      std::thread supervisor([&] { interrupt(generation); });
      EXPECT_EQ(meet(*left, 1), 0);
      supervisor.join();
    }
    prepare(generation);
    expect_cells_wait_for_each_other(generation);
  }
}

TEST_F(SharedContexts, an_interrupted_link_ends_its_waits_and_the_next_generations_is_empty) {
  plan_.shape = {1, 1, 2};
  plan_.slices = {{0, 1}, {1, 2}};
  const Worker upper = {1, plan_.shape};
  const auto frame = [](std::uint32_t generation) {
    return wire::Frame{wire::FrameKind::activation, generation, 0, 1, 0};
  };
  prepare(0);
  {
    const auto below = cell(0, 0);
    const auto above = cell(1, 0);
    auto& from_below = above->links(upper).from_below;
    ASSERT_TRUE(from_below->expect(frame(0), {}).ok());
    std::thread supervisor([&] { interrupt(1); });
    const Status waited = from_below->wait();
    supervisor.join();
    ASSERT_FALSE(waited.ok());
    EXPECT_EQ(waited.error().message,
              "channel stage 0 to stage 1, replica 0: the generation has changed");
  }
  prepare(1);
  const auto below = cell(0, 1);
  const auto above = cell(1, 1);
  EXPECT_EQ(above->generation(), 1U);
  ASSERT_TRUE(below->links({0, plan_.shape}).to_above->send(frame(1), {}).ok());
  ASSERT_TRUE(above->links(upper).from_below->expect(frame(1), {}).ok());
  EXPECT_TRUE(above->links(upper).from_below->wait().ok());
}

TEST_F(SharedContexts, a_cell_that_is_abandoned_waits_for_none_of_its_own_threads) {
  prepare(0);
  const auto context = cell(0, 0);
  context->team().run([&](const Worker& worker) {
    if (worker.thread() == 0) {
      context->abandon({ErrorKind::cell, "the other replica is gone"});
    } else {
      EXPECT_FALSE(context->barriers().wait_for_cell(worker));
    }
  });
  EXPECT_EQ(context->whole().error().message, "the other replica is gone");
  // Only this cell is affected: the others can still use their barriers.
  const auto other = cell(1, 0);
  EXPECT_FALSE(other->abandoned());
  EXPECT_TRUE(other->whole().ok());
}

}  // namespace
}  // namespace forknet::cell
