#include "cell/network.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "cell/all_schedules.h"
#include "cell/network_testing.h"
#include "nn/optimizers/list.h"
#include "random_cases.h"

namespace forknet::cell {
namespace {

struct Case {
  const char* name;
  ModelConfig model;
};

std::vector<Case> every_layer_and_loss() {
  std::vector<Case> cases;
  for (const char* const activation : {"linear", "relu", "sigmoid", "tanh"}) {
    cases.push_back({"hidden", model_of({dense(9, activation), dense(5, activation), dense(4)},
                                        "softmax_cross_entropy")});
    cases.push_back({"output", model_of({dense(6, "tanh"), dense(3, activation)}, "mse")});
  }
  cases.push_back({"dropout", model_of({dense(20, "relu"), dropout(0.3), dense(18, "tanh"),
                                        dropout(0.5), dense(4)},
                                       "softmax_cross_entropy")});
  cases.push_back(
      {"dropout of inputs", model_of({dropout(0.2), dense(12, "tanh"), dense(3)}, "mse")});
  cases.push_back(
      {"dropout twice", model_of({dense(20, "tanh"), dropout(0.2), dropout(0.3), dense(4)},
                                 "softmax_cross_entropy")});
  cases.push_back({"layer_norm", model_of({layer_norm(), dense(20, "tanh"), layer_norm(0.01),
                                           dropout(0.3), dense(4)},
                                          "softmax_cross_entropy")});
  cases.push_back(
      {"residual",
       model_of({dense(20, "relu"), residual({dense(18, "tanh"), dropout(0.2), dense(20, "gelu")}),
                 dropout(0.3), dense(4)},
                "softmax_cross_entropy")});
  cases.push_back({"residual, first, of no parameters of its own",
                   model_of({residual({dropout(0.2)}), dense(9, "tanh"), dense(3)}, "mse")});
  cases.push_back(
      {"residual in residual", model_of({dense(17, "tanh"), dropout(0.2),
                                         residual({dropout(0.1), residual({dense(17, "tanh")}),
                                                   layer_norm(), dropout(0.3)}),
                                         residual({dense(17)}), dense(4)},
                                        "softmax_cross_entropy")});
  cases.push_back({"embedding", model_of({embedding(5, {3, 20}, {4, 1}), dropout(0.2),
                                          dense(9, "tanh"), dense(4)},
                                         "softmax_cross_entropy")});
  cases.push_back({"embedding, one table",
                   model_of({embedding(18, {4}), residual({layer_norm()}), dense(3)}, "mse")});
  return cases;
}

// Plain gradient descent with rate 1: the weights' change is the gradient.
OptimizerConfig unit_descent() {
  OptimizerConfig optimizer;
  optimizer.type = "sgd";
  optimizer.lr = 1.0;
  return optimizer;
}

// The mean loss with one weight shifted; restores the weight afterwards.
double loss_at(NetworkFixture<double>& fixture, std::vector<double>& weights, std::size_t index,
               double shift, std::size_t rows) {
  std::copy(weights.begin(), weights.end(), fixture.weights_.parameters().begin());
  fixture.weights_.parameters()[index] += shift;
  const auto sums =
      fixture.network_.train(fixture.weights_, fixture.batch(), fixture.step(0, rows, 4));
  return sums.loss / static_cast<double>(rows);
}

void expect_gradients_of_losses(bool weighted) {
  constexpr std::size_t kRows = 10;
  constexpr double kShift = 1e-6;
  for (const Case& one : every_layer_and_loss()) {
    SCOPED_TRACE(one.name);
    NetworkFixture<double> fixture(one.model, 7, kRows, math::best_target(), unit_descent());
    if (weighted) fixture.use_sample_weights();
    const auto parameters = fixture.weights_.parameters();
    std::vector<double> before(parameters.begin(), parameters.end());
    (void)fixture.network_.train(fixture.weights_, fixture.batch(), fixture.step(0, kRows, 4));
    const std::vector<double> after(parameters.begin(), parameters.end());
    for (std::size_t i = 0; i < before.size(); i += 3) {
      const double gradient = before[i] - after[i];
      const double up = loss_at(fixture, before, i, kShift, kRows);
      const double down = loss_at(fixture, before, i, -kShift, kRows);
      EXPECT_NEAR(gradient, (up - down) / (2 * kShift), 2e-7) << "number " << i;
    }
  }
}

TEST(Network, gradients_agree_with_finite_differences_for_every_layer_and_loss) {
  expect_gradients_of_losses(false);
}

TEST(Network, gradients_of_weighted_rows_agree_with_finite_differences) {
  expect_gradients_of_losses(true);
}

TEST(Network, sums_of_weighted_rows_say_what_means_are_divided_by) {
  NetworkFixture<double> fixture(model_of({dense(4)}, "softmax_cross_entropy"), 7, 10,
                                 math::best_target());
  const auto parameters = std::as_const(fixture.weights_).parameters();
  const BatchSums alike = fixture.network_.evaluate(parameters, fixture.batch());
  EXPECT_EQ(alike.weight, 0.0);
  EXPECT_EQ(alike.all(), 10.0);
  fixture.use_sample_weights();
  const BatchView<double> batch = fixture.batch();
  const BatchSums sums = fixture.network_.evaluate(parameters, batch);
  double weight = 0;
  double correct = 0;
  for (std::size_t row = 0; row < 10; ++row) {
    weight += batch.sample_weights[row];
    correct += batch.sample_weights[row] * fixture.workspace_.correct()[row];
  }
  EXPECT_EQ(sums.rows, 10U);
  EXPECT_EQ(sums.correct, alike.correct);
  EXPECT_EQ(sums.all(), weight);
  EXPECT_EQ(sums.hits(), correct);
}

template <class T>
std::string digest_after_steps(const Case& one, math::Target target, const std::string& type) {
  OptimizerConfig optimizer;
  optimizer.type = type;
  optimizer.lr = 0.05;
  optimizer.settings.set("weight_decay", 0.001);
  NetworkFixture<T> fixture(one.model, 33, 50, target, optimizer);
  for (std::uint64_t step = 0; step < 6; ++step) {
    const std::size_t rows = step % 2 == 0 ? 50 : 23;  // short batches too
    (void)fixture.network_.train(fixture.weights_, fixture.batch(rows),
                                 fixture.step(step, rows, 8));
  }
  return fixture.digest();
}

TEST(Network, steps_give_the_same_bits_on_every_target) {
  for (const Case& one : every_layer_and_loss()) {
    for (const std::string type : {"sgd", "momentum", "adam"}) {
      const auto expected = digest_after_steps<float>(one, math::Target::reference, type);
      const auto expected_wide = digest_after_steps<double>(one, math::Target::reference, type);
      for (const math::Target target : math::available_targets()) {
        EXPECT_EQ(digest_after_steps<float>(one, target, type), expected)
            << one.name << " " << math::target_name(target);
        EXPECT_EQ(digest_after_steps<double>(one, target, type), expected_wide)
            << one.name << " " << math::target_name(target);
      }
    }
  }
}

// The parameters of a net after one step from drawn numbers, by name.
std::map<std::string, std::vector<double>> after_a_step(const OptimizerConfig& optimizer) {
  NetworkFixture<double> fixture(
      model_of({dense(20, "tanh"), layer_norm(), dense(4)}, "softmax_cross_entropy"), 18, 10,
      math::best_target(), optimizer);
  std::mt19937_64 engine(3);
  std::uniform_real_distribution<double> draw(0.5, 1.0);
  for (const nn::LayerPlan& layer : fixture.plan_.layers) {
    for (const nn::ParameterPlan& parameter : layer.parameters) {
      std::vector<double> numbers(parameter.numbers());
      for (double& number : numbers) number = draw(engine);
      nn::pack_parameter<double>(layer, parameter, numbers, fixture.weights_.parameters());
    }
  }
  (void)fixture.network_.train(fixture.weights_, fixture.batch(), fixture.step(0, 10, 4));
  std::map<std::string, std::vector<double>> after;
  for (const nn::LayerPlan& layer : fixture.plan_.layers) {
    for (const nn::ParameterPlan& parameter : layer.parameters) {
      std::vector<double>& numbers = after[layer.path + "." + parameter.name];
      numbers.resize(parameter.numbers());
      nn::unpack_parameter<double>(layer, parameter, std::as_const(fixture.weights_).parameters(),
                                   numbers);
    }
  }
  return after;
}

TEST(Network, weight_decay_changes_biases_and_norms_only_where_it_is_asked_for) {
  for (const nn::OptimizerPart& part : nn::optimizers().all()) {
    OptimizerConfig optimizer = {std::string(part.kind->name()), 0.05};
    const auto undecayed = after_a_step(optimizer);
    ASSERT_EQ(undecayed.size(), 6U);
    optimizer.settings.set("weight_decay", 0.25);
    for (const bool biases : {false, true}) {
      for (const bool norms : {false, true}) {
        optimizer.decay_biases = biases;
        optimizer.decay_norms = norms;
        for (const auto& [name, numbers] : after_a_step(optimizer)) {
          const bool norm = name.starts_with("1.");
          const bool bias = !norm && name.ends_with("bias");
          const bool decays = norm ? norms : !bias || biases;
          EXPECT_EQ(numbers != undecayed.at(name), decays)
              << optimizer.type << ": " << name << (biases ? ", biases" : "")
              << (norms ? ", norms" : "");
        }
      }
    }
  }
}

// Layers wide enough for a partition by units, others not, dropout on both.
ModelConfig plain_model() {
  return model_of({dense(40, "relu"), dropout(0.2), dense(600, "tanh"), dropout(0.1),
                   dense(300, "relu"), dense(10)},
                  "softmax_cross_entropy");
}
// Blocks between layers of both partitions, whose lists begin and end with either.
ModelConfig residual_model() {
  return model_of({dense(600, "relu"), dropout(0.1),
                   residual({dense(40, "tanh"), dropout(0.2), dense(600, "tanh"), dropout(0.1)}),
                   residual({layer_norm(), residual({dense(600, "relu")}), dense(600)}),
                   residual({dropout(0.2), dense(600)}), dense(10)},
                  "softmax_cross_entropy");
}

class GridsOfOneNetwork {
 public:
  explicit GridsOfOneNetwork(ModelConfig model) : model_(std::move(model)) {}
  std::string alone() const { return digest_with(nullptr); }
  std::size_t most_stages() const {
    return nn::stage_starts(nn::plan_model(model_, kInputs).value()).size();
  }
  std::string in_grid(const GridShape& shape, std::size_t microbatches, Schedule schedule) const {
    const nn::ModelPlan plan = nn::plan_model(model_, kInputs).value();
    GridPlan grid;
    grid.shape = shape;
    grid.slices = nn::partition_model(plan, shape.stages, nn::counted_costs(plan));
    grid.microbatches = microbatches;
    grid.schedule = schedule;
    grid.cpus = 2;
    const auto context = StageContext::in_threads(std::move(grid)).value();
    return digest_with(context.get());
  }

