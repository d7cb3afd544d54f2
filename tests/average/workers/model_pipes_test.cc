// Models sent to a worker and back: the Supervisor's memory, whatever the worker does.
#include "average/workers/model_pipes.h"

#include <gtest/gtest.h>

#include <thread>

#include "average/model_memory.h"
#include "average/workers/model_source.h"
#include "os/event.h"
#include "small_runs.h"
#include "wire/transports.h"

namespace forknet::run {
namespace {

nn::ModelPlan two_dense_layers() {
  ModelConfig model;
  model.layers = {dense(5, "relu"), dense(3)};
  return nn::plan_model(model, 4).value();
}

// A worker in a thread, controlled step by step.
class ModelPipesTest : public testing::Test {
 protected:
  using Wish = WorkerControlBlock::Wish;
  static constexpr std::size_t kModels = 2;
  const wire::Transport& transport_ = wire::transport_for("pipe");

  ModelPipesTest() {
    own_.center.turn_to(0);
    std::ranges::fill(own_.center.parameters(), 7.0F);
    std::ranges::fill(own_.center.moment(0), 3.0F);
    EXPECT_TRUE(pipes_.open().ok());
  }

  [[nodiscard]] WorkerControlBlock& words(std::size_t worker = 0) {
    return own_.models.worker(worker);
  }
  std::uint64_t order(std::size_t model, std::size_t worker = 0) {
    const std::uint64_t number = words(worker).number() + 1;
    words(worker).order.store(number << WorkerControlBlock::kModelBits | model);
    return number;
  }
  std::unique_ptr<ModelSource<float>> source(std::size_t worker = 0) {
    return piped_source<float>(transport_, plan_, own_.shape, worker,
                               pipes_.connect(worker).value(), words(worker), event_)
        .value();
  }
  // Runs work(source) in a thread while this thread serves.
  template <class Work>
  void serve_while(std::size_t worker, Work work) {
    std::atomic<bool> over = false;
    std::thread thread([&] {
      work();
      over = true;
      os::tell(event_);
    });
    os::Watch watch;
    watch.add(event_);
    while (!over || !words(worker).idle()) {
      watch.wait(kLookAgain);
      os::clear(event_);
      const bool last = over;
      serve();
      if (last && given_up_) break;
    }
    thread.join();
  }
  void serve() {
    Status served = pipes_.serve(kModels);
    if (!served.ok()) broken_ = served.error().message;
  }
  // The model takes `steps` steps, each of which adds one to every number.
  void train(ModelSource<float>& source, std::size_t model, std::uint64_t steps) {
    Commits& commits = source.models().commits(model);
    for (std::uint64_t i = 0; i < steps; ++i) {
      auto weights = source.models().weights(model);
      const std::uint64_t step = commits.committed();
      for (std::size_t n = 0; n < weights.parameters().size(); ++n) {
        weights.next_parameters()[n] = weights.parameters()[n] + 1;
        weights.next_moment(0)[n] = weights.moment(0)[n] + 1;
      }
      commits.commit_alone(step, {static_cast<double>(step) + 0.5, step, 4});
    }
  }
  void carry_out(ModelSource<float>& source, std::size_t model, std::uint64_t steps,
                 std::size_t worker = 0) {
    const std::uint64_t number = order(model, worker);
    serve_while(worker, [&] {
      EXPECT_TRUE(source.fetch(number, model).ok());
      train(source, model, steps);
      EXPECT_TRUE(source.give_back(number, model).ok());
    });
    EXPECT_EQ(broken_, "");
  }
  std::uint64_t bytes_to(std::size_t worker, wire::FrameKind kind) {
    return words(worker).in.bytes[static_cast<std::size_t>(kind)].load();
  }

