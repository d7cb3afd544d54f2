#include "settings/write.h"

namespace forknet::run {
namespace {

std::vector<Setting> mnist_settings() {
  return {
      {"run.name", "\"mnist\"", ""},
      {"data.train",
       "{ inputs = \"data/mnist/train-images-idx3-ubyte.gz\", labels = "
       "\"data/mnist/train-labels-idx1-ubyte.gz\" }",
       ""},
      {"data.test",
       "{ inputs = \"data/mnist/t10k-images-idx3-ubyte.gz\", labels = "
       "\"data/mnist/t10k-labels-idx1-ubyte.gz\" }",
       ""},
      {"model.layers",
       "[{ type = \"dense\", units = 128, activation = \"relu\" }, { type = \"dropout\", rate = "
       "0.1 }, "
       "{ type = \"dense\", units = 10 }]",
       ""},
  };
}

std::vector<Setting> xor_settings() {
  return {
      {"run.name", "\"xor\"", ""},
      {"data.format", "\"arrays\"", ""},
      {"data.train", "{ inputs = [[0, 0], [0, 1], [1, 0], [1, 1]], labels = [0, 1, 1, 0] }", ""},
      {"data.scale", "\"none\"", ""},
      {"data.loader_threads", "0", ""},
      {"model.layers",
       "[{ type = \"dense\", units = 8, activation = \"tanh\" }, { type = \"dense\", units = 2 }]",
       ""},
      {"model.init", "\"glorot_normal\"", ""},
      {"train.epochs", "300", ""},
      {"train.batch", "4", ""},
      {"train.eval_every", "300", ""},
      {"optimizer.lr", "0.05", ""},
      {"checkpoint.every", "\"off\"", ""},
      {"log.every", "100", ""},
  };
}

}  // namespace

const std::vector<Template>& templates() {
  static const std::vector<Template> kTemplates = {
      {"mnist", "mnist.toml",
       "Handwritten digits: trains in seconds to about 98 % of the test images.\n"
       "MNIST's four files belong in data/mnist; \"forknet data digits data/mnist\" draws digits "
       "under\n"
       "their names. Paths are relative to the folder in which forknet is started.",
       mnist_settings()},
      {"xor", "xor.toml",
       "Exclusive or, the smallest problem that needs a hidden layer. The data is in this file.",
       xor_settings()},
  };
  return kTemplates;
}

}  // namespace forknet::run
