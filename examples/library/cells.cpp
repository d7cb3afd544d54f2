// The same training by one thread and by two processes that hold a layer each: the weights are the
// same to the bit. Each process of the grid is this program started again, which init() sees.
#include <forknet/forknet.h>

#include <cstdio>

int main(int argc, char** argv) {
  forknet::init(argc, argv);
  const std::vector<float> inputs = {0, 0, 0, 1, 1, 0, 1, 1};
  const std::vector<std::uint32_t> classes = {0, 1, 1, 0};
  const auto data = forknet::Dataset::from_classes(inputs, 2, classes);
  forknet::Config config;
  config.model.layers = {forknet::dense(8, "tanh"), forknet::dense(2)};
  const auto serial = forknet::train(config, data.value());
  config.grid.stages = 2;
  config.grid.host = forknet::Host::process;
  const auto grid = forknet::train(config, data.value());
  for (const auto* result : {&serial, &grid}) {
    if (!result->ok()) {
      std::fprintf(stderr, "%s\n", result->error().message.c_str());
      return 1;
    }
    std::printf("%zu cells: %s\n", (*result)->cells.size(), (*result)->weights_digest.c_str());
  }
  return serial->weights_digest == grid->weights_digest && grid->cells.size() == 2 ? 0 : 1;
}
