// Every activation of the list on every target: its values against libm, its slopes against finite
// differences in fp64, the same bits as its plain reference, what becomes of a NaN.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "math/activations/list.h"
#include "math/element_testing.h"

namespace forknet::math {
namespace {

using Formula = long double (*)(long double);

// As the papers define them; erf, exp and their like are those of libm in extended precision.
const std::map<std::string_view, Formula>& formulas() {
  static const std::map<std::string_view, Formula> kFormulas = {
      {"linear", [](long double z) -> long double { return z; }},
      {"relu", [](long double z) -> long double { return std::max(z, 0.0L); }},
      {"leaky_relu", [](long double z) -> long double { return z > 0 ? z : 0.01L * z; }},
      {"elu", [](long double z) -> long double { return z > 0 ? z : std::expm1(z); }},
      {"selu",
       [](long double z) -> long double {
         return 1.0507009873554804934193L * (z > 0 ? z : 1.6732632423543772848170L * std::expm1(z));
       }},
      {"gelu",
       [](long double z) -> long double { return z * std::erfc(-z * std::sqrt(0.5L)) / 2; }},
      {"silu", [](long double z) -> long double { return z / (1 + std::exp(-z)); }},
      {"mish",
       [](long double z) -> long double {
         return z * std::tanh(z > 0 ? z + std::log1p(std::exp(-z)) : std::log1p(std::exp(z)));
       }},
      {"sigmoid", [](long double z) -> long double { return 1 / (1 + std::exp(-z)); }},
      {"tanh", [](long double z) -> long double { return std::tanh(z); }},
      {"softplus",
       [](long double z) -> long double {
         return z > 0 ? z + std::log1p(std::exp(-z)) : std::log1p(std::exp(z));
       }},
  };
  return kFormulas;
}

// Whole lines of numbers from -span to span.
template <class T>
Numbers<T> evenly(T span) {
  Numbers<T> numbers(4096);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    numbers[i] = span * (static_cast<T>(i) / T{2048} - T{1});
  }
  return numbers;
}

template <class T>
Numbers<T> values_of(const Activation& activation, Target target, const Numbers<T>& z) {
  Numbers<T> y(z.size());
  activation.lines<T>(target).value(z.data(), y.data(), z.size());
  return y;
}

template <class T>
Numbers<T> slopes_of(const Activation& activation, Target target, const Numbers<T>& z) {
  const Numbers<T> y = values_of(activation, target, z);
  Numbers<T> slopes(z.size(), T{1});
  activation.lines<T>(target).slope(
      {y.data(), activation.needs_sums ? z.data() : nullptr, nullptr, slopes.data(), z.size()});
  return slopes;
}

template <class T>
class ActivationsTest : public testing::Test {};
using Types = testing::Types<float, double>;
TYPED_TEST_SUITE(ActivationsTest, Types);

// Relative: what lies far out on the left, where most are tiny, has as many good digits.
TYPED_TEST(ActivationsTest, values_are_those_of_the_formulas) {
  using T = TypeParam;
  const double most = 12 * static_cast<double>(std::numeric_limits<T>::epsilon());
  ASSERT_EQ(formulas().size(), all_activations().size());
  for (const Activation* activation : all_activations()) {
    for (const Target target : available_targets()) {
      SCOPED_TRACE(std::string(activation->name) + " " + std::string(target_name(target)));
      for (const T span : {T{0x1p-20}, T{1}, T{12}}) {
        const Numbers<T> z = evenly(span);
        const Numbers<T> y = values_of(*activation, target, z);
        double worst = 0;
        for (std::size_t i = 0; i < z.size(); ++i) {
          const long double expected = formulas().at(activation->name)(z[i]);
          const long double size = std::max(std::abs(expected), 1e-30L);
          const long double error = std::abs(static_cast<long double>(y[i]) - expected) / size;
          worst = std::max(worst, static_cast<double>(error));
        }
        EXPECT_LE(worst, most) << "up to " << span;
      }
    }
  }
}

TYPED_TEST(ActivationsTest, targets_give_the_bits_of_the_reference) {
  using T = TypeParam;
  Random random(test_seed());
  for (const Activation* activation : all_activations()) {
    for (const Target target : vector_targets()) {
      SCOPED_TRACE(std::string(activation->name) + " " + std::string(target_name(target)));
      Numbers<T> z = evenly(T{120});
      for (T& number : z) {
        if (random.one_in(2)) number = random.template number<T>(true, 4.0);
      }
      EXPECT_TRUE(all_same_bits(values_of(*activation, target, z),
                                values_of(*activation, Target::reference, z)));
      EXPECT_TRUE(all_same_bits(slopes_of(*activation, target, z),
                                slopes_of(*activation, Target::reference, z)));
    }
  }
}

TEST(Activations, slopes_are_those_of_the_values) {
  constexpr double kStep = 0x1p-16;
  for (const Activation* activation : all_activations()) {
    SCOPED_TRACE(activation->name);
    const Numbers<double> z = evenly(12.0);
    Numbers<double> above = z;
    Numbers<double> below = z;
    for (double& number : above) number += kStep;
    for (double& number : below) number -= kStep;
    for (const Target target : available_targets()) {
      const Numbers<double> slopes = slopes_of(*activation, target, z);
      const Numbers<double> up = values_of(*activation, target, above);
      const Numbers<double> down = values_of(*activation, target, below);
      for (std::size_t i = 0; i < z.size(); ++i) {
        if (z[i] == 0) continue;  // the corners of some
        EXPECT_NEAR(slopes[i], (up[i] - down[i]) / (2 * kStep), 1e-9) << z[i];
      }
    }
  }
}

TEST(Activations, numbers_computed_in_thirty_digits_come_out) {
  struct Known {
    const char* name;
    double z;
    double y;
    double slope;
  };
  // The formulas of the papers in 30 digits (mpmath).
  const Known known[] = {
      {"leaky_relu", -3.0, -0.03, 0.01},
      {"elu", -1.0, -0.63212055882855767840, 0.36787944117144232160},
      {"selu", 1.0, 1.05070098735548049342, 1.05070098735548049342},
      {"selu", -1.0, -1.11133073781256276180, 0.64676860303481409814},
      {"gelu", 1.0, 0.84134474606854294859, 1.08331547058768629838},
      {"gelu", -1.0, -0.15865525393145705141, -0.08331547058768629838},
      {"silu", 1.0, 0.73105857863000487926, 0.92767051187148673179},
      {"mish", 1.0, 0.86509838826731034612, 1.04903622009979215909},
      {"softplus", 0.0, 0.69314718055994530942, 0.5},
  };
  for (const Known& point : known) {
    SCOPED_TRACE(point.name);
    const Activation* activation = find_activation(point.name);
    ASSERT_NE(activation, nullptr);
    const Numbers<double> z(kLanes, point.z);
    EXPECT_NEAR(values_of(*activation, best_target(), z)[3], point.y, 1e-14);
    EXPECT_NEAR(slopes_of(*activation, best_target(), z)[3], point.slope, 1e-14);
  }
}

TYPED_TEST(ActivationsTest, a_nan_stays_a_nan) {
  using T = TypeParam;
  const Numbers<T> z(kLanes, std::numeric_limits<T>::quiet_NaN());
  for (const Activation* activation : all_activations()) {
    for (const Target target : available_targets()) {
      SCOPED_TRACE(activation->name);
      EXPECT_TRUE(std::isnan(values_of(*activation, target, z)[0]));
    }
  }
}

TYPED_TEST(ActivationsTest, factors_of_dropout_multiply_the_error_first) {
  using T = TypeParam;
  const Numbers<T> z = evenly(T{3});
  const Numbers<T> factors(z.size(), T{1.25});
  for (const Activation* activation : all_activations()) {
    const Numbers<T> y = values_of(*activation, best_target(), z);
    const T* sums = activation->needs_sums ? z.data() : nullptr;
    Numbers<T> with(z.size(), T{0.3F});
    Numbers<T> without(z.size(), T{0.3F} * T{1.25});
    const auto slope = activation->lines<T>(best_target()).slope;
    slope({y.data(), sums, factors.data(), with.data(), z.size()});
    slope({y.data(), sums, nullptr, without.data(), z.size()});
    EXPECT_TRUE(all_same_bits(with, without)) << activation->name;
  }
}

struct Cube {
  template <class T>
  static T value(T z) {
    return z * z * z;
  }
  template <class T>
  static T slope(T z, T /*y*/) {
    return T{3} * z * z;
  }
};

// What a registered one trains to: tests/grid/process_layouts_test.cc.
TEST(Activations, a_name_that_is_taken_or_odd_is_refused_to_register) {
  const std::size_t before = all_activations().size();
  EXPECT_FALSE(register_activation<Cube>("relu").ok());
  EXPECT_FALSE(register_activation<Cube>("A cube").ok());
  EXPECT_FALSE(register_activation<Cube>("").ok());
  ASSERT_FALSE(all_activations().empty());
  EXPECT_NE(register_activation<Cube>("late").error().message.find("too late"), std::string::npos);
  EXPECT_EQ(all_activations().size(), before);
}

TEST(Activations, names_are_unique_and_lead_to_their_activation) {
  std::set<std::string_view> names;
  for (const Activation* activation : all_activations()) {
    EXPECT_TRUE(names.insert(activation->name).second) << activation->name;
    EXPECT_EQ(find_activation(activation->name), activation);
  }
  EXPECT_EQ(find_activation("rely"), nullptr);
}

}  // namespace
}  // namespace forknet::math