 private:
  static constexpr std::size_t kInputs = 50;
  static constexpr std::size_t kRows = 75;

  std::string digest_with(StageContext* context) const {
    NetworkFixture<float> fixture(model_, kInputs, kRows, math::best_target(), {}, context);
    for (std::uint64_t step = 0; step < 4; ++step) {
      const std::size_t rows = step == 3 ? 21 : kRows;
      fixture.network_.train(fixture.weights_, fixture.batch(rows), fixture.step(step, rows, 8));
    }
    return fixture.digest();
  }

  const ModelConfig model_;
};

void expect_same_bits_in_teams(const ModelConfig& model) {
  const GridsOfOneNetwork grids(model);
  const std::string alone = grids.alone();
  for (const GridShape shape :
       {GridShape{1, 1}, {1, 2}, {1, 3}, {2, 1}, {2, 2}, {3, 1}, {3, 2}, {5, 1}, {8, 1}, {1, 4}}) {
    EXPECT_EQ(grids.in_grid(shape, 1, Schedule::one_f_one_b), alone)
        << shape.replicas << " x " << shape.threads;
  }
}

// Tables whose lines are shared out, and panels of them.
ModelConfig embedding_model() {
  return model_of(
      {embedding(40, {3, 200, 2}, {7, 0, 3}), dropout(0.1), dense(300, "relu"), dense(10)},
      "softmax_cross_entropy");
}

TEST(Network, teams_of_every_shape_give_the_same_bits) {
  expect_same_bits_in_teams(plain_model());
  expect_same_bits_in_teams(embedding_model());
  expect_same_bits_in_teams(residual_model());
}

// Of `usual` grids; of fewer every n-th, and n is odd, so that no value is always left out.
void expect_same_bits_in_pipelines(const ModelConfig& model, std::size_t usual) {
  const GridsOfOneNetwork grids(model);
  const std::string alone = grids.alone();
  const std::size_t every = (128 / test_cases(usual)) | 1;
  std::size_t number = 0;
  for (std::size_t stages = 1; stages <= grids.most_stages(); ++stages) {
    for (const auto& [replicas, threads] : {std::pair{1U, 1U}, {1U, 2U}, {2U, 1U}, {3U, 2U}}) {
      for (const std::size_t microbatches : {1U, 2U, 3U, 5U}) {
        for (const Schedule schedule : kSchedules) {
          if (number++ % every != 0) continue;
          EXPECT_EQ(grids.in_grid({replicas, threads, stages}, microbatches, schedule), alone)
              << stages << " stages x " << replicas << " x " << threads << ", " << microbatches
              << " microbatches, " << schedule_name(schedule);
        }
      }
    }
  }
}

TEST(Network, pipelines_of_every_shape_and_schedule_give_the_same_bits) {
  expect_same_bits_in_pipelines(plain_model(), 128);
  expect_same_bits_in_pipelines(residual_model(), 18);
  expect_same_bits_in_pipelines(embedding_model(), 10);
}

TEST(Network, a_prediction_is_the_same_in_every_batch_size) {
  const ModelConfig model = model_of({dense(40, "tanh"), dense(11)}, "softmax_cross_entropy");
  NetworkFixture<float> fixture(model, 300, 64, math::best_target());
  const auto batch = fixture.batch();
  std::vector<float> together;
  const auto all = fixture.network_.predict(fixture.weights_.parameters(), batch.inputs);
  for (std::size_t row = 0; row < 64; ++row) {
    for (std::size_t unit = 0; unit < 11; ++unit) together.push_back(all.at(row, unit));
  }
  for (std::size_t row = 0; row < 64; ++row) {
    auto one = batch.inputs;
    one.data += row * math::kLanes;
    one.rows = 1;
    const auto alone = fixture.network_.predict(fixture.weights_.parameters(), one);
    for (std::size_t unit = 0; unit < 11; ++unit) {
      EXPECT_EQ(alone.at(0, unit), together[row * 11 + unit]);
    }
  }
}

TEST(Network, the_first_loss_of_zero_weights_is_the_logarithm_of_the_classes) {
  ModelConfig model = model_of({dense(8, "relu"), dense(10)}, "softmax_cross_entropy");
  model.init = "zeros";
  NetworkFixture<double> fixture(model, 5, 32, math::best_target());
  const auto sums = fixture.network_.evaluate(fixture.weights_.parameters(), fixture.batch());
  EXPECT_NEAR(sums.loss / 32, std::log(10.0), 1e-12);
}

TEST(Network, logits_of_ten_thousand_stay_finite) {
  NetworkFixture<float> fixture(model_of({dense(10)}, "softmax_cross_entropy"), 5, 32,
                                math::best_target(), unit_descent());
  for (float& weight : fixture.weights_.parameters()) weight *= 1e4F;
  const auto sums =
      fixture.network_.train(fixture.weights_, fixture.batch(), fixture.step(0, 32, 8));
  EXPECT_TRUE(std::isfinite(sums.loss));
  for (const float weight : fixture.weights_.parameters()) ASSERT_TRUE(std::isfinite(weight));
}

TEST(Network, dropout_draws_anew_every_step_and_rests_in_evaluation) {
  const ModelConfig model =
      model_of({dense(64, "relu"), dropout(0.5), dense(4)}, "softmax_cross_entropy");
  OptimizerConfig still = unit_descent();
  still.lr = 0.0;
  NetworkFixture<double> fixture(model, 10, 16, math::best_target(), still);
  const auto loss = [&](std::uint64_t step) {
    return fixture.network_.train(fixture.weights_, fixture.batch(), fixture.step(step, 16, 8))
        .loss;
  };
  EXPECT_EQ(loss(0), loss(0));
  EXPECT_NE(loss(0), loss(1));
  const auto evaluate = [&] {
    return fixture.network_.evaluate(fixture.weights_.parameters(), fixture.batch()).loss;
  };
  EXPECT_EQ(evaluate(), evaluate());
}

TEST(Network, weights_past_the_last_output_stay_zero) {
  NetworkFixture<float> fixture(model_of({dense(5, "sigmoid"), dense(3)}, "mse"), 6, 20,
                                math::best_target(), unit_descent());
  for (std::uint64_t step = 0; step < 3; ++step) {
    (void)fixture.network_.train(fixture.weights_, fixture.batch(), fixture.step(step, 20, 8));
  }
  for (const auto& layer : fixture.plan_.layers) {
    for (std::size_t line = 0; line <= layer.inputs; ++line) {
      for (std::size_t lane = layer.outputs; lane < math::kLanes; ++lane) {
        EXPECT_EQ(fixture.weights_.parameters()[layer.offset + line * math::kLanes + lane], 0.0F);
      }
    }
  }
}

}  // namespace
}  // namespace forknet::cell
