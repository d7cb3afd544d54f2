// Exclusive or as a program: describes a model, trains it on arrays, saves it and predicts.
#include <forknet/forknet.h>

#include <cstdio>

int main() {
  const std::vector<float> inputs = {0, 0, 0, 1, 1, 0, 1, 1};
  const std::vector<std::uint32_t> classes = {0, 1, 1, 0};
  forknet::Config config;
  config.model.layers = {forknet::dense(8, forknet::Activation::tanh), forknet::dense(2)};
  config.train.epochs = 300;
  config.optimizer.lr = 0.05;
  config.log.every = 100;
  forknet::TrainOptions options;
  options.on_metrics = [](const forknet::Metrics& metrics) {
    if (metrics.kind == forknet::Metrics::Kind::log) std::printf("loss %.4f\n", metrics.loss);
  };
  const auto data = forknet::Dataset::from_classes(inputs, 2, classes);
  const auto result = forknet::train(config, data.value(), options);
  if (!result.ok()) return std::puts(result.error().message.c_str()), 1;
  if (!result->model.save("xor.safetensors").ok()) return 1;
  const std::vector<float> outputs = result->model.predict(inputs).value();
  for (int row = 0; row < 4; ++row) std::printf("%.3f\n", outputs[2 * row + 1]);
}
