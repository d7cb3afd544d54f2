#include "train/model/model_file.h"

#include <forknet/model.h>
#include <gtest/gtest.h>

#include "os/temporary_folder.h"
#include "small_runs.h"
#include "train/model/model_state.h"

namespace forknet::run {
namespace {

class ModelFile : public ::testing::Test {
 protected:
  // The Error for a file with that description and these tensors of zeros.
  std::string refusal(const std::string& description,
                      const std::vector<std::pair<std::string, store::Shape>>& tensors = {}) {
    static const std::vector<float> zeros(1000, 0.0F);
    std::vector<store::NamedTensor> named;
    for (const auto& [name, shape] : tensors) {
      std::size_t count = 1;
      for (const std::size_t size : shape) count *= size;
      store::NamedTensor tensor;
      tensor.name = name;
      tensor.shape = shape;
      tensor.bytes = std::as_bytes(std::span(zeros).first(count));
      named.push_back(tensor);
    }
    store::Metadata metadata;
    if (!description.empty()) metadata[kModelKey] = description;
    EXPECT_TRUE(store::write_safetensors(path_, named, metadata).ok());
    const auto model = read_model(path_);
    if (model.ok()) return "";
    EXPECT_EQ(model.error().kind, ErrorKind::data);
    EXPECT_EQ(model.error().message.find(path_), 0U) << model.error().message;
    return model.error().message;
  }
  os::TemporaryFolder folder_;
  std::string path_ = folder_ / "model.safetensors";
};

const std::vector<std::pair<std::string, store::Shape>> kScaling = {{"input.offset", {1}},
                                                                    {"input.factor", {1}}};

std::string described(const std::string& layers) {
  return R"({"inputs":3,"loss":"softmax_cross_entropy","precision":"fp32","layers":)" + layers +
         "}";
}

TEST_F(ModelFile, saved_and_loaded_is_the_same_model) {
  for (const Precision precision : {Precision::fp32, Precision::fp64}) {
    Config config = small_config();
    config.numerics.precision = precision;
    const Model model = trained(config).model;
    ASSERT_TRUE(model.save(path_).ok());
    const auto loaded = Model::load(path_);
    ASSERT_TRUE(loaded.ok()) << loaded.error().message;
    EXPECT_EQ(loaded->digest(), model.digest());
    EXPECT_EQ(loaded->describe(), "12-20-9-3");
    EXPECT_EQ(loaded->parameters(), model.parameters());
    const Dataset data = dataset_of(clouds(33));
    EXPECT_EQ(*loaded->predict(data), *model.predict(data));
    const auto& layers = ModelInternals::state(*loaded).config.layers;
    ASSERT_EQ(layers.size(), 4U);
    EXPECT_EQ(layers[1].type, "dropout");
    EXPECT_EQ(layers[1].settings.number("rate"), 0.2);
    EXPECT_EQ(layers[2].settings.word("activation"), "tanh");
    // Writing it again gives the same file.
    const std::string bytes = os::get_file(path_);
    ASSERT_TRUE(loaded->save(path_).ok());
    EXPECT_EQ(os::get_file(path_), bytes);
  }
}

TEST_F(ModelFile, a_scaling_with_bends_is_saved_and_loaded) {
  Config config = small_config();
  config.data.scale = Scale::robust;
  const Model model = trained(config).model;
  ASSERT_TRUE(model.save(path_).ok());
  const auto loaded = Model::load(path_);
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  const Dataset data = dataset_of(clouds(33));
  EXPECT_EQ(ModelInternals::state(*loaded).scaling.bend, std::vector<float>(kFeatures, 1.0F / 9));
  EXPECT_EQ(*loaded->predict(data), *model.predict(data));
}

TEST_F(ModelFile, a_good_hand_made_file_is_read) {
  auto tensors = kScaling;
  tensors.push_back({"layers.0.weight", {2, 3}});
  tensors.push_back({"layers.0.bias", {2}});
  EXPECT_EQ(refusal(described(R"([{"type":"dense","units":2,"activation":"linear"}])"), tensors),
            "");
}

TEST_F(ModelFile, what_its_inputs_were_is_a_part_of_it) {
  const Model model = trained(small_config()).model;
  ASSERT_TRUE(model.save(path_).ok());
  const auto loaded = Model::load(path_);
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  const auto& inputs = ModelInternals::state(*loaded).inputs;
  EXPECT_EQ(inputs.element, data::Element::f32);
  EXPECT_EQ(inputs.low.size(), kFeatures);
  EXPECT_EQ(inputs.low, ModelInternals::state(model).inputs.low);
  EXPECT_EQ(inputs.high, ModelInternals::state(model).inputs.high);
  EXPECT_EQ(loaded->warning(dataset_of(clouds(33))), std::nullopt);
  DataSource far = clouds(33);
  for (auto& row : far.input_rows) {
    for (double& number : row) number += 100;
  }
  EXPECT_NE(loaded->warning(dataset_of(far)), std::nullopt);
}

TEST_F(ModelFile, a_model_of_a_version_before_does_not_know_its_inputs_and_is_read) {
  auto tensors = kScaling;
  tensors.push_back({"layers.0.weight", {2, 3}});
  tensors.push_back({"layers.0.bias", {2}});
  const std::string layers = R"([{"type":"dense","units":2,"activation":"linear"}])";
  ASSERT_EQ(refusal(described(layers), tensors), "");
  const auto loaded = read_model(path_);
  ASSERT_TRUE(loaded.ok());
  EXPECT_FALSE((*loaded)->inputs.known());
  tensors.push_back({"input.low", {2}});
  tensors.push_back({"input.high", {2}});
  EXPECT_NE(refusal(described(layers), tensors).find("ranges of another number of inputs"),
            std::string::npos);
}

TEST_F(ModelFile, a_description_that_is_not_understood_is_refused) {
  const std::string good = R"({"type":"dense","units":2,"activation":"linear"})";
  const std::string cases[] = {
      "not JSON",
      "[]",
      described("{}"),
      described("[1]"),
      described(R"([{"type":"conv"}])"),
      described(R"([{"type":"dense","units":0,"activation":"linear"}])"),
      described(R"([{"type":"dense","units":-2,"activation":"linear"}])"),
      described(R"([{"type":"dense","units":2.5,"activation":"linear"}])"),
      described(R"([{"type":"dense","units":99999999999999999,"activation":"linear"}])"),
      described(R"([{"type":"dense","units":2}])"),
      described(R"([{"type":"dense","units":2,"activation":7}])"),
      described(R"([{"type":"dropout","rate":1.5},)" + good + "]"),
      R"({"inputs":0,"loss":"mse","precision":"fp32","layers":[)" + good + "]}",
      R"({"inputs":3,"loss":"what","precision":"fp32","layers":[)" + good + "]}",
      R"({"inputs":3,"loss":"mse","precision":"fp16","layers":[)" + good + "]}",
      R"({"inputs":3,"loss":"mse","precision":"fp32"})",
      R"({"inputs":3,"element":"f16","loss":"mse","precision":"fp32","layers":[)" + good + "]}",
      std::string(100000, '['),
  };
  for (const std::string& description : cases) {
    EXPECT_NE(refusal(description, kScaling).find("not understood"), std::string::npos)
        << description.substr(0, 200);
  }
}

TEST_F(ModelFile, a_model_that_cannot_be_is_refused) {
  EXPECT_NE(refusal(described("[]"), kScaling).find("at least one dense layer"), std::string::npos);
  EXPECT_NE(refusal(described(R"([{"type":"dropout","rate":0.5}])"), kScaling)
                .find("the last layer must be dense"),
            std::string::npos);
}

// Sizes claimed only by the description allocate no memory.
TEST_F(ModelFile, tensors_that_are_not_there_are_refused_before_memory_is_taken) {
  const std::string wide = R"([{"type":"dense","units":100000,"activation":"relu"},)"
                           R"({"type":"dense","units":1000000,"activation":"linear"}])";
  EXPECT_NE(refusal(described(wide), kScaling).find("layers.0.weight"), std::string::npos);
  const std::string huge = R"([{"type":"dense","units":2000000000,"activation":"relu"},)"
                           R"({"type":"dense","units":2000000000,"activation":"linear"}])";
  EXPECT_NE(refusal(described(huge), kScaling).find("does not fit into memory"), std::string::npos);
}

TEST_F(ModelFile, a_tensor_of_another_shape_is_refused) {
  auto tensors = kScaling;
  tensors.push_back({"layers.0.weight", {3, 2}});
  tensors.push_back({"layers.0.bias", {2}});
  const std::string message =
      refusal(described(R"([{"type":"dense","units":2,"activation":"linear"}])"), tensors);
  EXPECT_NE(message.find("layers.0.weight has shape [3, 2]"), std::string::npos) << message;
  EXPECT_NE(message.find("expected shape [2, 3]"), std::string::npos) << message;
}

TEST_F(ModelFile, a_file_of_another_program_is_refused) {
  EXPECT_NE(refusal("", {{"weight", {2, 3}}}).find("does not say which model it holds"),
            std::string::npos);
}

TEST_F(ModelFile, scaling_must_be_there_and_fit) {
  const std::string good = described(R"([{"type":"dense","units":2,"activation":"linear"}])");
  EXPECT_NE(refusal(good).find("input.offset"), std::string::npos);
  EXPECT_NE(refusal(good, {{"input.offset", {2}}, {"input.factor", {2}}})
                .find("another number of inputs"),
            std::string::npos);
  EXPECT_NE(refusal(good, {{"input.offset", {3}}, {"input.factor", {2}}}), "");
  EXPECT_NE(refusal(good, {{"input.offset", {1}}, {"input.factor", {1}}, {"input.bend", {1}}})
                .find("another number of inputs"),
            std::string::npos);
  EXPECT_NE(refusal(good, {{"input.offset", {3}}, {"input.factor", {3}}, {"input.bend", {2}}}), "");
}

TEST_F(ModelFile, a_missing_file_is_an_error_that_names_it) {
  const auto model = Model::load(path_);
  ASSERT_FALSE(model.ok());
  EXPECT_EQ(model.error().kind, ErrorKind::data);
  EXPECT_NE(model.error().message.find(path_), std::string::npos);
}

}  // namespace
}  // namespace forknet::run
