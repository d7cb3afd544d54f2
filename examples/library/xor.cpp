#include <forknet/forknet.h>

#include <cstdio>
int main() {
  const std::vector<float> inputs = {0, 0, 0, 1, 1, 0, 1, 1};
  const std::vector<std::uint32_t> classes = {0, 1, 1, 0};
  const auto data = forknet::Dataset::from_classes(inputs, 2, classes);
  forknet::Config config;
  config.model.layers = {forknet::dense(8, "tanh"), forknet::dense(2)};
  config.train.epochs = 300;
  config.optimizer.lr = 0.05;
  const auto show = [](const forknet::Metrics& m) { std::printf("loss %.4f\n", m.loss); };
  const auto result = forknet::train(config, data.value(), {.on_metrics = show});
  if (!result.ok() || !result->model.save("xor.safetensors").ok()) return 1;
  for (const float p : result->model.predict(inputs).value()) std::printf("%.3f\n", p);
}
