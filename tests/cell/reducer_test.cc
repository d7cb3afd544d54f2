// Replicas with private memory, connected by pipes, against one network with all rows.
#include "cell/reducer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "cell/network_testing.h"
#include "math/float_state.h"
#include "os/pipe.h"
#include "patience.h"
#include "wire/payloads.h"
#include "wire/pipe/pipe.h"

namespace forknet::cell {
namespace {

wire::ChannelOptions options_of(const std::string& name) {
  wire::ChannelOptions options;
  options.name = name;
  options.deadline_ns = kTimeout;
  return options;
}

// First the owner's ends, one per other replica, then those of each replica.
std::vector<ReplicaLinks> links_of(std::size_t replicas) {
  std::vector<ReplicaLinks> links(replicas);
  for (std::size_t r = 0; r < replicas; ++r) {
    links[r].replica = r;
    links[r].replicas = replicas;
    links[r].from.resize(r == 0 ? replicas : 1);
    links[r].to.resize(r == 0 ? replicas : 1);
  }
  const auto join = [](std::unique_ptr<wire::Sender>& from, std::unique_ptr<wire::Receiver>& to,
                       const std::string& name) {
    auto pipe = os::make_pipe(4096).value();
    from = std::make_unique<wire::PipeSender>(std::move(pipe.write), options_of(name));
    to = std::make_unique<wire::PipeReceiver>(std::move(pipe.read), options_of(name));
  };
  for (std::size_t r = 1; r < replicas; ++r) {
    join(links[r].to[0], links[0].from[r], "gradients of " + std::to_string(r));
    join(links[0].to[r], links[r].from[0], "weights for " + std::to_string(r));
  }
  return links;
}

struct SharedBatches {
  static constexpr std::size_t kInputs = 6;
  std::size_t replicas, rows, leaf;
  std::vector<std::size_t> batches;  // rows of each step
  [[nodiscard]] std::size_t leaves(std::size_t batch) const { return (batch + leaf - 1) / leaf; }
  [[nodiscard]] math::Range rows_of(std::size_t replica, std::size_t batch) const {
    const auto range = wire::leaves_of(replica, replicas, leaves(batch));
    return {std::min(batch, range.begin * leaf), std::min(batch, range.end * leaf)};
  }
};

template <class T>
BatchView<T> part_of(BatchView<T> batch, math::Range rows) {
  for (auto* view : {&batch.inputs, &batch.targets}) {
    view->data += rows.begin * math::kLanes;
    view->rows = rows.size();
  }
  batch.labels += rows.begin;
  batch.samples += rows.begin;
  return batch;
}

template <class T>
std::vector<T> numbers_of(std::span<const T> region) {
  return {region.begin(), region.end()};
}

template <class T>
struct Outcome {
  std::vector<T> weights;
  std::vector<double> losses;  // of each step; the owner's and the whole network's
  std::vector<std::uint64_t> correct;
  void add(const BatchSums& sums) {
    losses.push_back(sums.loss);
    correct.push_back(sums.correct);
  }
};

// `fixture` has the batch and the initial weights; it is not changed.
template <class T>
Outcome<T> work_as_replica(const NetworkFixture<T>& fixture, const SharedBatches& now,
                           ReplicaLinks links) {
  const math::FloatStateScope float_state;
  const std::size_t replica = links.replica;
  const nn::LayerRange all = {0, fixture.plan_.layers.size()};
  auto weights =
      store::Weights<T>::create(fixture.plan_.numbers, fixture.weights_.moments()).value();
  std::ranges::copy(fixture.weights_.parameters(), weights.parameters().begin());
  const std::size_t rows = now.rows_of(replica, now.rows).size();
  auto workspace = Workspace<T>::of_slice(fixture.plan_, all, rows, now.rows).value();
  GridPlan plan;
  plan.slices = {all};
  const auto context = StageContext::of_private_cell(plan, 0, {}, 0).value();
  Network<T> network(fixture.plan_, workspace, math::best_target(), context.get());
  const auto reducer =
      Reducer<T>::create(fixture.plan_, all, std::move(links), now.leaves(now.rows), 0).value();
  Outcome<T> outcome;
  for (std::size_t step = 0; step < now.batches.size(); ++step) {
    const std::size_t batch = now.batches[step];
    const auto own = part_of(fixture.batch(batch), now.rows_of(replica, batch));
    const auto what = fixture.step(step, batch, now.leaf);
    network.pass(weights, own, what);
    const Status done = reducer->finish(network, workspace, weights, own, what, batch);
    EXPECT_TRUE(wire::is_ok(done));
    if (!done.ok()) break;
    if (replica == 0) outcome.add(network.sums(batch, now.leaf));
  }
  outcome.weights = numbers_of(std::as_const(weights).parameters());
  return outcome;
}

template <class T>
void check(const SharedBatches& now, const ModelConfig& model, const std::string& type) {
  OptimizerConfig optimizer;
  optimizer.type = type;
  optimizer.lr = 0.05;
  const auto fixture_of = [&] {
    return std::make_unique<NetworkFixture<T>>(model, SharedBatches::kInputs, now.rows,
                                               math::best_target(), optimizer);
  };
  const auto start = fixture_of();
  std::vector<Outcome<T>> outcomes(now.replicas);
  std::vector<ReplicaLinks> links = links_of(now.replicas);
  std::vector<std::thread> threads;
  for (std::size_t r = 0; r < now.replicas; ++r) {
    threads.emplace_back([&, r, own = std::move(links[r])]() mutable {
      outcomes[r] = work_as_replica(*start, now, std::move(own));
    });
  }
  for (std::thread& thread : threads) thread.join();

  const auto whole = fixture_of();
  Outcome<T> expected;
  for (std::size_t step = 0; step < now.batches.size(); ++step) {
    const std::size_t rows = now.batches[step];
    expected.add(whole->network_.train(whole->weights_, whole->batch(rows),
                                       whole->step(step, rows, now.leaf)));
  }
  expected.weights = numbers_of(std::as_const(whole->weights_).parameters());
  EXPECT_EQ(outcomes[0].losses, expected.losses);
  EXPECT_EQ(outcomes[0].correct, expected.correct);
  for (const Outcome<T>& outcome : outcomes) EXPECT_EQ(outcome.weights, expected.weights);
}

class ReducerTest : public ::testing::Test {
 private:
  const wire::WithoutSigpipe without_sigpipe_;
};

ModelConfig classes() {
  return model_of({dense(19, "relu"), dropout(0.3), dense(5, "tanh"), dense(4)},
                  "softmax_cross_entropy");
}

TEST_F(ReducerTest, replicas_end_on_the_weights_of_one_with_all_rows) {
  for (const std::string type : {"sgd", "momentum", "adam"}) {
    check<float>({2, 32, 4, {32, 32, 32}}, classes(), type);
  }
  check<double>({3, 48, 4, {48, 48, 48}}, classes(), "adam");
}

TEST_F(ReducerTest, leaves_need_not_be_divisible_by_the_replicas) {
  check<float>({2, 35, 5, {35, 35, 35}}, classes(), "adam");      // 7 leaves
  check<float>({3, 32, 4, {32, 32, 32}}, classes(), "adam");      // 8
  check<double>({3, 61, 6, {61, 61, 61}}, classes(), "adam");     // 11, one short
  check<float>({5, 90, 7, {90, 90, 90}}, classes(), "momentum");  // 13, one short
}

TEST_F(ReducerTest, a_short_batch_may_have_fewer_leaves_than_replicas) {
  check<float>({3, 40, 4, {40, 7, 40, 1, 40}}, classes(), "adam");
  check<double>({4, 33, 8, {33, 9, 33, 25, 33}}, classes(), "momentum");
}

TEST_F(ReducerTest, regression_is_summed_likewise) {
  const ModelConfig model = model_of({dense(7, "sigmoid"), dense(2, "tanh")}, "mse");
  check<float>({3, 40, 4, {40, 12, 40}}, model, "adam");
}

}  // namespace
}  // namespace forknet::cell
