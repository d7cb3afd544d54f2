// Every layer of forknet keeps the contract of layers, and check_layer() finds layers that break
// it.
#include <forknet/layer.h>
#include <forknet/testing.h>
#include <gtest/gtest.h>

#include <memory>

#include "nn/layers/list.h"
#include "nn/model_plan.h"
#include "random_cases.h"

namespace forknet {
namespace {

TEST(Layers, keep_the_contract) {
  std::size_t number = 0;
  for (const char* const activation : {"linear", "relu", "sigmoid", "tanh"}) {
    for (const std::size_t units : {1, 16, 33}) {
      for (const std::size_t inputs : {1, 7, 40}) {
        const std::size_t square = number / 9 + number / 3 + number;
        ++number;
        // A third of them has each pair of activation, units and inputs.
        if (!test_in_full() && square % 3 != 0) continue;
        const Status kept =
            check_layer(dense(static_cast<std::int64_t>(units), activation), inputs);
        EXPECT_TRUE(kept.ok()) << activation << " " << units << ": " << kept.error().message;
      }
    }
  }
  for (const std::size_t inputs : {1, 2, 15, 16, 33, 64, 300}) {
    const Status kept = check_layer(layer_norm(), inputs);
    EXPECT_TRUE(kept.ok()) << "layer_norm " << inputs << ": " << kept.error().message;
  }
  for (const double eps : {1e-12, 0.5}) {
    const Status kept = check_layer(layer_norm(eps), 21);
    EXPECT_TRUE(kept.ok()) << "layer_norm, eps " << eps << ": " << kept.error().message;
  }
  for (const double rate : {0.0, 0.3}) {
    const Status kept = check_layer(dropout(rate), 21);
    EXPECT_TRUE(kept.ok()) << kept.error().message;
  }
}

TEST(Layers, of_codes_keep_the_contract) {
  std::size_t number = 0;
  for (const std::int64_t size : {1, 5, 16, 40}) {
    for (const std::size_t inputs : {1, 3, 20}) {
      for (const LayerConfig& config :
           {embedding(size, {1}), embedding(size, {40}), embedding(size, {4, 70}, {2, 0})}) {
        const std::size_t square = number / 9 + number / 3 + number;
        ++number;
        if (!test_in_full() && square % 3 != 0) continue;  // as above
        if (inputs == 1 && config.settings.wholes("columns").size() > 1) continue;
        const Status kept = check_layer(config, inputs);
        EXPECT_TRUE(kept.ok()) << size << " " << inputs << ": " << kept.error().message;
      }
    }
  }
}

TEST(Layers, of_a_list_keep_the_contract) {
  const Status kept = check_layer(residual({dense(9, "tanh"), layer_norm(), dense(21)}), 21);
  EXPECT_TRUE(kept.ok()) << kept.error().message;
}

TEST(Layers, of_no_known_type_are_refused) {
  EXPECT_EQ(check_layer({"wobble", {}}, 3).error().kind, ErrorKind::config);
  EXPECT_EQ(check_layer({"dropout", {}}, 3).error().kind, ErrorKind::config) << "it has no rate";
}

// outputs = inputs * scale + shift, with a fault on demand.
class Scale : public RowLayerOf<Scale> {
 public:
  enum class Fault { none, slope, gradient, remembers };
  explicit Scale(std::string name, Fault fault = Fault::none)
      : name_(std::move(name)), fault_(fault) {}
  std::string name() const override { return name_; }
  Result<LayerShape> shape(const Settings&, std::size_t inputs) const override {
    return LayerShape{inputs,
                      {{"scale", {inputs}, Parameter::First::ones},
                       {"shift", {inputs}, Parameter::First::zeros, Parameter::Role::bias}}};
  }
  template <class T>
  void row_forward(const Settings&, ParameterNumbers<T> p, std::span<const T> in,
                   std::span<T> out) const {
    static T sum = 0;
    sum += in[0];
    const T extra = fault_ == Fault::remembers ? sum : T{0};
    for (std::size_t i = 0; i < in.size(); ++i) out[i] = in[i] * p[0][i] + p[1][i] + extra;
  }
  template <class T>
  void row_backward(const Settings&, ParameterNumbers<T> p, std::span<const T>,
                    std::span<const T> dy, std::span<T> dx) const {
    const T wrong = fault_ == Fault::slope ? T{2} : T{1};
    for (std::size_t i = 0; i < dx.size(); ++i) dx[i] = dy[i] * p[0][i] * wrong;
  }
  template <class T>
  void row_gradient(const Settings&, std::size_t parameter, ParameterNumbers<T>,
                    std::span<const T> in, std::span<const T> dy, std::span<T> sums) const {
    const bool squares = fault_ == Fault::gradient;
    for (std::size_t i = 0; i < sums.size(); ++i) {
      sums[i] += parameter == 1 ? dy[i] : squares ? dy[i] * dy[i] : dy[i] * in[i];
    }
  }

 private:
  std::string name_;
  Fault fault_;
};

Status register_scale(const std::string& name, Scale::Fault fault = Scale::Fault::none) {
  return register_layer(std::make_unique<Scale>(name, fault));
}

// Before anything reads the list of layers.
const bool kScales = register_scale("scale").ok() &&
                     register_scale("slope", Scale::Fault::slope).ok() &&
                     register_scale("gradient", Scale::Fault::gradient).ok() &&
                     register_scale("remembers", Scale::Fault::remembers).ok();
const Status kTaken = register_scale("dense");
const Status kNoName = register_scale("two words");

TEST(OwnLayers, keep_the_contract_by_their_name) {
  ASSERT_TRUE(kScales);
  for (const std::size_t inputs : {1, 16, 35}) {
    const Status kept = check_layer({"scale", {}}, inputs);
    EXPECT_TRUE(kept.ok()) << kept.error().message;
  }
}

TEST(OwnLayers, say_what_weight_decay_applies_to) {
  const nn::LayerPlan plan = nn::plan_layer({"scale", {}}, 0, 35).value();
  EXPECT_EQ(plan.undecayed_lines(0, {}).size(), 0U);
  EXPECT_EQ(plan.undecayed_lines(1, {}).size(), plan.blocks[1].lines);
  EXPECT_EQ(plan.undecayed_lines(1, {.biases = true}).size(), 0U);
}

TEST(OwnLayers, with_a_name_that_is_taken_or_no_name_are_refused) {
  EXPECT_NE(kTaken.error().message.find("the name is taken"), std::string::npos);
  EXPECT_EQ(kNoName.error().kind, ErrorKind::config);
}

TEST(OwnLayers, that_come_too_late_are_refused) {
  EXPECT_NE(nn::find_layer("dense"), nullptr);
  EXPECT_NE(register_scale("late").error().message.find("too late"), std::string::npos);
}

TEST(OwnLayers, that_break_the_contract_are_found) {
  EXPECT_NE(check_layer({"slope", {}}, 5).error().message.find("derivative by input"),
            std::string::npos);
  EXPECT_NE(check_layer({"gradient", {}}, 5).error().message.find("gradient of scale"),
            std::string::npos);
  EXPECT_NE(check_layer({"remembers", {}}, 5).error().message.find("depends on other rows"),
            std::string::npos);
}

}  // namespace
}  // namespace forknet
