// Steps of a net with two members, against plain loops in fp64.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "cell/network_testing.h"

namespace forknet::cell::member_steps {
namespace {

constexpr std::size_t kMembers = 2;
constexpr std::size_t kRows = 22;  // of 11 samples
constexpr std::size_t kLeaf = 8;
constexpr std::size_t kInputs = 5;
constexpr std::size_t kHidden = 19;
constexpr std::size_t kOutputs = 3;
constexpr double kRate = 0.1;

using Numbers = std::vector<double>;

ModelConfig two_members() {
  ModelConfig model = model_of({dense(kHidden, "tanh"), dense(kOutputs)}, "mse");
  model.members = kMembers;
  return model;
}

OptimizerConfig plain_sgd() {
  OptimizerConfig optimizer;
  optimizer.type = "sgd";
  optimizer.lr = kRate;
  return optimizer;
}

// The parameters of the net, each row after row: of each member but for the shared weights.
struct Net {
  Numbers r;  // (members, inputs)
  Numbers w;  // (hidden, inputs)
  Numbers s;  // (members, hidden)
  Numbers b;
  Numbers v;  // (members, outputs, hidden)
  Numbers c;  // (members, outputs)
  [[nodiscard]] std::vector<Numbers*> all() { return {&r, &w, &s, &b, &v, &c}; }
};

Net net_of(const NetworkFixture<double>& fixture) {
  Net net;
  const std::vector<Numbers*> all = net.all();
  std::size_t number = 0;
  for (const nn::LayerPlan& layer : fixture.plan_.layers) {
    for (const nn::ParameterPlan& parameter : layer.parameters) {
      all[number]->resize(parameter.numbers());
      nn::unpack_parameter<double>(layer, parameter, fixture.weights_.parameters(), *all[number]);
      ++number;
    }
  }
  EXPECT_EQ(number, all.size());
  return net;
}

// What one row makes of the net's parameters: its outputs, and the gradient of its loss.
struct Pass {
  Numbers x, scaled, z, y, outputs;
};

Pass forward(const Net& net, const BatchView<double>& batch, std::size_t row) {
  const std::size_t m = row % kMembers;
  Pass pass;
  for (std::size_t i = 0; i < kInputs; ++i) {
    pass.x.push_back(batch.inputs.at(row, i));
    pass.scaled.push_back(pass.x[i] * net.r[m * kInputs + i]);
  }
  for (std::size_t u = 0; u < kHidden; ++u) {
    double z = 0;
    for (std::size_t i = 0; i < kInputs; ++i) z += net.w[u * kInputs + i] * pass.scaled[i];
    pass.z.push_back(z);
    pass.y.push_back(std::tanh(z * net.s[m * kHidden + u] + net.b[m * kHidden + u]));
  }
  for (std::size_t o = 0; o < kOutputs; ++o) {
    double sum = net.c[m * kOutputs + o];
    for (std::size_t u = 0; u < kHidden; ++u) {
      sum += net.v[(m * kOutputs + o) * kHidden + u] * pass.y[u];
    }
    pass.outputs.push_back(sum);
  }
  return pass;
}

void add_gradient(const Net& net, const BatchView<double>& batch, std::size_t row, Net& sums) {
  const std::size_t m = row % kMembers;
  const Pass pass = forward(net, batch, row);
  Numbers by_y(kHidden);
  for (std::size_t o = 0; o < kOutputs; ++o) {
    const double error = 2.0 / kOutputs * (pass.outputs[o] - batch.targets.at(row, o));
    sums.c[m * kOutputs + o] += error;
    for (std::size_t u = 0; u < kHidden; ++u) {
      sums.v[(m * kOutputs + o) * kHidden + u] += error * pass.y[u];
      by_y[u] += error * net.v[(m * kOutputs + o) * kHidden + u];
    }
  }
  for (std::size_t u = 0; u < kHidden; ++u) {
    const double error = by_y[u] * (1 - pass.y[u] * pass.y[u]);
    sums.b[m * kHidden + u] += error;
    sums.s[m * kHidden + u] += error * pass.z[u];
    const double by_z = error * net.s[m * kHidden + u];
    for (std::size_t i = 0; i < kInputs; ++i) {
      sums.w[u * kInputs + i] += by_z * pass.scaled[i];
      sums.r[m * kInputs + i] += by_z * net.w[u * kInputs + i] * pass.x[i];
    }
  }
}

Net after_step(const Net& net, const BatchView<double>& batch) {
  Net sums = net;
  for (Numbers* const numbers : sums.all()) numbers->assign(numbers->size(), 0.0);
  for (std::size_t row = 0; row < kRows; ++row) add_gradient(net, batch, row, sums);
  Net next = net;
  const auto into = next.all();
  const auto from = sums.all();
  for (std::size_t part = 0; part < into.size(); ++part) {
    for (std::size_t i = 0; i < into[part]->size(); ++i) {
      (*into[part])[i] -= kRate * (*from[part])[i] / kRows;
    }
  }
  return next;
}

TEST(MemberSteps, are_those_of_plain_loops) {
  NetworkFixture<double> fixture(two_members(), kInputs, kRows, math::best_target(), plain_sgd());
  Net expected = net_of(fixture);
  for (const double sign : expected.r) EXPECT_EQ(std::fabs(sign), 1.0);
  for (std::uint64_t step = 0; step < 4; ++step) {
    const auto sums =
        fixture.network_.train(fixture.weights_, fixture.batch(), fixture.step(step, kRows, kLeaf));
    EXPECT_EQ(sums.rows, kRows / kMembers) << "samples are counted";
    double loss = 0;
    for (std::size_t row = 0; row < kRows; ++row) {
      const Pass pass = forward(expected, fixture.batch(), row);
      for (std::size_t o = 0; o < kOutputs; ++o) {
        const double distance = pass.outputs[o] - fixture.batch().targets.at(row, o);
        loss += distance * distance / kOutputs / kMembers;
      }
    }
    EXPECT_NEAR(sums.loss, loss, 1e-12);
    expected = after_step(expected, fixture.batch());
    Net got = net_of(fixture);
    for (std::size_t part = 0; part < expected.all().size(); ++part) {
      for (std::size_t i = 0; i < expected.all()[part]->size(); ++i) {
        ASSERT_NEAR((*got.all()[part])[i], (*expected.all()[part])[i], 1e-12)
            << "step " << step << ", part " << part << ", number " << i;
      }
    }
  }
}

TEST(MemberSteps, predict_the_mean_of_the_members) {
  NetworkFixture<double> fixture(two_members(), kInputs, kRows, math::best_target(), plain_sgd());
  const Net net = net_of(fixture);
  const auto got = fixture.network_.predict(std::as_const(fixture.weights_).parameters(),
                                            fixture.batch().inputs);
  ASSERT_EQ(got.rows, kRows / kMembers);
  for (std::size_t sample = 0; sample < got.rows; ++sample) {
    const Pass first = forward(net, fixture.batch(), sample * kMembers);
    const Pass second = forward(net, fixture.batch(), sample * kMembers + 1);
    for (std::size_t o = 0; o < kOutputs; ++o) {
      EXPECT_NEAR(got.at(sample, o), (first.outputs[o] + second.outputs[o]) / 2, 1e-13);
    }
  }
}

TEST(MemberSteps, have_the_same_bits_on_every_target) {
  const auto digest_of = [](math::Target target) {
    ModelConfig model = model_of(
        {dense(33, "gelu"), dropout(0.2), residual({dense(33, "relu")}), dense(kOutputs, "tanh")},
        "mse");
    model.members = 3;
    NetworkFixture<float> fixture(model, kInputs, 51, target);
    for (std::uint64_t step = 0; step < 3; ++step) {
      (void)fixture.network_.train(fixture.weights_, fixture.batch(), fixture.step(step, 51, 12));
    }
    return fixture.digest();
  };
  const std::string expected = digest_of(math::Target::reference);
  for (const math::Target target : math::available_targets()) {
    EXPECT_EQ(digest_of(target), expected) << math::target_name(target);
  }
}

}  // namespace
}  // namespace forknet::cell::member_steps
