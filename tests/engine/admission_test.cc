#include "engine/admission.h"

#include <gtest/gtest.h>

#include <string>

#include "data/sampler.h"
#include "engine/pipes.h"
#include "settings/layout.h"
#include "small_runs.h"

namespace forknet::run {
namespace {

// Refused with an Error of kind config whose message has all of `words`.
void expect_refused(const Status& status, const std::vector<std::string>& words) {
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, ErrorKind::config);
  for (const std::string& word : words) {
    EXPECT_NE(status.error().message.find(word), std::string::npos)
        << word << " is not in: " << status.error().message;
  }
}

TEST(Admission, what_there_is_room_for_is_admitted) {
  EXPECT_TRUE(admit({4, 40, 1000}, {40, "RLIMIT_NPROC", 1000}).ok());
  EXPECT_TRUE(admit({0, 0, 0}, {0, "RLIMIT_NPROC", 0}).ok());
  EXPECT_TRUE(admit({4, 40, 1UL << 60}, {1000, "RLIMIT_NPROC", {}}).ok());
}

TEST(Admission, too_many_threads_are_refused_with_both_numbers) {
  expect_refused(admit({6, 41, 0}, {40, "pids.max of the control group", {}}),
                 {"6 processes", "41 threads", "pids.max of the control group", "only 40",
                  "nothing was started"});
}

TEST(Admission, too_much_memory_is_refused_with_both_numbers) {
  expect_refused(admit({0, 3, 90UL << 20}, {40, "nothing", 89UL << 20}),
                 {"3 threads", "90 MiB", "89 are available", "nothing was started"});
}

TEST(Admission, more_threads_than_a_process_has_mappings_for_are_refused_with_both_numbers) {
  const MachineRoom room = {1000, "nothing", {}, 40};
  EXPECT_TRUE(admit({2, 80, 0, 40}, room).ok());
  expect_refused(admit({2, 82, 0, 41}, room),
                 {"a process of this grid needs 41 threads", "vm.max_map_count allows 40",
                  "nothing was started"});
}

TEST(Admission, too_many_open_files_are_refused_with_both_numbers) {
  EXPECT_TRUE(admit_descriptors(100, 100).ok());
  EXPECT_TRUE(admit_descriptors(100, {}).ok());
  expect_refused(admit_descriptors(101, 100),
                 {"101 open files at least", "only 100 more", "ulimit -n", "nothing was started"});
}

TEST(Admission, pipes_take_files_and_shared_memory_takes_few) {
  GridConfig grid;
  cell::GridPlan plan;
  plan.shape.stages = 4;
  plan.shape.replicas = 4;
  const std::uint64_t shared = descriptors_of(grid, plan, true);
  EXPECT_GE(shared, descriptors_of(grid, plan, false) + plan.shape.cells());
  grid.channel = "pipe";
  EXPECT_GE(descriptors_of(grid, plan, true), shared + 2 * pipes_of(plan.shape).size());
}

// The demand of a grid of small_config().
GridDemand demand(const GridConfig& grid, bool processes, std::int64_t loaders = 1,
                  Precision precision = Precision::fp32) {
  Config config = small_config();
  config.grid = grid;
  config.data.loader_threads = loaders;
  config.numerics.precision = precision;
  const Prepared prepared = std::move(prepare(config)).value();
  const cell::GridPlan plan = layout_of(prepared).value();
  const data::Sampler sampler(1, 100, 32, true);
  return demand_of(
      {prepared.config, prepared.data.train, prepared.plan, sampler, plan, prepared.target, 8, 10},
      processes);
}

GridConfig grid_of(std::int64_t stages, std::int64_t replicas, std::int64_t threads) {
  GridConfig grid;
  grid.stages = stages;
  grid.replicas = replicas;
  grid.threads = threads;
  return grid;
}

// The additional memory for zero-bubble.
std::uint64_t early_bytes(std::int64_t stages, std::int64_t replicas) {
  GridConfig grid = grid_of(stages, replicas, 1);
  const std::uint64_t usual = demand(grid, true).bytes;
  grid.schedule = Schedule::zero_bubble;
  return demand(grid, true).bytes - usual;
}

TEST(Admission, weight_gradients_that_are_begun_early_are_counted_where_they_are) {
  const std::uint64_t numbers = prepare(small_config()).value().plan.numbers;
  EXPECT_EQ(early_bytes(2, 1), numbers * sizeof(float));
  EXPECT_EQ(early_bytes(1, 1), 0U);
  EXPECT_EQ(early_bytes(2, 2), 0U) << "each would wait for the rows of the other";
}

TEST(Demand, threads_of_one_process_are_its_workers_and_loaders) {
  EXPECT_EQ(demand(grid_of(2, 3, 2), false).threads, 12U + 1);
  EXPECT_EQ(demand(grid_of(2, 3, 2), false, 3).threads, 12U + 3);
  EXPECT_EQ(demand(grid_of(2, 3, 2), false).processes, 0U);
}

TEST(Demand, every_process_has_loaders_and_who_watches_its_supervisor) {
  EXPECT_EQ(demand(grid_of(2, 3, 2), true).processes, 6U);
  EXPECT_EQ(demand(grid_of(2, 3, 2), true, 2).threads, 12U + 2 + 6 * (2 + 1));
}

TEST(Demand, a_thread_a_neuron_is_one_for_every_unit_of_every_replica) {
  const std::uint64_t units = 20 + 9 + 3;
  const auto neurons = [](std::int64_t stages, std::int64_t replicas) {
    return grid_of(stages, replicas, GridConfig::kNeurons);
  };
  EXPECT_EQ(demand(neurons(1, 1), false).threads, units + 1);
  EXPECT_EQ(demand(neurons(2, 2), false).threads, 2 * units + 1);
  EXPECT_EQ(demand(neurons(2, 2), true).threads, 2 * units + 1 + 4 * (1 + 1 + 1));
}

TEST(Demand, the_largest_process_is_that_of_the_widest_stage) {
  EXPECT_EQ(demand(grid_of(1, 1, GridConfig::kNeurons), false).most, 20U + 9 + 3);
  GridConfig layers = grid_of(3, 2, GridConfig::kNeurons);
  EXPECT_EQ(demand(layers, true).most, 20U);
  EXPECT_EQ(demand(layers, false).most, 2 * (20U + 9 + 3));
  EXPECT_EQ(demand(grid_of(2, 3, 2), true).most, 2U);
  EXPECT_EQ(demand(grid_of(2, 3, 2), false).most, 12U);
}

TEST(Demand, scratch_of_neurons_is_counted) {
  const GridConfig neurons = grid_of(1, 1, GridConfig::kNeurons);
  const GridConfig threads = grid_of(1, 1, 20 + 9 + 3);  // as many
  const std::uint64_t single = demand(neurons, false).bytes;
  const std::uint64_t twice = demand(neurons, false, 1, Precision::fp64).bytes;
  const std::uint64_t stacks = demand(threads, false).bytes;
  EXPECT_EQ(demand(neurons, false).threads, demand(threads, false).threads);
  EXPECT_GT(single, stacks);
  EXPECT_EQ(twice - stacks, 2 * (single - stacks));
}

TEST(Room, of_this_machine_is_told) {
  const MachineRoom room = room_now();
  EXPECT_GT(room.tasks, 0U);
  EXPECT_FALSE(room.tasks_source.empty());
  EXPECT_TRUE(admit({1, 1, 1}, room).ok());
}

}  // namespace
}  // namespace forknet::run