  static constexpr std::int64_t kLookAgain = 5'000'000;
  const nn::ModelPlan plan_ = two_dense_layers();
  os::Fd event_ = os::make_event().value();
  ModelMemory<float> own_{shape_of_models(kModels, sizeof(float), plan_.numbers, 1)};
  ModelPipes<float> pipes_{transport_, plan_, own_.models, own_.center.memory(), {}};
  bool given_up_ = false;  // the order is never done
  std::string broken_;     // the last Error of serve()
};

// Regions have gaps between layers, which are not sent.
TEST_F(ModelPipesTest, a_model_comes_from_the_center_and_goes_back_with_its_steps) {
  auto worker = source();
  carry_out(*worker, 1, 3);
  EXPECT_EQ(own_.models.commits(1).committed(), 3U);
  const auto weights = own_.models.weights(1);
  for (const nn::LayerPlan& layer : plan_.layers) {
    EXPECT_EQ(weights.parameters()[layer.offset], 10.0F);
    EXPECT_EQ(weights.moment(0)[layer.offset], 6.0F);
  }
  for (std::uint64_t step = 0; step < 3; ++step) {
    EXPECT_EQ(own_.models.commits(1).figures(step).loss, static_cast<double>(step) + 0.5);
  }
  EXPECT_TRUE(own_.models.at_center(0)) << "the other one has stayed";
  EXPECT_TRUE(words().idle());
}

TEST_F(ModelPipesTest, a_worker_that_has_the_model_is_not_sent_it_again) {
  auto worker = source();
  carry_out(*worker, 0, 2);
  const std::uint64_t once = bytes_to(0, wire::FrameKind::weight);
  EXPECT_GT(once, 0U);
  carry_out(*worker, 0, 2);
  carry_out(*worker, 0, 0);
  EXPECT_EQ(bytes_to(0, wire::FrameKind::weight), once);
  EXPECT_EQ(own_.models.commits(0).committed(), 4U);
  auto other = source(1);
  carry_out(*other, 0, 1, 1);
  EXPECT_EQ(bytes_to(1, wire::FrameKind::weight), once);
  carry_out(*worker, 0, 1);
  EXPECT_EQ(bytes_to(0, wire::FrameKind::weight), 2 * once) << "another one has trained it since";
  EXPECT_EQ(own_.models.weights(0).parameters()[plan_.layers[0].offset], 13.0F);
}

TEST_F(ModelPipesTest, a_round_that_begins_again_is_sent_again) {
  auto worker = source();
  carry_out(*worker, 0, 2);
  own_.models.begin_again(0);
  carry_out(*worker, 0, 1);
  EXPECT_EQ(own_.models.commits(0).committed(), 1U);
  EXPECT_EQ(own_.models.weights(0).parameters()[plan_.layers[1].offset], 8.0F);
}

TEST_F(ModelPipesTest, a_worker_that_is_gone_leaves_the_model_as_it_was_and_its_order_to_the_next) {
  {
    auto worker = source();
    carry_out(*worker, 0, 2);
    const std::uint64_t number = order(0);
    given_up_ = true;
    serve_while(0, [&] {
      EXPECT_TRUE(worker->fetch(number, 0).ok());
      train(*worker, 0, 5);
      words().wishes(number, Wish::give_back);
      worker.reset();
    });
    serve();
  }
  EXPECT_NE(broken_, "") << "it finds the pipe broken";
  EXPECT_EQ(own_.models.commits(0).committed(), 2U);
  EXPECT_FALSE(words().idle());
  given_up_ = false;
  auto next = source();
  serve_while(0, [&] {
    EXPECT_TRUE(next->fetch(words().number(), 0).ok());
    EXPECT_EQ(next->models().commits(0).committed(), 2U);
    train(*next, 0, 1);
    EXPECT_TRUE(next->give_back(words().number(), 0).ok());
  });
  EXPECT_EQ(own_.models.weights(0).parameters()[plan_.layers[0].offset], 10.0F);
}

TEST_F(ModelPipesTest, a_model_that_has_not_gone_on_from_where_it_was_is_refused) {
  auto worker = source();
  const std::uint64_t number = order(0);
  given_up_ = true;
  serve_while(0, [&] {
    EXPECT_TRUE(worker->fetch(number, 0).ok());
    train(*worker, 0, 1);
    own_.models.commits(0).begin(1);  // changed from outside
    (void)worker->give_back(number, 0);
  });
  EXPECT_FALSE(words().idle());
  EXPECT_NE(broken_.find("a model that did not continue from its last step"), std::string::npos)
      << "threads that carry workers end the run with it: " << broken_;
  EXPECT_FALSE(worker->fetch(number, 0).ok()) << "it is heard no more";
}

TEST_F(ModelPipesTest, a_worker_that_waits_for_a_model_hears_that_there_will_be_none) {
  auto worker = source();
  const std::uint64_t number = order(0);
  std::thread thread([&] { EXPECT_FALSE(worker->fetch(number, 0).ok()); });
  while (!words().wishes_now(Wish::model)) std::this_thread::yield();
  pipes_.disconnect(0);
  thread.join();
}

}  // namespace
}  // namespace forknet::run
