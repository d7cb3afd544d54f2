#include "nn/members/average.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "math/panels.h"

namespace forknet::nn {
namespace {

constexpr std::size_t kMembers = 3;
constexpr std::size_t kSamples = 5;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Outputs of kSamples * kMembers rows, of wide spread.
class Outputs {
 public:
  explicit Outputs(std::size_t units, double deviation = 3.0)
      : numbers_(math::panel_numbers(kSamples * kMembers, units)),
        view_{numbers_.data(), kSamples * kMembers, units, kSamples * kMembers * math::kLanes} {
    std::mt19937_64 engine(3);
    std::normal_distribution<double> normal(0, deviation);
    for (std::size_t row = 0; row < view_.rows; ++row) {
      for (std::size_t unit = 0; unit < units; ++unit) view_.at(row, unit) = normal(engine);
    }
  }
  [[nodiscard]] math::PanelView<double> view() const { return view_; }
  // The mean over the members of value(row).
  template <class Value>
  [[nodiscard]] double mean(std::size_t sample, Value value) const {
    double sum = 0;
    for (std::size_t m = 0; m < kMembers; ++m) sum += value(sample * kMembers + m);
    return sum / kMembers;
  }

 private:
  std::vector<double> numbers_;
  math::PanelView<double> view_;
};

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

double probability(const math::PanelView<double>& z, std::size_t row, std::size_t unit) {
  double sum = 0;
  for (std::size_t u = 0; u < z.columns; ++u) sum += std::exp(z.at(row, u));
  return std::exp(z.at(row, unit)) / sum;
}

// What predictions are, before and after.
template <class Prediction>
void expect_means(LinkKind link, std::size_t units, Prediction prediction) {
  const Outputs before(units);
  const Outputs after(units);
  average_members(math::best_target(), link, after.view(), kMembers);
  for (std::size_t sample = 0; sample < kSamples; ++sample) {
    for (std::size_t unit = 0; unit < units; ++unit) {
      const double expected = before.mean(
          sample, [&](std::size_t row) { return prediction(before.view(), row, unit); });
      EXPECT_NEAR(prediction(after.view(), sample, unit), expected,
                  1e-12 * (1 + std::fabs(expected)));
    }
  }
}

TEST(MemberAverage, is_the_mean_of_numbers) {
  expect_means(LinkKind::identity, 20, [](const auto& view, std::size_t row, std::size_t unit) {
    return view.at(row, unit);
  });
}

TEST(MemberAverage, is_the_mean_of_rates) {
  expect_means(LinkKind::exp, 2, [](const auto& view, std::size_t row, std::size_t unit) {
    return std::exp(view.at(row, unit));
  });
}

TEST(MemberAverage, is_the_mean_of_shares) {
  expect_means(LinkKind::sigmoid, 17, [](const auto& view, std::size_t row, std::size_t unit) {
    return sigmoid(view.at(row, unit));
  });
}

TEST(MemberAverage, is_the_mean_of_probabilities) {
  for (const std::size_t units : {2, 10, 33}) expect_means(LinkKind::softmax, units, probability);
}

TEST(MemberAverage, of_probabilities_are_their_logarithms) {
  const Outputs outputs(10);
  average_members(math::best_target(), LinkKind::softmax, outputs.view(), kMembers);
  for (std::size_t sample = 0; sample < kSamples; ++sample) {
    double sum = 0;
    for (std::size_t unit = 0; unit < 10; ++unit) sum += std::exp(outputs.view().at(sample, unit));
    EXPECT_NEAR(sum, 1.0, 1e-13);
  }
}

TEST(MemberAverage, of_far_outputs_stay_finite) {
  for (const LinkKind link : {LinkKind::softmax, LinkKind::sigmoid, LinkKind::identity}) {
    const Outputs outputs(4, 2000.0);
    average_members(math::best_target(), link, outputs.view(), kMembers);
    for (std::size_t sample = 0; sample < kSamples; ++sample) {
      for (std::size_t unit = 0; unit < 4; ++unit) {
        EXPECT_TRUE(std::isfinite(outputs.view().at(sample, unit)));
      }
    }
  }
}

TEST(MemberAverage, keeps_a_nan) {
  for (const LinkKind link :
       {LinkKind::softmax, LinkKind::sigmoid, LinkKind::exp, LinkKind::identity}) {
    const Outputs outputs(2);
    outputs.view().at(1, 0) = std::nan("");
    for (std::size_t m = 0; m < kMembers; ++m) outputs.view().at(kMembers + m, 1) = -kInfinity;
    outputs.view().at(kMembers, 1) = std::nan("");
    average_members(math::best_target(), link, outputs.view(), kMembers);
    EXPECT_TRUE(std::isnan(outputs.view().at(0, 0)));
    EXPECT_TRUE(std::isnan(outputs.view().at(1, 1)));
  }
}

TEST(MemberAverage, has_the_same_bits_on_every_target) {
  for (const LinkKind link :
       {LinkKind::softmax, LinkKind::sigmoid, LinkKind::exp, LinkKind::identity}) {
    const Outputs expected(21);
    average_members(math::Target::reference, link, expected.view(), kMembers);
    for (const math::Target target : math::available_targets()) {
      const Outputs got(21);
      average_members(target, link, got.view(), kMembers);
      for (std::size_t sample = 0; sample < kSamples; ++sample) {
        for (std::size_t unit = 0; unit < 21; ++unit) {
          EXPECT_EQ(got.view().at(sample, unit), expected.view().at(sample, unit));
        }
      }
    }
  }
}

}  // namespace
}  // namespace forknet::nn
